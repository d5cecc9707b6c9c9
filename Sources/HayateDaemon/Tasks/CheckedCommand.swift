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
public struct CommandFailed: Error, Codable, Hashable, Sendable, CustomStringConvertible,
    CustomReflectable
{
    /// What it was. Of each captured stream no more than 256 KiB, since errors travel up to 1 MiB alone; the count of
    /// all bytes stays.
    public var result: CommandResult
    /// Those of an `ElementCommand`, unless they are longer than 64 KiB.
    public var values: [String]

    private static let most = 256 << 10
    private static let mostOfValues = 64 << 10

    public init(_ result: CommandResult, values: [String] = []) {
        self.result = result
        self.values = values.reduce(0) { $0 + $1.utf8.count } > Self.mostOfValues ? [] : values
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

    /// Without the streams, which would be written out as lists of numbers for whoever reads an error's fields.
    public var customMirror: Mirror {
        Mirror(self, children: ["exit": result.exit.description, "daemon": result.daemon])
    }
}
