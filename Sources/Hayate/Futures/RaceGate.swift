import Synchronization

/// Lets one waiter through when it is first opened.
final class RaceGate: Sendable {
    private enum Phase {
        case closed
        case awaited(CheckedContinuation<Void, Never>)
        case open
    }

    private let phase = Mutex(Phase.closed)

    func open() {
        let waiter = phase.withLock { phase -> CheckedContinuation<Void, Never>? in
            defer { phase = .open }
            if case .awaited(let waiter) = phase { return waiter }
            return nil
        }
        waiter?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = phase.withLock { phase -> Bool in
                if case .open = phase { return true }
                phase = .awaited(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }
}
