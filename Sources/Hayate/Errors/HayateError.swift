import HayateCore
import HayateDaemon

/// Why a task has no value, or why something could not be done at all.
///
/// `description` is a sentence for a person: it names the thing and, where there is one, the remedy.
public struct HayateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error this is. New kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case taskFailed, timedOut, cancelled, daemonLost, poisoned, closed, queueFull, noDaemons
            case notSendable, refused, malformed, notEntered, noSuchProfile, launchFailed, transport
            case badInput
        }

        private let kind: Kind

        /// The task threw.
        public static let taskFailed = Code(kind: .taskFailed)
        /// The task's time ran out.
        public static let timedOut = Code(kind: .timedOut)
        /// Somebody stopped the task.
        public static let cancelled = Code(kind: .cancelled)
        /// The task's daemon was lost and its policy forbids another start.
        public static let daemonLost = Code(kind: .daemonLost)
        /// The task was running at as many unexplained losses of daemons as its policy allows.
        public static let poisoned = Code(kind: .poisoned)
        /// The pool was closed.
        public static let closed = Code(kind: .closed)
        /// The bound on waiting tasks was reached.
        public static let queueFull = Code(kind: .queueFull)
        /// No daemon is there and none will come.
        public static let noDaemons = Code(kind: .noDaemons)
        /// The task cannot travel: its type is private or local, or it cannot be encoded.
        public static let notSendable = Code(kind: .notSendable)
        /// The daemon could not run the task: it lacks the type, or cannot read it.
        public static let refused = Code(kind: .refused)
        /// A result could not be read.
        public static let malformed = Code(kind: .malformed)
        /// `Hayate.main` was not called before daemons of the same executable were asked for.
        public static let notEntered = Code(kind: .notEntered)
        /// No pool of that name is current.
        public static let noSuchProfile = Code(kind: .noSuchProfile)
        /// Daemons could not be started.
        public static let launchFailed = Code(kind: .launchFailed)
        /// The pool could not listen.
        public static let transport = Code(kind: .transport)
        /// The input of a map cannot be read.
        public static let badInput = Code(kind: .badInput)

        public var description: String { kind.rawValue }
    }

    public var code: Code
    /// The sentence.
    public var message: String
    /// The task, if it is about one.
    public var task: UInt64?
    /// The daemon on which it happened, as host and process.
    public var daemon: String?
    /// Which start of the task it was, 1 for the first.
    public var attempt: Int?
    /// How the daemon's process ended, if that is known.
    public var exit: ProcessExit?
    /// The type of the error that the task threw.
    public var errorType: String?
    /// What the task wrote, or the last words of the daemon that was lost with it.
    public var output: TaskOutput?

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The signal that ended the daemon's process.
    public var signal: Int32? {
        if case .signalled(let number, _) = exit { number } else { nil }
    }

    public var description: String { message }
}

/// What a task wrote to its process's standard streams.
public struct TaskOutput: Sendable, Hashable {
    public var standardOutput: [UInt8] = []
    public var standardError: [UInt8] = []

    public init() {}

    /// The standard output as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
    /// The standard error as text.
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }

    /// The most bytes that are kept of each stream of one task.
    static let limit = 1 << 20

    mutating func append(_ bytes: [UInt8], stream: UInt8) {
        if stream == 1 {
            Self.append(bytes, to: &standardOutput)
        } else {
            Self.append(bytes, to: &standardError)
        }
    }

    private static func append(_ bytes: [UInt8], to all: inout [UInt8]) {
        all.append(contentsOf: bytes.prefix(limit - min(limit, all.count)))
    }
}
