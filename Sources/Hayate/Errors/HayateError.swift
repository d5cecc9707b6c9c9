import HayateCore
import HayateDaemon

/// Why a task has no value, or why something could not be done at all.
///
/// `description` is a sentence for a person: it names the thing and, where there is one, the remedy.
/// It can be encoded, so that a task may throw on what it got from a task of its own.
public struct HayateError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// What kind of error this is. New kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        enum Kind: String, Sendable, CaseIterable {
            case taskFailed, interrupted, timedOut, cancelled, daemonLost, poisoned, closed, queueFull
            case noDaemons, notSendable, refused, malformed, notEntered, noSuchProfile, launchFailed
            case transport, invalidArgument, neededFailed, journalFull, journalFailed, noSession
        }

        let kind: Kind

        /// The task threw.
        public static let taskFailed = Code(kind: .taskFailed)
        /// The task ended itself as interrupted: it threw `CancellationError`, and nobody had stopped it.
        public static let interrupted = Code(kind: .interrupted)
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
        /// A number or a text that means nothing here.
        public static let invalidArgument = Code(kind: .invalidArgument)
        /// A task that the task needs ended without returning.
        public static let neededFailed = Code(kind: .neededFailed)
        /// The session's disk is full: it accepts nothing until there is room.
        public static let journalFull = Code(kind: .journalFull)
        /// The session's disk fails: it accepts nothing any more, and has to be started again.
        public static let journalFailed = Code(kind: .journalFailed)
        /// No session of that name runs, or it cannot be reached.
        public static let noSession = Code(kind: .noSession)

        public var description: String { kind.rawValue }

        /// The code with this description, as another process wrote it.
        init?(named name: String) {
            guard let kind = Kind(rawValue: name) else { return nil }
            self.kind = kind
        }

        init(kind: Kind) { self.kind = kind }
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
    /// All that the daemon told of the error that the task threw.
    var failure: RemoteFailure?
    /// What the task told its caller while it ran.
    var trail: TaskTrail?

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The signal that ended the daemon's process.
    public var signal: Int32? {
        if case .signalled(let number, _) = exit { number } else { nil }
    }

    /// The message, and that of the error that this one comes from where it says more.
    public var description: String {
        guard let underlying, !message.contains(underlying.message) else { return message }
        return "\(message); caused by: \(underlying)"
    }
}

/// What a task wrote to its process's standard streams.
public struct TaskOutput: Sendable, Hashable, Codable {
    public var standardOutput: [UInt8] = []
    public var standardError: [UInt8] = []
    /// What came beside the streams, on its way to the same caller.
    var trail: TaskTrail?

    public init() {}

    /// The standard output as text; bytes that are not UTF-8 are replaced.
    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
    /// The standard error as text.
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }

    var isEmpty: Bool { standardOutput.isEmpty && standardError.isEmpty }

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
