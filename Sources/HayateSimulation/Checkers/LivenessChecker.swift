import HayateCore

extension Ledger {
    /// How long everything may take to end once nothing breaks any more: ten times what it takes to
    /// notice and replace a daemon and to wait out a retry, and the work that is left.
    func timeToEnd(_ scenario: Scenario, slowest: Int64, toSubmit: Int) -> Int64 {
        let limits = scenario.limits
        let noticing =
            limits.lostAfter.nanoseconds + limits.reconnectWithin.nanoseconds
            + limits.stopGrace.nanoseconds + scenario.replaceAfter + scenario.preparation
            + scenario.settings.hostLease.nanoseconds / 10 + 100 * scenario.latency + 20 * scenario.commitTime
        var bound = 10 * noticing + 10 * second
        var tasks = Int64(toSubmit)
        bound += tasks * scenario.longTask * slowest
        for number in live {
            let task = self.tasks[number]
            tasks += 1
            let starts = Int64(task.failures + Int(task.retry.losses) + 2)
            if !task.isEndless { bound += task.duration * slowest * starts }
            if task.isPoison { bound += 2 * starts * noticing }
            if let backoff = task.retry.failures {
                bound += 2 * Int64(backoff.attempts) * backoff.cap.nanoseconds
            }
        }
        // Daemons that leave after a few tasks are replaced, one after the other.
        // Each task may have children, and they theirs.
        if scenario.parentShare > 0 { bound *= 20 }
        return bound + tasks * (scenario.replaceAfter + scenario.preparation + noticing / 4)
    }

    /// Says what is still there when everything should have ended.
    mutating func stalled(_ dispatch: borrowing Dispatch, _ text: String, at now: Int64) {
        guard !live.isEmpty else {
            fail(
                .liveness,
                "\(text); \(dispatch.counts.stopping) stopped tasks were never let go")
            return
        }
        let waits = live.prefix(5).map { number in
            let id = tasks[number].id
            let reason = dispatch.waitReason(of: id, at: Instant(nanoseconds: now)).map { "\($0)" } ?? "nothing"
            let parent = tasks[number].parent.map { ", child of number \($0)" } ?? ""
            return "\(id) (number \(number)\(parent)) waits for \(reason)"
        }
        fail(
            .liveness,
            "\(text); \(live.count) tasks are left: " + waits.joined(separator: "; "))
    }
}
