import HeapModule

/// Deadlines: one thread that calls closures when their time has come.
///
/// The closures run one after the other on that thread and must be short; they may schedule and
/// cancel. Nothing is promised about how late they run on a busy machine, they never run early.
public final class TimerQueue: Sendable {
    /// The one that the transport itself uses.
    public static let shared = TimerQueue()

    /// What `schedule` gave; cancelling it after it fired does nothing.
    public struct Timer: Sendable, Hashable {
        fileprivate let id: UInt64
    }

    private struct Entry: Comparable {
        var time: Duration
        var id: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.time, left.id) < (right.time, right.id)
        }
    }

    private struct State {
        var heap = Heap<Entry>()
        var actions: [UInt64: @Sendable () -> Void] = [:]
        var lastId: UInt64 = 0
        var isRunning = false
    }

    private let state = Monitor(State())

    /// A queue of its own with a thread of its own that never ends; prefer `shared`.
    public init() {}

    /// Calls `action` once, `delay` from now, unless it is cancelled before.
    @discardableResult
    public func schedule(
        after delay: Duration, _ action: @escaping @Sendable () -> Void
    ) -> Timer {
        let time = MonotonicClock.now + max(.zero, delay)
        let (timer, isFirst) = state.update { state in
            state.lastId += 1
            state.actions[state.lastId] = action
            state.heap.insert(Entry(time: time, id: state.lastId))
            defer { state.isRunning = true }
            return (Timer(id: state.lastId), !state.isRunning)
        }
        if isFirst { ServiceThread.start("hayate-timers") { [self] in run() } }
        return timer
    }

    /// Forgets the timer; returns whether it had not fired yet. An action that is just being
    /// called is not waited for.
    @discardableResult
    public func cancel(_ timer: Timer) -> Bool {
        // The action is released outside the lock: it may hold the last reference to something.
        let action = state.withLock { state in
            let action = state.actions.removeValue(forKey: timer.id)
            // Cancelled entries stay in the heap until their time; keep them in proportion.
            if state.heap.count > 2 * state.actions.count + 64 {
                let live = state.heap.unordered.filter { state.actions[$0.id] != nil }
                state.heap = Heap(live)
            }
            return action
        }
        return action != nil
    }

    /// How many timers wait.
    var count: Int { state.withLock { $0.actions.count } }

    private func run() {
        while true {
            let action: @Sendable () -> Void = state.wait { state in
                while let entry = state.heap.min {
                    guard state.actions[entry.id] != nil else {
                        state.heap.removeMin()
                        continue
                    }
                    guard entry.time <= MonotonicClock.now else { return .waitUntil(entry.time) }
                    state.heap.removeMin()
                    guard let action = state.actions.removeValue(forKey: entry.id) else { continue }
                    return .done(action)
                }
                return .wait
            }
            action()
        }
    }
}
