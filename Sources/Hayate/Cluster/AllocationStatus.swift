import HayateCluster
import HayateCore

/// What a pool's jobs are doing at one moment.
public struct AllocationStatus: Sendable, Hashable {
    /// One row an allocation, those that have ended lately among them.
    public var rows: [AllocationRow]
    /// The same in sentences.
    public var sentences: [String]
    /// How the last of them ended.
    public var endings: [AllocationEnding]
    /// Status queries that the scheduler was asked, ever.
    public var statusQueries: Int
    /// Why no more are submitted; nil: they are.
    public var pauseReason: String?
    /// Where their scripts and logs are; `host:directory` for the logs of a cluster that is reached by SSH.
    public var directory: String
}

extension Pool {
    /// The jobs of the scheduler that hold this pool's daemons; nil for a pool without a cluster.
    public var allocations: AllocationStatus? { cluster?.status }
}

extension ClusterLauncher {
    var status: AllocationStatus {
        let (rows, endings, queries, pause) = state.withLock {
            ($0.ledger.rows, $0.endings, $0.statusQueries, $0.obstacle ?? $0.sizing.pauseReason)
        }
        return AllocationStatus(
            rows: rows, sentences: rows.map { describe($0) }, endings: endings, statusQueries: queries,
            pauseReason: pause, directory: far.map { "\($0.host):\($0.directory)" } ?? directory.path)
    }

    /// Daemons that should be there now.
    var expected: Int { state.withLock { $0.sizing.target } }

    /// Daemons that are on their way.
    var coming: Int {
        state.withLock { max(0, $0.sizing.expected - $0.sizing.present) }
    }
}

extension Dispatcher {
    /// How many tasks wait, and how many daemons run one.
    var demand: (waiting: Int, busy: Int) {
        state.withLock { ($0.core.counts.waiting, $0.core.executing) }
    }
}
