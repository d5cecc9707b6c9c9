import Glibc
import Hayate

/// Ends its daemon.
public struct Fatal: RemoteTask {
    public enum Way: String, Codable, Sendable {
        /// A check of the program that fails.
        case trap
        /// `exit` with code 3.
        case exit
        /// SIGKILL.
        case kill
    }

    public var way: Way
    /// Counts the starts by lines.
    public var counter: String?

    public init(_ way: Way, counter: String? = nil) {
        self.way = way
        self.counter = counter
    }

    public func run(in context: TaskContext) async throws -> Int {
        if let counter { try SignalFile.append(counter, line: "\(context.attempt)") }
        switch way {
        case .trap: fatalError("these are the last words")
        case .exit: Glibc.exit(3)
        case .kill:
            kill(getpid(), SIGKILL)
            return 0
        }
    }
}

/// Kills its daemon at the first attempt and returns the number of the next.
public struct SucceedsOnceAlive: RemoteTask {
    public var counter: String

    public init(_ counter: String) { self.counter = counter }

    public func run(in context: TaskContext) async throws -> Int {
        try SignalFile.append(counter, line: "\(context.attempt)")
        if context.attempt == 1 { kill(getpid(), SIGKILL) }
        return context.attempt
    }
}
