import Synchronization

/// Says how many more elements may start, gathers those that ended, and holds the order to stop.
final class RunGate: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    /// An element that ended, on its way to the thread that writes.
    struct Arrival: Sendable {
        var element: InputElement
        var key: ElementKey?
        var seed: UInt64
        var content: Content

        enum Content: Sendable {
            case outcome(ElementOutcome)
            /// It succeeded in an earlier run.
            case earlier(OutcomeRecord)
        }
    }

    private struct State {
        var arrivals: [Arrival] = []
        var isWriterScheduled = false
        /// Started and not yet written.
        var outstanding = 0
        var lastStarted = 0
        /// From the order buffer.
        var allowance: Int
        var waiter: Waiter?
        var stop: RunSummary.Stop?
    }

    private let state: Mutex<State>
    private let window: Int
    private let onStop: @Sendable (RunSummary.Stop) -> Void

    /// - Parameters:
    ///   - window: how many elements may be started and not yet written.
    ///   - span: how far behind the oldest unfinished one an element may be.
    ///   - onStop: called once, on any thread.
    init(window: Int, span: Int, onStop: @escaping @Sendable (RunSummary.Stop) -> Void) {
        self.window = window
        self.onStop = onStop
        state = Mutex(State(allowance: span))
    }

    /// Why the run stops, if it does.
    var stop: RunSummary.Stop? { state.withLock { $0.stop } }

    /// Ends the run; only the first reason counts.
    func stop(_ reason: RunSummary.Stop) {
        let (isFirst, waiter) = state.withLock { state in
            guard state.stop == nil else { return (false, nil as Waiter?) }
            state.stop = reason
            return (true, state.waiter.take())
        }
        guard isFirst else { return }
        waiter?.resume()
        onStop(reason)
    }

    /// Waits until elements may start.
    ///
    /// - Returns: how many, at least 1; `nil` when the run stops.
    func room() async -> Int? {
        await wait { state in
            state.stop != nil || (state.outstanding < self.window && state.allowance > 0)
        }
        return state.withLock { state in
            state.stop == nil ? min(self.window - state.outstanding, state.allowance) : nil
        }
    }

    func started(_ count: Int) {
        state.withLock { state in
            state.outstanding += count
            state.allowance -= count
            state.lastStarted += count
        }
    }

    /// Waits until everything started has been written, or the run stops.
    func idle() async {
        await wait { $0.stop != nil || $0.outstanding == 0 }
    }

    /// Hands an element to the writer.
    ///
    /// - Returns: whether the writer must be woken.
    func arrive(_ arrival: Arrival) -> Bool {
        state.withLock { state in
            state.arrivals.append(arrival)
            defer { state.isWriterScheduled = true }
            return !state.isWriterScheduled
        }
    }

    /// Everything that arrived; the writer may sleep when that is nothing.
    func takeArrivals() -> [Arrival] {
        state.withLock { state in
            var taken: [Arrival] = []
            swap(&taken, &state.arrivals)
            if taken.isEmpty { state.isWriterScheduled = false }
            return taken
        }
    }

    /// Gives back the room of elements that have been written.
    ///
    /// - Parameter allowance: from the index that is started last, what the order buffer allows.
    func wrote(_ count: Int, allowance: (_ lastStarted: Int) -> Int) {
        let waiter = state.withLock { state in
            state.outstanding -= count
            state.allowance = allowance(state.lastStarted)
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private func wait(until isReady: @Sendable (borrowing State) -> Bool) async {
        while true {
            if state.withLock({ isReady($0) }) { return }
            await withCheckedContinuation { (waiter: Waiter) in
                let isReady = state.withLock { state in
                    if isReady(state) { return true }
                    state.waiter = waiter
                    return false
                }
                if isReady { waiter.resume() }
            }
        }
    }
}
