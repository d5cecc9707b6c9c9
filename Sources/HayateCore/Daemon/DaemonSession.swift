import Collections

/// What a daemon does, as a value: which task it starts, what it gives back, when it leaves.
///
/// The counterpart of `Dispatch` at the other end of a connection, and like it without clock,
/// randomness or I/O. Tasks run in the order in which they were assigned, one at a time. Results are
/// kept until the host acknowledges them, so that a broken connection loses none.
///
/// A task may submit tasks, its children, and wait for them. While it waits, the daemon asks the host to
/// help with them: such a child starts on top of its parent, and that is the one way in which more
/// than one task is started here. See `DaemonSession+Children.swift`. Unless the daemon shares what it
/// has among tasks: those that were granted a part run beside each other. See `DaemonSession+Lanes.swift`.
public struct DaemonSession: Sendable {
    /// What becomes of a running task when the host is gone for good.
    public enum AutoExit: String, Sendable, Hashable, CaseIterable {
        /// Stop it and leave at once.
        case now
        /// Let it finish, then leave.
        case afterTask = "after-task"
        /// Never leave: dial until the host is back.
        case never
    }

    /// Why the daemon's process ends.
    public enum Exit: Hashable, Sendable {
        /// The host said so: drained, limits reached, pool closed.
        case dismissed
        /// The host went away and did not come back in time.
        case hostLost
        /// No host answered within the connect deadline.
        case neverConnected
        /// The host does not know this session any more and the daemon may not start a new one.
        case refused
        /// A signal announced its end while it had no host and held nothing.
        case warned
    }

    public enum Effect: Hashable, Sendable {
        /// Run this task now.
        case start(AttemptID)
        /// Run this task now, beside others that run.
        case startBeside(AttemptID)
        /// Cancel a started task; its end is still to be reported by `ended`.
        case interrupt(AttemptID)
        /// Forget the body of a task that will not be started.
        case discard(AttemptID)
        /// Tell the host that the task was given back unstarted.
        case giveBack(AttemptID)
        /// Send the result with this number, kept under it until acknowledged.
        case report(AttemptID, number: UInt64)
        /// Results up to this number are acknowledged: their bodies can go.
        case forget(through: UInt64)
        /// Send the host this child, which is kept until it has an outcome.
        case submit(child: UInt64)
        /// Tell the host that nothing more is wanted of this child; 0: of all that were not submitted
        /// again on this connection.
        case withdraw(child: UInt64)
        /// Ask the host for this child, which a task here waits for.
        case help(child: UInt64)
        /// Nobody will say how this child ended: tell who waits for it, and forget it.
        case orphan(child: UInt64)
        /// Tell the host that this signal announced the process's end.
        case announce(signal: UInt8)
        /// Dial the host again.
        case dial(attempt: UInt32)
        /// End the process.
        case exit(Exit)
    }

    public struct Settings: Hashable, Sendable {
        public var autoExit: AutoExit
        /// How long a lost host may take to come back before `autoExit` is carried out.
        public var hostLease: Duration
        /// How long the very first connection may take.
        public var connectWithin: Duration
        /// How long a task may go on after it was told to stop for good; then the process ends.
        public var stopGrace: Duration

        public init(
            autoExit: AutoExit = .now, hostLease: Duration = .seconds(60),
            connectWithin: Duration = .seconds(600), stopGrace: Duration = .seconds(5)
        ) {
            self.stopGrace = stopGrace
            self.autoExit = autoExit
            self.hostLease = hostLease
            self.connectWithin = connectWithin
        }
    }

    /// The connection's place in its life.
    enum Link: Hashable, Sendable {
        /// No connection yet, or none any more; dialling. Becomes `connected`.
        case dialing(since: Instant, attempt: UInt32)
        /// Admitted by the host. Becomes `dialing` when it breaks.
        case connected
        /// The process ends.
        case over
    }

    let settings: Settings
    var link: Link
    var hasConnected = false
    var waiting: Deque<AttemptID> = []
    /// What was started and has not ended. Each but the last waits for a child, and the next one is
    /// such a child.
    var started: [Started] = []
    /// What runs beside each other and has not ended; while there is any, `started` is empty, and the other way round.
    var lanes: [Started] = []
    /// Those of the waiting tasks that may run beside others.
    var granted: Set<AttemptID> = []
    /// Finished tasks whose results the host has not acknowledged, oldest first.
    var unacknowledged: Deque<AttemptID> = []
    /// What started tasks have submitted and what has no outcome yet.
    var children = Children()
    /// Results that the host has, counted from the session's start.
    public internal(set) var acknowledged: UInt64 = 0
    var leaveWhenEmpty: Exit?
    /// The signal that announced the process's end: from then on no task is begun.
    var warning: UInt8?
    /// Whether the host has still to be told that tasks were never begun.
    var isOwing = false
    /// When the process ends even if its task does not obey.
    var leaveBy = Instant.distantFuture

    /// A task that was started and has not ended.
    struct Started: Hashable, Sendable {
        let attempt: AttemptID
        /// It was told to stop, so that it is told once.
        var isInterrupted = false
        /// Its host is gone, so that its result is for nobody.
        var isAbandoned = false
        /// It has let go of the thread on which it was started: another task may run there.
        var isSuspended = false
    }

    public init(settings: Settings, at now: Instant) {
        self.settings = settings
        link = .dialing(since: now, attempt: 0)
    }

    /// Everything the daemon knows of: running, waiting, or finished and not acknowledged. What a
    /// resuming daemon tells the host. Abandoned tasks of an earlier host are not among it: the
    /// names of two hosts' tasks can be the same.
    public var holding: [AttemptID] {
        let running = (started + lanes).lazy.filter { !$0.isAbandoned }.map(\.attempt)
        return Array(unacknowledged) + running + Array(waiting)
    }

    /// The task that runs by itself; those below it wait for their children.
    public var running: AttemptID? { started.last?.attempt }

    /// Whether any task runs.
    public var isBusy: Bool { !started.isEmpty || !lanes.isEmpty }

    /// Started tasks, those that wait for their children included.
    public var startedCount: Int { started.count + lanes.count }

    /// Whether this task was started and has not ended, and its host is still there.
    public func isStarted(_ attempt: AttemptID) -> Bool {
        isOnStack(attempt) || lanes.contains { $0.attempt == attempt && !$0.isAbandoned }
    }

    /// Results reported so far; the next has this number plus one.
    public var reported: UInt64 { acknowledged + UInt64(unacknowledged.count) }

    /// Results that must be kept because the host may not have them.
    public var unacknowledgedCount: Int { unacknowledged.count }

    /// Tasks that wait behind the running one.
    public var waitingCount: Int { waiting.count }

    /// Whether the daemon leaves as soon as it holds nothing.
    public var isLeaving: Bool { leaveWhenEmpty != nil }

    public var isConnected: Bool { link == .connected }
    public var isOver: Bool { link == .over }
    public var isIdle: Bool { !isBusy && waiting.isEmpty }
}
