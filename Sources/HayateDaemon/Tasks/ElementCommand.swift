import HayateCore

/// A checked command that is an element of a sweep: its values come back with its end, for whoever shows results.
public struct ElementCommand: RemoteTask, Hashable {
    public var command: Command
    /// What makes it different from its neighbours.
    public var values: [String]

    public init(_ command: Command, values: [String] = []) {
        self.command = command
        self.values = values
    }

    /// - Throws: `CommandFailed` for every end but exit code 0, `CommandNotStarted`.
    public func run(in context: TaskContext) async throws -> ElementResult {
        let result: CommandResult
        do {
            result = try await command.run(in: context)
        } catch let error as CommandError {
            throw CommandNotStarted(reason: error, values: values)
        }
        guard result.succeeded else { throw CommandFailed(result, values: values) }
        return ElementResult(result: result, values: values)
    }
}

/// What an element's command came to.
public struct ElementResult: Codable, Hashable, Sendable {
    public var result: CommandResult
    public var values: [String]

    public init(result: CommandResult, values: [String] = []) {
        self.result = result
        self.values = values
    }
}

/// Why an element's command did not start.
public struct CommandNotStarted: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    public var reason: CommandError
    public var values: [String]

    public init(reason: CommandError, values: [String] = []) {
        self.reason = reason
        self.values = values
    }

    public var description: String { reason.description }
}
