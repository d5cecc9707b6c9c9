import HayateCore

/// A command as a task that fails unless the command ends with exit code 0: where the queue shall know, so that it
/// starts it again, or does not start those that need it.
public struct CheckedCommand: RemoteTask, Hashable {
    public var command: Command

    public init(_ command: Command) { self.command = command }

    /// - Throws: `CommandFailed`, or `CommandError` if it could not be started.
    public func run(in context: TaskContext) async throws -> CommandResult {
        let result = try await command.run(in: context)
        guard result.succeeded else { throw CommandFailed(result) }
        return result
    }
}

/// A command that did not end with exit code 0.
public struct CommandFailed: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// What it was. Of each captured stream no more than 256 KiB, since errors travel up to 1 MiB alone; the count of
    /// all bytes stays.
    public var result: CommandResult

    private static let most = 256 << 10

    public init(_ result: CommandResult) {
        self.result = result
        if result.standardOutput.bytes.count > Self.most {
            self.result.standardOutput.bytes = Array(result.standardOutput.bytes.prefix(Self.most))
        }
        if result.standardError.bytes.count > Self.most {
            self.result.standardError.bytes = Array(result.standardError.bytes.prefix(Self.most))
        }
    }

    public var description: String {
        let words = result.standardError.text.split(separator: "\n").suffix(3).joined(separator: " | ").suffix(400)
        return "the command ended with \(result.exit)" + (result.hint.map { ". \($0)" } ?? "")
            + (words.isEmpty ? "" : "; its last words: \"\(words)\"")
    }
}
