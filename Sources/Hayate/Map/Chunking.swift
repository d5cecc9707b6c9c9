import HayateCore
import HayateDaemon
import HayateWire

/// How many elements of a map travel together.
///
/// Every element keeps its own outcome, failure and random stream, however they travel. Elements are never
/// put together in a map with a timeout or a time request, with retries of failures, or whose elements may
/// not be started twice (`retry: .never`), and commands never are.
public enum ChunkPolicy: Hashable, Sendable {
    /// As many as take about a millisecond, by the time that elements took so far; one by one where that
    /// takes longer, where they print, and in a pool whose daemons leave after a number of tasks.
    case automatic
    /// Each alone.
    case none
    /// So many, from the first on.
    case size(Int)
}

/// Decides how many elements travel together, and how many may be on their way.
struct ChunkPlanner {
    /// Nanoseconds of work in a chunk: long against the 5 µs that a task costs on its way, short against
    /// what anybody notices.
    static let aim: Int64 = 1_000_000
    /// The most elements of a chunk.
    static let most = 4096
    /// Fewer than this many save too little to give up that each is dispatched by itself.
    static let fewest = 4
    /// Bytes of a chunk: enough to be worth sending, far from what is large on the way.
    static let bytes = 256 << 10
    /// Chunks of each daemon that are on their way: what it runs, what is there already, and what waits.
    static let perDaemon = 6
    /// Single elements that are on their way before the first one has told how long it takes.
    static let first = 256

    private let policy: ChunkPolicy
    private let window: Int

    init(_ options: MapOptions, isCommand: Bool) {
        // A chunk that is lost is started again element by element, which must be within the policy.
        let mayStartAgain = options.retry.losses >= 2 && options.retry.failures == nil
        let isTimed = options.timeout != nil || options.timeRequest != nil || options.resources != nil
        policy = !isTimed && mayStartAgain && !isCommand ? options.chunk : .none
        window = options.window
    }

    var isAutomatic: Bool { policy == .automatic }

    /// - Parameters:
    ///   - time: nanoseconds that an element takes; nil if that is not known yet.
    ///   - remaining: how many elements the input still has; nil if nobody knows.
    /// - Returns: how many elements the next chunk has, 1 for none.
    func size(time: Int64?, daemons: Int, remaining: Int?) -> Int {
        switch policy {
        case .none: return 1
        case .size(let count): return min(max(1, count), Self.most)
        case .automatic:
            guard let time else { return 1 }
            let daemons = max(1, daemons)
            var size = min(Self.most, Int(Self.aim / max(1, time)))
            // All must have something to do, and something to go on with.
            size = min(size, window / (Self.perDaemon * daemons))
            if let remaining { size = min(size, (remaining + 2 * daemons - 1) / (2 * daemons)) }
            return size >= Self.fewest ? size : 1
        }
    }

    /// How many elements may be on their way.
    func limit(time: Int64?, daemons: Int) -> Int {
        policy == .automatic && time == nil ? min(window, max(Self.first, 4 * daemons)) : window
    }
}

extension Dispatcher.Request {
    /// Several requests as one task: they differ from the first in their bodies alone.
    /// - Throws: `HayateError.notSendable`.
    static func chunk(
        of first: Dispatcher.Request, _ bodies: PackedBodies, for receiver: ChunkReceiver
    ) throws(HayateError) -> Dispatcher.Request {
        // At the first loss it comes back, and its elements are started again one by one: which of them is
        // to blame, if any, is not known.
        var request = try Dispatcher.request(
            Chunk(name: first.name, bodies: bodies), timeout: nil, retry: RetryPolicy(losses: 1),
            priority: first.spec.priority, for: TaskQueue.plain)
        request.details = first.details
        request.shares = first.shares
        request.index = first.index
        request.elements = bodies.count
        request.receiver = receiver
        return request
    }
}

/// What a queue says of its daemons to a map that would like to put elements together.
struct DaemonsForChunks {
    var count = 0
    /// Whether each leaves after a number of tasks, which a chunk would not keep.
    var countTasks = false
    /// Whether chunks may be made at all. Not where somebody watches single tasks, nor for tasks of tasks,
    /// whose parents run them one by one.
    var knowChunks = false
}

extension Dispatcher {
    /// Under no lock.
    func describeForChunks() -> DaemonsForChunks {
        state.withLock { state in
            DaemonsForChunks(
                count: state.core.places, countTasks: state.hasTaskLimits,
                knowChunks: instruments == nil)
        }
    }
}
