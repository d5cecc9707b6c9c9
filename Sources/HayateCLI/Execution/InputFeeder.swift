import Dispatch
import Synchronization

/// Reads inputs on a thread of its own, some way ahead of those being run.
///
/// Reading may block for as long as another program takes to write, which no thread of Swift
/// concurrency may. Reading ahead tells how many elements there are before they have run.
final class InputFeeder: Sendable {
    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct State {
        var ready: [InputElement] = []
        /// What of `ready` has been given out; it is moved up only now and then.
        var taken = 0
        var hasEnded = false
        var error: CommandLineError?
        var total: Int?
        var isCancelled = false
        var waiter: Waiter?
        var isReaderWaiting = false

        var count: Int { ready.count - taken }
    }

    private let state: Mutex<State>
    private let room = DispatchSemaphore(value: 0)
    private let limit: Int

    /// - Parameter limit: how many elements are read ahead, at least 1.
    init(_ elements: InputElements, limit: Int = InputLimits.readAhead) {
        self.limit = limit
        state = Mutex(State(total: elements.count))
        DispatchQueue(label: "hayate.inputs").async { [self] in
            read(elements)
        }
    }

    /// How many elements there are in all, as soon as that is known.
    var total: Int? { state.withLock { $0.total } }

    /// The next elements, at least one and at most this many; `nil` at the end or after `cancel()`.
    /// One caller at a time.
    func next(atMost limit: Int) async throws -> [InputElement]? {
        while true {
            let (batch, isOver, error) = state.withLock { take(limit, &$0) }
            if let batch { return batch }
            if let error { throw error }
            if isOver { return nil }
            await withCheckedContinuation { (waiter: Waiter) in
                let isReady = state.withLock { state in
                    if state.count > 0 || state.hasEnded || state.isCancelled { return true }
                    state.waiter = waiter
                    return false
                }
                if isReady { waiter.resume() }
            }
        }
    }

    /// Has a waiting `next` and all later ones return `nil`. A thread that waits for input that
    /// never comes stays until the process ends.
    func cancel() {
        let waiter = state.withLock { state in
            state.isCancelled = true
            return state.waiter.take()
        }
        waiter?.resume()
        room.signal()
    }

    private func take(
        _ limit: Int, _ state: inout State
    ) -> ([InputElement]?, isOver: Bool, CommandLineError?) {
        guard !state.isCancelled else { return (nil, true, nil) }
        guard state.count > 0 else { return (nil, state.hasEnded, state.error) }
        let end = min(state.ready.count, state.taken + limit)
        let batch = Array(state.ready[state.taken..<end])
        state.taken = end
        if state.taken * 2 > state.ready.count {
            state.ready.removeFirst(state.taken)
            state.taken = 0
        }
        // Half empty: waking the reader for each element would cost more than reading.
        if state.isReaderWaiting, state.count <= self.limit / 2 {
            state.isReaderWaiting = false
            room.signal()
        }
        return (batch, false, nil)
    }

    private func read(_ elements: InputElements) {
        var elements = elements
        while true {
            let result = Result { try elements.next() }
            let (waiter, goesOn, mustWait) = state.withLock { state in
                switch result {
                case .success(let element?): state.ready.append(element)
                case .success(nil):
                    state.hasEnded = true
                    state.total = elements.lastIndex
                case .failure(let error):
                    state.hasEnded = true
                    state.error = error as? CommandLineError
                        ?? .cannotRead("the inputs", "\(error)")
                }
                let mustWait = state.count >= limit && !state.hasEnded
                state.isReaderWaiting = mustWait
                return (state.waiter.take(), !state.hasEnded && !state.isCancelled, mustWait)
            }
            waiter?.resume()
            guard goesOn else { return }
            if mustWait { room.wait() }
        }
    }
}
