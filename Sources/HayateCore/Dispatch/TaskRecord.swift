/// What the dispatcher keeps of one task: 64 bytes, since a million may wait.
struct TaskRecord: Sendable {
    /// The task's place in its life.
    enum Phase: UInt8, Sendable {
        /// No task: the slot waits in the free list.
        case free
        /// Waits in the ready queue. Can become `assigned`, or `tombstone` when stopped.
        case queued
        /// Waits for tasks that it needs. Can become `queued`; ends when stopped, or when one of them fails.
        case blocked
        /// Waits for its retry pause. Can become `queued`; ends when stopped.
        case delayed
        /// At a daemon, started or not. Ends by a result, comes back to `queued` when the daemon
        /// gives it back or is lost, becomes `stopping` when stopped.
        case assigned
        /// Its caller has an outcome; the daemon has not yet said that it let go of it.
        case stopping
        /// Its caller has an outcome; the ready queue still holds the slot number.
        case tombstone
    }

    struct Flags: OptionSet, Sendable {
        var rawValue: UInt8
        /// Only ever alone at a daemon: it was on a daemon that vanished, or may start only once.
        static let alone = Flags(rawValue: 1)
        /// The daemon was asked to give it back.
        static let revoking = Flags(rawValue: 2)
        /// For one daemon only: ends when that daemon is lost.
        static let directed = Flags(rawValue: 4)
        /// Entered the ready queue through its heap of returned tasks.
        static let returned = Flags(rawValue: 8)
        /// Started, and its daemon asked to run a child of it meanwhile.
        static let parent = Flags(rawValue: 16)
        /// Asks for time at its daemon.
        static let timed = Flags(rawValue: 32)
        /// Its progress has changed since the journal was told of it.
        static let noted = Flags(rawValue: 64)
        /// Asks for more than one processor of its daemon, or needs all of one that runs several tasks at once.
        static let sized = Flags(rawValue: 128)
    }

    static let none = UInt32.max

    var sequence: UInt64 = 0
    var submitted: Instant = .zero
    var deadline: Instant = .distantFuture
    var generation: UInt32 = 0
    var attempt: UInt32 = 0
    var daemon = TaskRecord.none
    /// Neighbours in the daemon's list of assigned tasks, oldest first.
    var previous = TaskRecord.none
    var next = TaskRecord.none
    var bytes: UInt32 = 0
    var policy: UInt32 = 0
    var failures: UInt16 = 0
    var priority: Int8 = 0
    var losses: UInt8 = 0
    var phase: Phase = .free
    var flags: Flags = []
}
