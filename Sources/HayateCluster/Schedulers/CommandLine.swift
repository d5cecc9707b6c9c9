import HayateCore

/// A command of a scheduler, to be run where the scheduler is.
public struct CommandLine: Hashable, Sendable {
    /// The program and its arguments.
    public var words: [String]
    /// Variables that are added.
    public var environment: [String: String] = [:]
    /// Variables that are taken out: names, or beginnings of names with `*` behind.
    public var unset: [String] = []
    /// Names that `unset` does not mean although it fits them.
    public var kept: [String] = []
    /// What it reads.
    public var standardInput: String?
    /// How long it may take.
    public var timeLimit: Duration = .seconds(30)

    public init(_ words: [String]) { self.words = words }
}

/// What came of a command.
public struct CommandAnswer: Hashable, Sendable {
    public enum End: Hashable, Sendable {
        case process(ProcessExit)
        /// It took longer than it may, and was ended.
        case timedOut
        /// There is no such program, or it may not be run: the system's words.
        case notStarted(String)
    }

    public var end: End
    public var output: String
    public var errors: String

    public init(_ end: End, output: String = "", errors: String = "") {
        self.end = end
        self.output = output
        self.errors = errors
    }

    public var succeeded: Bool { end == .process(.exited(code: 0)) }
}
