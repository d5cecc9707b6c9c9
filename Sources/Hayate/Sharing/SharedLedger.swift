import HayateDaemon
import HayateTransport
import Synchronization

/// Remembers which shared contents nobody means any more, until the dispatcher has told its daemons.
///
/// A region may end under any lock, the dispatcher's own too, so that is taken later and by another thread.
final class SharedLedger: SharedRegionWatcher {
    private struct State {
        weak var dispatcher: Dispatcher?
        var released: [UInt64] = []
    }

    private let state = Mutex(State())

    func serve(_ dispatcher: Dispatcher) { state.withLock { $0.dispatcher = dispatcher } }

    func released(_ number: UInt64) {
        let isFirst = state.withLock { state in
            state.released.append(number)
            return state.released.count == 1
        }
        guard isFirst else { return }
        TimerQueue.shared.schedule(after: .zero) { [self] in
            let (dispatcher, numbers) = state.withLock { state in
                defer { state.released = [] }
                return (state.dispatcher, state.released)
            }
            dispatcher?.unshare(numbers)
        }
    }
}
