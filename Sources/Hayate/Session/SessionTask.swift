import HayateCore
import HayateDaemon
import HayateWire

/// A task on its way to a session: what it runs, and how.
public struct SessionTask: Codable, Sendable {
    /// The name of its type.
    public var type: String
    /// Its encoded arguments.
    public var body: [UInt8]
    /// What it is, for people, such as its command line; cut at 200 bytes.
    public var label: String
    /// Nanoseconds from submission on, waiting included; nil: none.
    public var timeout: Int64?
    public var retry = SessionRetry()
    /// Higher runs earlier.
    public var priority: Int8 = 0
    /// Nanoseconds that its daemon must have left; nil: any.
    public var timeRequest: Int64?
    /// What it needs where several tasks run at once; nil: one processor.
    public var resources: SessionResources?
    /// Tasks that must have returned before it starts.
    public var needs: [SessionTaskName] = []

    public init(type: String, body: [UInt8], label: String) {
        self.type = type
        self.body = body
        self.label = label
    }
}

/// A retry policy as it travels; see `RetryPolicy`.
public struct SessionRetry: Codable, Hashable, Sendable {
    /// Losses of its daemon that a task survives; 0: it starts at most once.
    public var losses: UInt8 = 5
    /// Failures of its own after which the failure is the outcome; 0 and 1: no retry.
    public var attempts: UInt32 = 0
    /// Nanoseconds of the first pause and the longest one, the factor from one to the next, and the share by which
    /// they vary.
    public var first: Int64 = 1_000_000_000
    public var cap: Int64 = 100_000_000_000
    public var factor = 2.0
    public var jitter = 0.2

    public init() {}
}

/// `ResourceRequest` as it travels.
public struct SessionResources: Codable, Hashable, Sendable {
    public var cpus = 1
    public var gpus = 0
    public var memory: Int64 = 0
    public var named: [String: Int] = [:]

    public init() {}
}

/// A task of a session, written `submission/element`: elements count from 0 (`HAYATE_INDEX` is one more).
public struct SessionTaskName: Codable, Hashable, Sendable, CustomStringConvertible {
    public var submission: String
    public var element: UInt32

    public init(submission: String, element: UInt32) {
        self.submission = submission
        self.element = element
    }

    /// nil if the text is no such name.
    public init?(_ text: String) {
        guard let slash = text.lastIndex(of: "/"), let element = UInt32(text[text.index(after: slash)...]),
            slash != text.startIndex
        else { return nil }
        self.init(submission: String(text[..<slash]), element: element)
    }

    public var description: String { "\(submission)/\(element)" }
}

/// How a task of a session ended.
public struct SessionOutcome: Sendable {
    public var task: SessionTaskName
    /// Its place among all outcomes of the session: with it, following goes on after an interruption.
    public var number: Int64
    public var attempt: Int
    /// `host:pid`; empty: no daemon ran it.
    public var daemon: String
    /// Seconds since 1970.
    public var ended: Double
    /// Seconds that it ran.
    public var taskTime: Double
    /// The encoded value.
    public var result: Result<[UInt8], HayateError>
    /// What it printed, if it ran in a daemon of the user's own program.
    public var output: TaskOutput?

    public init(
        task: SessionTaskName, number: Int64, attempt: Int, daemon: String, ended: Double, taskTime: Double,
        result: Result<[UInt8], HayateError>, output: TaskOutput? = nil
    ) {
        self.task = task
        self.number = number
        self.attempt = attempt
        self.daemon = daemon
        self.ended = ended
        self.taskTime = taskTime
        self.result = result
        self.output = output
    }
}

/// What some request is about.
public enum SessionSelection: Codable, Hashable, Sendable {
    /// A whole submission.
    case submission(String)
    case tasks([SessionTaskName])
    /// Those tasks of a submission that ended without returning.
    case failed(String)
    case everything
}

/// How tasks are submitted together.
public struct SubmissionOptions: Codable, Hashable, Sendable {
    /// nil: one is made from the label.
    public var name: String?
    /// Whoever submits with the same key again gets the same submission, whose elements are not accepted twice.
    public var key: String?
    /// What it runs, for people.
    public var label = ""
    /// Seconds for which outcomes are kept after the last one; nil: as the session does.
    public var keep: Double?
    /// What the client wants to find again, such as how results are to be printed.
    public var attachment: [UInt8] = []

    public init() {}
}
