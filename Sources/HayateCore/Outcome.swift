/// Why a daemon is no longer there.
public enum LossReason: Hashable, Sendable {
    /// Its process ended: by an exit code or a signal.
    case process(ProcessExit)
    /// Its connection broke and did not come back in time.
    case disconnected
    /// It was silent for longer than `lostAfter` although its connection stood.
    case silent
    /// It did not obey an order to stop a task within the grace and was ended.
    case unresponsive
    /// It left as agreed: drained, idle, out of time, or told to.
    case left
    /// It had said that this signal announced its end, and ended before it could leave: what held it,
    /// such as the job of a batch scheduler, was taken away.
    case reclaimed(signal: Int32)

    /// Whether the loss may be the fault of the task that was running: an agreed departure, an announced
    /// end, and ending a daemon because of a task that already has its outcome, are not.
    public var isUnexplained: Bool {
        switch self {
        case .left, .unresponsive, .reclaimed: false
        case .process, .disconnected, .silent: true
        }
    }
}

/// One lost daemon in a task's history.
public struct Loss: Hashable, Sendable {
    public var daemon: DaemonID
    public var attempt: UInt32
    public var reason: LossReason

    public init(daemon: DaemonID, attempt: UInt32, reason: LossReason) {
        self.daemon = daemon
        self.attempt = attempt
        self.reason = reason
    }
}

/// How a task ended when it did not end by itself. (A task that ended by itself has its value or
/// failure from its daemon; the dispatcher only says `Verdict.recorded`.)
public enum Ending: Hashable, Sendable {
    /// Its time ran out; `running` tells whether it had started.
    case timedOut(running: Bool)
    /// Somebody stopped it.
    case cancelled
    /// It was running at the moment of as many unexplained losses as its policy allows.
    case poisoned([Loss])
    /// Its daemon was lost and the policy forbids another start. Whether it had an effect is unknown.
    case daemonLost(Loss)
    /// The pool was closed.
    case closed
    /// No daemon is there and none will come.
    case noDaemons
    /// A task that it needs ended without returning.
    case neededFailed(TaskID)
}

/// What the dispatcher says to a result that a daemon sent.
public enum Verdict: Hashable, Sendable {
    /// This is the task's one outcome: hand it to the caller.
    case recorded
    /// A failure that the policy retries: drop it, the task starts again.
    case retrying
    /// It belongs to no current attempt, or the task already has its outcome: drop it.
    case stale
}
