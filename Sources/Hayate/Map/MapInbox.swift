import HayateCore
import Synchronization

/// Collects the outcomes of a map's tasks until its consumer takes them.
///
/// Safe to share: `state` is a `Mutex`.
final class MapInbox: OutcomeReceiver, @unchecked Sendable {
    private struct State {
        var items: [Item] = []
        var waiter: UnsafeContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    override func resolve(_ items: [Item]) {
        let waiter = state.withLock { state in
            state.items += items
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Everything that has come; waits until there is something. One consumer at a time.
    func take() async -> [Item] {
        if let items = takeNow() { return items }
        await withUnsafeContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.items.isEmpty { return true }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return takeNow() ?? []
    }

    private func takeNow() -> [Item]? {
        state.withLock { state in
            guard !state.items.isEmpty else { return nil }
            var items: [Item] = []
            items.reserveCapacity(state.items.capacity)
            swap(&items, &state.items)
            return items
        }
    }
}

/// Stops what is left of a map when its consumer goes away.
///
/// Safe to share: `held` is a `Mutex`, the rest is constant.
final class MapScope: @unchecked Sendable {
    private let inbox: MapInbox
    private let queue: TaskQueue
    private let held = Mutex<[Dispatcher.Request]>([])

    init(inbox: MapInbox, queue: TaskQueue) {
        self.inbox = inbox
        self.queue = queue
    }

    deinit { stop() }

    func stop() { queue.stopAll(of: inbox) }

    /// A request that the full queue did not take, to be submitted first the next time.
    func takeHeld() -> Dispatcher.Request? {
        held.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func holdBack(_ requests: ArraySlice<Dispatcher.Request>) {
        held.withLock { $0 = Array(requests) + $0 }
    }

    var isHolding: Bool { held.withLock { !$0.isEmpty } }
}
