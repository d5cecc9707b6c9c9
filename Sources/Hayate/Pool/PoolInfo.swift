/// The five numbers of a pool that one looks at most.
public struct PoolInfo: Sendable, Hashable {
    /// Daemons that are there; those whose connection broke and that may come back count too.
    public var connections: Int
    /// Daemons that joined, ever.
    public var cumulative: Int
    /// Tasks that wait for a daemon, also for their retry pause, and those that wait at a busy one.
    public var awaiting: Int
    /// Tasks that daemons run.
    public var executing: Int
    /// All other tasks that were ever accepted, stopped ones and set-ups of `everywhere` included.
    public var completed: Int
}

/// What encoded tasks take while they wait for a daemon.
public struct QueueMemory: Sendable, Hashable {
    /// Bytes now.
    public var used: Int
    /// The most bytes ever.
    public var peak: Int
    /// The bound on `used`; nil if there is none.
    public var capacity: Int?
}

extension Pool {
    /// The numbers of now.
    public var info: PoolInfo { dispatcher.state.withLock { PoolInfo($0) } }
}

extension PoolInfo {
    init(_ state: Dispatcher.State) {
        let counts = state.core.counts
        let executing = state.core.executing
        let awaiting = counts.waiting + counts.blocked + counts.assigned - executing
        self.init(
            connections: counts.daemons, cumulative: Int(clamping: counts.joined), awaiting: awaiting,
            executing: executing, completed: Int(clamping: counts.accepted) - awaiting - executing)
    }
}

extension QueueMemory {
    init(_ state: Dispatcher.State) {
        let limit = state.core.limits.queuedBytes
        self.init(
            used: state.core.counts.waitingBytes, peak: state.core.counts.peakWaitingBytes,
            capacity: limit == .max ? nil : limit)
    }
}
