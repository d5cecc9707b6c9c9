import Synchronization

/// Lets those who wait through when it is first opened, and later ones at once.
final class RaceGate: Sendable {
    private enum Phase {
        case closed
        case awaited([CheckedContinuation<Void, Never>])
        case open
    }

    private let phase = Mutex(Phase.closed)

    var isOpen: Bool {
        phase.withLock { if case .open = $0 { true } else { false } }
    }

    func open() {
        let waiters = phase.withLock { phase -> [CheckedContinuation<Void, Never>] in
            defer { phase = .open }
            if case .awaited(let waiters) = phase { return waiters }
            return []
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = phase.withLock { phase -> Bool in
                switch phase {
                case .open: return true
                case .closed: phase = .awaited([continuation])
                case .awaited(let others): phase = .awaited(others + [continuation])
                }
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
