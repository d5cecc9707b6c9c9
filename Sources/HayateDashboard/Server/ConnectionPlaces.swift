import Synchronization

/// The places for connections. When all are taken, the oldest one that has not asked for anything yet has to go: who
/// opens connections and says nothing keeps nobody out.
final class ConnectionPlaces: Sendable {
    typealias Place = UInt64

    private struct Guest {
        var hasAsked = false
        var hasToGo = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private struct State {
        var next: Place = 0
        var guests: [Place: Guest] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    init(_ limit: Int) { self.limit = limit }

    func take() -> Place {
        let (place, gone) = state.withLock { state in
            state.next += 1
            var gone: CheckedContinuation<Void, Never>?
            let staying = state.guests.filter { !$0.value.hasToGo }
            if staying.count >= limit {
                let oldest = staying.filter { !$0.value.hasAsked }.keys.min() ?? staying.keys.min()
                if let oldest {
                    state.guests[oldest]?.hasToGo = true
                    gone = state.guests[oldest]?.waiting
                    state.guests[oldest]?.waiting = nil
                }
            }
            state.guests[state.next] = Guest()
            return (state.next, gone)
        }
        gone?.resume()
        return place
    }

    func hasAsked(_ place: Place) { state.withLock { $0.guests[place]?.hasAsked = true } }

    func leave(_ place: Place) { state.withLock { $0.guests[place] = nil } }

    /// Waits until somebody else needs the place.
    /// - Throws: always: that, or the cancellation of who waits.
    func untilTaken<Value>(_ place: Place) async throws -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.guests[place]?.hasToGo ?? true || Task.isCancelled { return true }
                    state.guests[place]?.waiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.guests[place]?.waiting = nil }
                return state.guests[place]?.waiting
            }
            waiting?.resume()
        }
        throw CancellationError()
    }
}
