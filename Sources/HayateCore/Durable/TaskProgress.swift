/// How far an unfinished task has come: what a host must know of it to go on after it was killed, beside the task
/// itself.
public struct TaskProgress: Hashable, Sendable {
    public var id: TaskID
    /// Its current start, or the last one if it waits; 0 before the first.
    public var attempt: UInt32
    /// How often it failed by itself and was to be tried again.
    public var failures: UInt16
    /// Whether it may only be alone at a daemon.
    public var isAlone: Bool
    /// Losses that count towards its poison limit.
    public var losses: [Loss]
    /// The daemon that may be running it; nil: it waits.
    public var daemon: DaemonID?
    /// Its place among all assignments: those of one daemon run in this order.
    public var order: UInt64
    /// What it was given of its daemon's resources; nil where tasks run one at a time.
    public var grant: ResourceGrant?

    public init(
        id: TaskID, attempt: UInt32 = 0, failures: UInt16 = 0, isAlone: Bool = false, losses: [Loss] = [],
        daemon: DaemonID? = nil, order: UInt64 = 0, grant: ResourceGrant? = nil
    ) {
        self.id = id
        self.attempt = attempt
        self.failures = failures
        self.isAlone = isAlone
        self.losses = losses
        self.daemon = daemon
        self.order = order
        self.grant = grant
    }
}
