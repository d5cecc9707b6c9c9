/// What the dispatcher keeps of one daemon.
struct DaemonRecord: Sendable {
    /// The daemon's place in its life.
    enum Phase: UInt8, Sendable {
        /// No daemon: the slot waits in the free list.
        case free
        /// Joined, and being prepared: takes directed tasks only. Becomes `ready`.
        case preparing
        /// Takes tasks. Can become `suspect`, `away`, `leaving`.
        case ready
        /// Silent for a while: takes no new tasks. `ready` again at the next sign of life.
        case suspect
        /// Its connection broke; it may resume until `awayUntil`.
        case away
        /// Dismissed: empty, waits for its connection to end.
        case leaving
    }

    var phase: Phase = .free
    var isPreparing = false
    var generation: UInt32 = 0
    var terms = DaemonTerms()
    /// Whether it runs several tasks beside each other.
    var isShared = false
    var joined: Instant = .zero
    /// When its wall time is over.
    var until: Instant = .distantFuture
    var lastHeard: Instant = .zero
    var awayUntil: Instant = .distantFuture
    /// When its list became empty.
    var idleSince: Instant = .zero
    var draining: DrainReason?
    /// The signal that it says announced its end; 0 for none.
    var warning: UInt8 = 0

    /// Its tasks, oldest first; the first is the one that runs. A child that the daemon helps with
    /// goes before its parent, which is suspended.
    var head = TaskRecord.none
    var tail = TaskRecord.none
    var held = 0
    /// Bytes of these tasks.
    var heldBytes = 0
    /// Those of its tasks that ask for time; nanoseconds for which they ask together; and the longest of them since
    /// there were none.
    var timedHeld = 0
    var requested: Int64 = 0
    var longestRequest: Int64 = 0
    /// When the task at the head came to the head, as far as the dispatcher can see.
    var headSince: Instant = .zero
    /// Whether the task it holds must stay the only one.
    var isExclusive = false
    /// Where tasks run beside each other: how many of those it holds tolerate no other.
    var exclusives = 0
    var revoking = 0
    /// How many of its tasks have waited for children of theirs: started, and in the order in which
    /// they stand in the list each the parent of the one before it. While there are any, the daemon is
    /// given nothing that would wait behind them.
    var parents = 0
    /// Tasks of nobody here that it has not let go of, and since when it was to.
    var strangers = 0
    var strangersSince = Instant.zero
    var assigned: UInt64 = 0
    var done: UInt64 = 0

    /// Smoothed run time of its tasks, in nanoseconds; 0 before the first.
    var taskTime: Int64 = 0
    /// Smoothed time of a round trip without the task itself, in nanoseconds; 0 before the first.
    var roundTrip: Int64 = 0
    /// The task by which the next round trip is measured, and when it was sent.
    var probe = TaskRecord.none
    var probeSent: Instant = .zero

    /// The instant for which a check of this daemon is already in the deadlines.
    var nextCheck: Instant = .distantFuture

    /// Whether it holds tasks that it has not started, as far as the dispatcher can see.
    var hasUnstarted: Bool { !isShared && held > parents + 1 }

    /// What it is lost by, with what is known of it.
    func explaining(_ reason: LossReason) -> LossReason {
        // A daemon that was dismissed leaves by its own exit, whatever its last words look like.
        if phase == .leaving { return .left }
        return warning != 0 && reason.isUnexplained ? .reclaimed(signal: Int32(warning)) : reason
    }

    /// Until when it takes tasks, less what it is expected to need for those that it holds; nanoseconds of `Instant`.
    var freeUntil: Int64 {
        guard until != .distantFuture else { return until.nanoseconds }
        let (others, isLong) = taskTime.multipliedReportingOverflow(by: Int64(held - timedHeld))
        let (needed, isLonger) = requested.addingReportingOverflow(isLong ? .max : others)
        return until.nanoseconds.subtractingReportingOverflow(isLonger ? .max : needed).partialValue
    }

    var isConnected: Bool { phase == .ready || phase == .suspect || phase == .preparing }
}
