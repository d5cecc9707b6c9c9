import HayateCore

extension Ledger {
    /// An unfinished task says why it waits, and what it says agrees with where it is.
    mutating func checkReason(of number: Int, _ dispatch: borrowing Dispatch, at now: Int64) {
        let task = tasks[number]
        guard let reason = dispatch.waitReason(of: task.id, at: Instant(nanoseconds: now)) else {
            fail(.reason, "\(task.id) has no outcome and no reason to wait")
            return
        }
        let agrees: Bool
        switch reason {
        case .noDaemons, .noUsableDaemon, .queued, .waitsForIdleDaemon, .needsResources:
            agrees = (task.phase == .ready || task.phase == .paused) && !isBlocked(number)
            if task.phase == .paused { tasks[number].phase = .ready }
        case .needsTime(let length, let most):
            // Its pause may be over without a word, as for the others.
            agrees = (task.phase == .ready || task.phase == .paused) && length.nanoseconds == task.request
                && most.nanoseconds < task.request + task.request / 32 + 1
            if task.phase == .paused { tasks[number].phase = .ready }
        case .needs(let need, let unfinished):
            let missing = task.needs.filter { tasks[$0].hasReturned != true }
            agrees = task.phase == .ready && missing.count == unfinished && missing.contains { tasks[$0].id == need }
        case .retryPause:
            agrees = task.phase == .paused
        case .prefetched(let daemon, _), .running(let daemon, _, _), .daemonSilent(let daemon, _),
            .daemonAway(let daemon, _):
            agrees = task.phase == .atDaemon && task.daemon == daemon
        }
        checkNeedsFailed(number)
        if !agrees { fail(.reason, "\(task.id) is \(task.phase) and says it waits for \(reason)") }
    }

    /// A time limit is served at its time. `awake`: since when the host was not frozen.
    mutating func checkTime(of number: Int, at now: Int64, awake: Int64) {
        let deadline = tasks[number].deadline
        guard deadline < Int64.max, now > max(deadline, awake) else { return }
        fail(.time, "\(tasks[number].id) should have timed out at \(deadline), it is \(now)")
    }
}
