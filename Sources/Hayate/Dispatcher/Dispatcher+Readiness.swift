import HayateCore
import HayateTransport

/// Somebody who waits for daemons that take tasks. Safe to share: it is constant.
struct DaemonsWaiter: Sendable {
    var count: Int
    var gate: RaceGate
}

extension Dispatcher {
    /// How a wait for daemons ended.
    enum Readiness: Sendable {
        case reached
        /// The time is over.
        case late
        /// The Swift task that waits was cancelled.
        case cancelled
        case closed
        /// None will come any more.
        case abandoned(String)
    }

    /// Waits until so many daemons take tasks.
    func waitForDaemons(_ count: Int, timeout: Duration?) async -> Readiness {
        let deadline = timeout.map { Instant.now.advanced(by: $0.nanoseconds) } ?? .distantFuture
        while true {
            if let readiness = readiness(count, deadline) { return readiness }
            let gate = RaceGate()
            let id = UInt64.random(in: .min ... .max)
            // Looked for at once: they may have come between the two locks.
            withCore { $0.waitingForDaemons[id] = DaemonsWaiter(count: count, gate: gate) }
            var timer: TimerQueue.Timer?
            if deadline < .distantFuture {
                timer = TimerQueue.shared.schedule(
                    after: .nanoseconds(max(0, deadline.since(.now)))
                ) { gate.open() }
            }
            await withTaskCancellationHandler {
                await gate.wait()
            } onCancel: {
                gate.open()
            }
            if let timer { TimerQueue.shared.cancel(timer) }
            state.withLock { $0.waitingForDaemons[id] = nil }
        }
    }

    private func readiness(_ count: Int, _ deadline: Instant) -> Readiness? {
        state.withLock { state in
            if state.isClosed { return .closed }
            if state.core.usableDaemons >= count { return .reached }
            if Task.isCancelled { return .cancelled }
            if let reason = state.abandonment { return .abandoned(reason) }
            return deadline <= .now ? .late : nil
        }
    }

    /// Under the lock: lets those go on who have what they wait for, or will not get it.
    func findDaemons(_ state: inout State) {
        let count = state.core.usableDaemons
        let isHopeless = state.abandonment != nil || state.isClosed
        for (id, waiter) in state.waitingForDaemons where count >= waiter.count || isHopeless {
            state.waitingForDaemons[id] = nil
            state.afterwards.found.append(waiter)
        }
    }

    /// Under the lock: nobody waits for daemons of a closed pool.
    func endSearch(_ state: inout State) {
        state.afterwards.found += state.waitingForDaemons.values
        state.waitingForDaemons.removeAll()
    }
}
