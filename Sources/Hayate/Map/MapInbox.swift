import HayateCore
import HayateTransport
import Synchronization

/// Collects the outcomes of a map's tasks until its consumer takes them.
///
/// Safe to share: `state` is a `Mutex`, `time` is atomic.
final class MapInbox: OutcomeReceiver, @unchecked Sendable {
    /// What has come since it was last looked at.
    struct Batch {
        /// Outcomes of single elements.
        var items: [Item] = []
        /// Chunks, not opened.
        var chunks: [(receiver: ChunkReceiver, resolution: Resolution)] = []

        var isEmpty: Bool { items.isEmpty && chunks.isEmpty }
        /// How many elements they are.
        var count: Int { chunks.reduce(items.count) { $0 + $1.receiver.count } }
    }

    private struct State {
        var batch = Batch()
        var waiter: UnsafeContinuation<Void, Never>?
        var isNudged = false
    }

    private let state = Mutex(State())
    private let time = Atomic<Int64>(0)

    override func resolve(_ items: [Item]) {
        let waiter = state.withLock { state in
            state.batch.items += items
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func resolve(_ chunk: ChunkReceiver, _ resolution: Resolution) {
        let waiter = state.withLock { state in
            state.batch.chunks.append((chunk, resolution))
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Lets the consumer look although nothing has come.
    func nudge() {
        let waiter = state.withLock { state in
            state.isNudged = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Everything that has come; waits until there is something, or somebody nudges. One consumer at a time.
    func take() async -> Batch {
        if let batch = takeNow() { return batch }
        await withUnsafeContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.batch.isEmpty || state.isNudged { return true }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return takeNow() ?? Batch()
    }

    private func takeNow() -> Batch? {
        state.withLock { state in
            guard !state.batch.isEmpty || state.isNudged else { return nil }
            state.isNudged = false
            var batch = Batch()
            batch.items.reserveCapacity(state.batch.items.capacity)
            swap(&batch, &state.batch)
            return batch
        }
    }

    // MARK: Time

    /// How long an element took of late, in nanoseconds; nil before the first has ended.
    var elementTime: Int64? {
        let time = time.load(ordering: .relaxed)
        return time > 0 ? time : nil
    }

    /// Smoothed by eighths. The number comes from a peer: whatever it is, it only sizes chunks.
    override func took(_ taskTime: Int64) {
        let taskTime = min(max(1, taskTime), 1 << 50)
        let old = time.load(ordering: .relaxed)
        time.store(old == 0 ? taskTime : max(1, old + (taskTime - old) / 8), ordering: .relaxed)
    }
}

/// Stops what is left of a map when its consumer goes away.
///
/// Safe to share: `held` is a `Mutex`, the rest is constant.
final class MapScope: @unchecked Sendable {
    private let inbox: MapInbox
    private let queue: TaskQueue
    /// The next one last.
    private let held = Mutex<[Dispatcher.Request]>([])

    init(inbox: MapInbox, queue: TaskQueue) {
        self.inbox = inbox
        self.queue = queue
    }

    deinit { stop() }

    func stop() { queue.stopAll(of: inbox) }

    /// A request that the full queue did not take, to be submitted first the next time.
    func takeHeld() -> Dispatcher.Request? {
        held.withLock { $0.popLast() }
    }

    func holdBack(_ requests: some Collection<Dispatcher.Request>) {
        held.withLock { $0 += Array(requests).reversed() }
    }

    var isHolding: Bool { held.withLock { !$0.isEmpty } }
}
