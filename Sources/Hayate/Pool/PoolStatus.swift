import HayateCore
import HayateTransport

/// What a pool is doing at one moment.
public struct PoolStatus: Sendable, Hashable {
    /// Where daemons dial in.
    public var url: String
    /// Numbers of tasks and daemons.
    public var counts: Dispatch.Counts
    /// The same in five: connections, cumulative, awaiting, executing, completed.
    public var info: PoolInfo
    /// What tasks take while they wait.
    public var memory: QueueMemory
    /// One row a daemon.
    public var daemons: [DaemonRow]
    /// Daemons that were started and have not joined yet.
    public var starting: Int
    /// Why nothing moves although tasks wait; nil if something moves or nothing waits.
    public var stalled: String?
    /// Peers that were turned away at the socket because they are other users.
    public var refusedPeers: Int
    /// All that were turned away before they were admitted: those, and whoever had no key of this pool or a
    /// wrong one, spoke something else, or did not show in time who it is.
    public var refusedConnections: Int
    /// How often a peer came in over TLS by a key exchange.
    public var keyExchanges: Int
    /// How often one came back by a ticket, without another key exchange.
    public var resumptions: Int

    /// One daemon.
    public struct DaemonRow: Sendable, Hashable {
        /// Its machine and process, as `host:pid`.
        public var name: String
        /// Its machine.
        public var host: String
        public var process: UInt32
        public var state: DaemonStatus.State
        /// Tasks it was given, ever.
        public var assigned: UInt64
        /// Results it sent, ever.
        public var done: UInt64
        /// Tasks it holds.
        public var held: Int
        /// The task it runs.
        public var current: UInt64?
        /// How long it has been there.
        public var age: Duration
        /// How long it has been silent.
        public var silence: Duration
        /// How much longer it takes tasks; nil for ever.
        public var timeLeft: Duration?
    }
}

extension Pool {
    /// The process ids of the local daemons that run.
    public var localProcesses: [Int32] { launcher?.processes ?? [] }

    /// What the pool is doing now.
    public var status: PoolStatus {
        let starting = startingDaemons
        let (counts, info, memory, daemons) = dispatcher.overview()
        var stalled: String?
        if counts.waiting > 0, !daemons.contains(where: { $0.state == .idle || $0.state == .busy }) {
            if !daemons.isEmpty {
                stalled = "\(counts.waiting) tasks wait, and none of the \(daemons.count) daemons can "
                    + "take one: they are silent, disconnected or leaving"
            } else if let reason = elsewhere?.waitReason {
                stalled = "\(counts.waiting) tasks wait for daemons: \(reason)"
            } else if starting == 0 {
                stalled = "\(counts.waiting) tasks wait, no daemon is there and none is being started: "
                    + "daemons of this program dial in at \(url)"
                    + (lastFailure.map { " (the last failure: \($0))" } ?? "")
            }
        } else if counts.waiting > 0, !daemons.contains(where: { $0.state == .busy }) {
            stalled = dispatcher.timeShortage(waiting: counts.waiting)
                ?? dispatcher.resourceShortage(waiting: counts.waiting)
        }
        return PoolStatus(
            url: url, counts: counts, info: info, memory: memory, daemons: daemons, starting: starting, stalled: stalled,
            refusedPeers: refusedPeers, refusedConnections: dispatcher.refusals.total,
            keyExchanges: security.handshakes.full, resumptions: security.handshakes.resumed)
    }
}

extension Dispatcher {
    func overview() -> (Dispatch.Counts, PoolInfo, QueueMemory, [PoolStatus.DaemonRow]) {
        state.withLock { state in
            let now = Instant.now
            let rows = state.core.daemonStatus().map { status in
                let link = state.links[status.id.slot]
                let name = link?.name ?? "\(status.id)"
                return PoolStatus.DaemonRow(
                    name: name, host: String(name[..<(name.lastIndex(of: ":") ?? name.endIndex)]),
                    process: link?.process ?? 0,
                    state: status.state, assigned: status.assigned, done: status.done,
                    held: status.held, current: status.current?.rawValue,
                    age: .nanoseconds(now.since(status.joined)),
                    silence: .nanoseconds(max(0, now.since(status.lastHeard))),
                    timeLeft: status.takesUntil.map { .nanoseconds(max(0, $0.since(now))) })
            }
            return (state.core.counts, PoolInfo(state), QueueMemory(state), rows)
        }
    }

    /// Nothing waits but tasks for which no daemon has enough time left.
    func timeShortage(waiting: Int) -> String? {
        guard case .needsTime(let length, let most)? = state.withLock({ $0.core.timeShortage(at: .now) })
        else { return nil }
        return "\(waiting) tasks wait: one needs \(length.readable), and the daemon with the most time left has "
            + most.readable
    }

    /// Nothing waits but tasks that ask for more than any daemon has.
    func resourceShortage(waiting: Int) -> String? {
        state.withLock { $0.core.resourceShortage() }.map {
            "\(waiting) tasks wait: one asks for \($0), and no daemon has as much"
        }
    }

    func reason(of task: TaskID) -> WaitReason? {
        state.withLock { $0.core.waitReason(of: task, at: .now) }
    }
}
