import HayateCore

extension Ledger {
    /// Whenever a task leaves the queue, no other task that waits there has a higher priority, or
    /// the same and an earlier submission.
    ///
    /// This holds at each assignment, not only at the first: tasks that were given back, or whose
    /// daemon was lost, have their old place again, and a task that may only run alone holds up
    /// those behind it. Tasks for one daemon only do not queue, and a task in its retry pause does
    /// not count until it is seen to have come back.
    ///
    /// A task that asks for time or resources may be overtaken where it does not fit, and one that must be alone
    /// where others run.
    /// - Parameter timeLeft: of a daemon that held nothing; nil for others.
    mutating func checkOrder(of number: Int, timeLeft: Int64?) {
        let priority = tasks[number].priority
        for other in live where other != number {
            let task = tasks[other]
            guard task.phase == .ready, task.target == nil, !isBlocked(other) else { continue }
            if isShared, task.isSized || task.isSuspect { continue }
            // What is asked for may be rounded up by a 32nd.
            if task.request > 0, task.request + task.request / 32 + 1 > timeLeft ?? 0 { continue }
            if task.priority > priority || task.priority == priority && other < number {
                fail(
                    .order,
                    "\(tasks[number].id) (number \(number), priority \(priority)) left the queue "
                        + "before \(task.id) (number \(other), priority \(task.priority))")
                return
            }
        }
    }

    /// With one daemon and no faults, tasks of equal priority also *start* in order of submission.
    mutating func checkStartOrder(of number: Int) {
        guard isOrdered, tasks[number].target == nil, tasks[number].started.isEmpty else { return }
        let priority = tasks[number].priority
        if let last = lastStarted[priority], last > number {
            fail(.order, "number \(number) started after number \(last) on the only daemon")
        }
        lastStarted[priority] = number
    }
}
