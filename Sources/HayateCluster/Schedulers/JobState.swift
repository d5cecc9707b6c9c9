/// Where a job is in its life, in words that all schedulers share.
public enum JobState: String, Hashable, Sendable, CaseIterable {
    /// Waits for room.
    case pending
    /// Waits until somebody releases it, or for another job.
    case held
    case running
    case suspended
    /// Has ended, and its node is being cleaned.
    case completing
    case done
    case failed
    case nodeFail = "node_fail"
    case cancelled
    case timeout
    case preempted
    case outOfMemory = "oom"
    /// The scheduler says something that nobody here knows, or nothing at all. Never taken for an end.
    case unknown

    /// Whether nothing more comes of the job.
    public var isEnd: Bool {
        switch self {
        case .done, .failed, .nodeFail, .cancelled, .timeout, .preempted, .outOfMemory: true
        case .pending, .held, .running, .suspended, .completing, .unknown: false
        }
    }
}

/// How a job ended.
public struct JobEnd: Hashable, Sendable {
    public enum Reason: Hashable, Sendable {
        /// Exit code 0.
        case completed
        case exited(code: Int)
        case signalled(number: Int)
        case outOfMemory
        case timeLimit
        case preempted
        case nodeFailed
        /// By whom, where the scheduler tells.
        case cancelled(by: String?)
        /// It never ran: a missing directory for its output, a node that could not start it.
        case notStarted
        /// It is gone, and nobody knows how it ended.
        case unknown
    }

    public var reason: Reason
    /// The machine where it ran, or the first of them.
    public var node: String?
    /// The scheduler's own words.
    public var message: String?

    public init(_ reason: Reason, node: String? = nil, message: String? = nil) {
        self.reason = reason
        self.node = node
        self.message = message
    }
}
