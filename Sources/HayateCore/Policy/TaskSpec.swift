/// What the dispatcher needs to know of a task. Its body stays with the shell.
public struct TaskSpec: Hashable, Sendable {
    /// Size of the encoded task, in bytes: what it counts against the bound of the queue.
    public var bytes: Int
    /// Higher runs earlier.
    public var priority: Int8
    /// Counted from submission, waiting included; nil for none.
    public var timeout: Duration?
    public var retry: RetryPolicy
    /// How much time its daemon must have left when it is given the task; nil for any. Not a limit.
    public var timeRequest: Duration?
    /// Unfinished tasks that must have returned before it starts. When one ends otherwise, so does this one. Not for
    /// tasks that are for one daemon only.
    public var needs: [TaskID]
    /// What it needs where several tasks run at once; nil: one processor.
    public var resources: ResourceRequest?

    public init(
        bytes: Int, priority: Int8 = 0, timeout: Duration? = nil,
        retry: RetryPolicy = .lostDaemons, timeRequest: Duration? = nil, needs: [TaskID] = [],
        resources: ResourceRequest? = nil
    ) {
        self.needs = needs
        self.resources = resources
        self.timeRequest = timeRequest
        self.bytes = bytes
        self.priority = priority
        self.timeout = timeout
        self.retry = retry
    }
}

/// The dispatcher's answer to a submission.
public enum Submission: Hashable, Sendable {
    case accepted(TaskID)
    case refused(Refusal)

    public enum Refusal: Hashable, Sendable {
        /// The bound on queued bytes or tasks is reached.
        case queueFull
        /// The pool was closed.
        case closed
        /// A task for one daemon only, and that daemon is not there.
        case noSuchDaemon
        /// It asks for time, and tasks are given out in turn, without a common queue.
        case timeRequest
        /// It asks for resources, and tasks are given out in turn.
        case resources
        /// It needs a task that is unknown or has ended, or needs one although it is for one daemon only.
        case unknownNeed
    }
}

/// What a daemon brings along when it joins.
public struct DaemonTerms: Hashable, Sendable {
    /// It leaves after this many tasks; nil for no end.
    public var maximumTasks: UInt64?
    /// It leaves after this long without a task; nil for never.
    public var idleTime: Duration?
    /// It takes no new task this long after it joined; nil for never. A daemon says what remains of its time.
    public var wallTime: Duration?
    /// How long the dispatcher waits for it when its connection breaks; nil for the pool's limit.
    public var reconnectWithin: Duration?
    /// Whether it may be ended when a task does not obey an order to stop, because its launcher puts
    /// another in its place.
    public var isReplaceable: Bool
    /// What it has for tasks that run beside each other; nil: it runs one at a time.
    public var resources: DaemonResources?

    public init(
        maximumTasks: UInt64? = nil, idleTime: Duration? = nil, wallTime: Duration? = nil,
        reconnectWithin: Duration? = nil, isReplaceable: Bool = false, resources: DaemonResources? = nil
    ) {
        self.resources = resources
        self.isReplaceable = isReplaceable
        self.maximumTasks = maximumTasks
        self.idleTime = idleTime
        self.wallTime = wallTime
        self.reconnectWithin = reconnectWithin
    }
}
