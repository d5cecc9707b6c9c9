import HayateCore

/// A command as a task of a session: one that does not end with exit code 0 has failed, so that what needs it does not
/// start, and policies of retrying apply to it.
///
/// (`Command` itself returns every exit code as a value.)
public struct ElementCommand: RemoteTask {
    public var command: Command
    /// What makes it different from its neighbours in a sweep; comes back with its end, for whoever shows results.
    public var values: [String]

    public init(_ command: Command, values: [String] = []) {
        self.command = command
        self.values = values
    }

    /// - Throws: `CommandFailure` for every end but exit code 0.
    public func run(in context: TaskContext) async throws -> ElementResult {
        let result: CommandResult
        do {
            result = try await command.run(in: context)
        } catch let error as CommandError {
            throw CommandFailure(error, values: values)
        }
        guard result.succeeded, !result.timedOut else { throw CommandFailure(result, values: values) }
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

/// How an element's command failed.
public struct CommandFailure: Error, Codable, Hashable, Sendable {
    /// Its end; nil: it did not start. Of each stream the first 448 KiB are there, so that the error travels whole.
    public var result: CommandResult?
    /// Why it did not start; nil: it did.
    public var reason: CommandError?
    public var values: [String]
    /// The end of what it wrote to standard error, or to standard output if that is empty; at most 2 KiB.
    public var lastWords: [UInt8] = []

    static let streamBytes = 448 << 10
    static let lastBytes = 2 << 10
    /// Values beyond this are left out: an error travels whole only below 1 MiB.
    static let valueBytes = 64 << 10

    public init(_ result: CommandResult, values: [String]) {
        let words = result.standardError.bytes.isEmpty ? result.standardOutput : result.standardError
        lastWords = Array(words.bytes.suffix(Self.lastBytes))
        var result = result
        result.standardOutput.cut(to: Self.streamBytes)
        result.standardError.cut(to: Self.streamBytes)
        self.result = result
        self.values = Self.bounded(values)
    }

    public init(_ reason: CommandError, values: [String]) {
        self.reason = reason
        self.values = Self.bounded(values)
    }

    private static func bounded(_ values: [String]) -> [String] {
        values.reduce(0) { $0 + $1.utf8.count + 8 } > valueBytes ? [] : values
    }
}

extension CommandFailure: CustomStringConvertible, CustomReflectable {
    /// One sentence, with the last line that it wrote.
    public var description: String {
        if let reason { return reason.description }
        guard let result else { return "the command failed" }
        let end = result.timedOut ? "the command ran out of its time" : "the command ended with \(result.exit)"
        let said = String(decoding: lastWords, as: UTF8.self).split(whereSeparator: \.isNewline).last ?? ""
        return said.isEmpty ? end : end + ": " + said.suffix(300)
    }

    /// Without the streams, which would be written out as lists of numbers.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "exit": result.map { $0.exit.description } ?? "", "timedOut": result?.timedOut ?? false,
                "lastWords": String(decoding: lastWords, as: UTF8.self),
            ])
    }
}

extension CapturedOutput {
    fileprivate mutating func cut(to count: Int) {
        if bytes.count > count { bytes = Array(bytes.prefix(count)) }
    }
}
