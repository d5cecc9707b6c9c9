import Glibc
import HayateCore
import HayateTransport
import HayateWire
import Synchronization

/// The one shared part of all copies of a mirai: pending, waited for, or resolved.
///
/// Safe to share: `state` is a `Mutex`, the rest is constant.
final class MiraiState: OutcomeReceiver, @unchecked Sendable {
    enum Phase {
        case pending
        indirect case awaited([Waiter])
        case resolved(Resolution)
    }

    /// Somebody who waits, and how to tell them.
    struct Waiter {
        var id: UInt64
        var notify: @Sendable () -> Void
    }

    let task: TaskID
    let queue: TaskQueue?
    private let phase: Mutex<Phase>

    init(task: TaskID, queue: TaskQueue) {
        self.task = task
        self.queue = queue
        phase = Mutex(.pending)
    }

    /// One that never was a task: it could not be submitted.
    init(failed error: HayateError) {
        task = TaskID(slot: .max, generation: .max)
        queue = nil
        phase = Mutex(.resolved(.error(error)))
    }

    /// Reads the value.
    var decoder: BinaryDecoder { queue?.decoder ?? BinaryDecoder() }

    override func resolve(_ items: [Item]) {
        guard let resolution = items.first?.resolution else { return }
        let waiters = phase.withLock { phase -> [Waiter] in
            switch phase {
            case .pending:
                phase = .resolved(resolution)
                return []
            case .awaited(let waiters):
                phase = .resolved(resolution)
                return waiters
            case .resolved:
                return []
            }
        }
        for waiter in waiters { waiter.notify() }
    }

    var resolution: Resolution? {
        phase.withLock { if case .resolved(let resolution) = $0 { resolution } else { nil } }
    }

    /// Calls `notify` once, when there is an outcome; at once if there is one already.
    func whenResolved(id: UInt64 = 0, _ notify: @escaping @Sendable () -> Void) {
        let isResolved = phase.withLock { phase -> Bool in
            switch phase {
            case .pending: phase = .awaited([Waiter(id: id, notify: notify)])
            case .awaited(let waiters):
                phase = .awaited(waiters + [Waiter(id: id, notify: notify)])
            case .resolved: return true
            }
            return false
        }
        if isResolved { notify() }
    }

    /// Forgets a waiter that does not wait any more.
    func removeWaiter(id: UInt64) {
        phase.withLock { phase in
            guard case .awaited(let waiters) = phase else { return }
            let rest = waiters.filter { $0.id != id }
            phase = rest.isEmpty ? .pending : .awaited(rest)
        }
    }

    /// Suspends until there is an outcome. Cancelling the waiting Swift task stops the work.
    func wait() async -> Resolution {
        if let resolution { return resolution }
        if let queue, queue.isNested {
            queue.beginWait(for: task)
        } else if let resolution = lookAgain() {
            return resolution
        }
        defer { if let queue, queue.isNested { queue.endWait(for: task) } }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                whenResolved { continuation.resume() }
            }
        } onCancel: {
            stop()
        }
        // Resolved now: nothing else resumes the continuation.
        return resolution ?? .error(HayateError(.closed, "the pool was closed"))
    }

    /// Looks for the outcome for a moment before suspending.
    ///
    /// Waking a suspended Swift task costs more than a whole round trip to a local daemon. So while
    /// single tasks are awaited one after the other and answered at once, it pays to look again; like
    /// the transport's linger, it is for one thread of the process at a time, yields its core to whoever
    /// wants it, and stops where it was in vain but for a try now and then.
    private func lookAgain() -> Resolution? {
        guard Self.patience.mayTry() else { return nil }
        let end = Instant.now.advanced(by: Self.longestLook)
        var found: Resolution?
        repeat {
            sched_yield()
            found = resolution
        } while found == nil && Instant.now < end
        Self.patience.tried(found != nil)
        return found
    }

    /// Nanoseconds: somewhat more than a round trip to an idle local daemon.
    private static let longestLook: Int64 = 60_000
    private static let patience = Patience()

    @discardableResult
    func stop() -> Bool { queue?.stop(task) ?? false }
}
