/// The numbers that steer a dispatcher, with the reason beside each.
public struct DispatchLimits: Sendable, Hashable {
    /// Bytes of encoded tasks that may wait for a daemon. Counted while queued only: what runs is
    /// bounded by the number of daemons. 0 would accept nothing; the default is half of a small login
    /// node's share of memory.
    public var queuedBytes: Int = 2 << 30
    /// Tasks that may wait: slots are 32-bit, and 100 M records are 10 GB of memory.
    public var queuedTasks: Int = 100_000_000
    /// A daemon that was silent this long gets no new tasks (three heartbeats of 5 s).
    public var suspectAfter: Duration = .seconds(15)
    /// A daemon that was silent this long is lost: its tasks start elsewhere.
    public var lostAfter: Duration = .seconds(60)
    /// How long a daemon whose connection broke may take to come back before it is lost.
    public var reconnectWithin: Duration = .seconds(60)
    /// How long a task that was told to stop may go on before its daemon is ended.
    public var stopGrace: Duration = .seconds(5)
    /// A daemon whose running task takes longer than this gives back what it holds behind it.
    public var overdueAfter: Duration = .milliseconds(50)
    /// The most tasks one daemon holds, the running one included. 512 hide a round trip of 500 µs at
    /// 1 µs a task.
    public var prefetch: Int = 512
    /// Work that is shorter than this share of a round trip is never waited for one by one: below
    /// 2 % the round trip is not worth a second task at a daemon.
    public var prefetchThreshold: Double = 0.02

    /// How much work may wait at a daemon beyond what hides the round trip, so that results travel
    /// together: waking the host costs as much as a tenth of a short command.
    public var companyWithin: Duration = .milliseconds(4)

    /// How tasks are given to daemons.
    public var scheduling = Scheduling.dispatched
    /// Bytes of tasks that one daemon may hold under `.roundRobin`, and one task more: what is sent
    /// ahead is in memory twice, and a connection bounds what is on its way.
    public var backlogBytes: Int = 64 << 20

    /// How tasks are given to daemons.
    public enum Scheduling: String, Sendable, Hashable, CaseIterable {
        /// From one queue, as daemons become free: nothing waits behind a long task while another
        /// daemon is idle.
        case dispatched
        /// At once, to one daemon after the other in turn, each with a backlog of its own that nobody
        /// takes back while the daemon is there.
        case roundRobin
    }

    public init() {}
}
