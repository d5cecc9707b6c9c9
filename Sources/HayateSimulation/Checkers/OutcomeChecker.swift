import HayateCore

extension Ledger {
    /// The caller was given what a daemon sent. `body` names the task, attempt and process it is
    /// of.
    mutating func delivered(_ id: TaskID, failed: Bool, body: Body) {
        guard let number = number(id), tasks[number].isUnfinished else {
            fail(.oneOutcome, "\(id) got a result although its caller has an outcome")
            return
        }
        let isTrue = tasks[number].ends.contains {
            $0.attempt == body.attempt && $0.process == body.process && $0.failed == failed
        }
        if body.number != number || !isTrue {
            fail(
                .trueOutcome,
                "\(id) (number \(number)) got a result of number \(body.number), attempt "
                    + "\(body.attempt), process \(body.process)")
        }
        if failed, let backoff = tasks[number].retry.failures,
            tasks[number].failed + 1 < Int(backoff.attempts)
        {
            fail(.oneOutcome, "\(id) failed for good with \(tasks[number].failed) failures before")
        }
        tasks[number].hasReturned = !failed
        end(number)
    }

    /// The dispatcher will try a task that failed again.
    mutating func retrying(_ attempt: AttemptID, by daemon: DaemonID, failed: Bool) {
        guard let number = current(attempt, at: daemon) else {
            fail(.oneOutcome, "\(attempt) is retried, but is not current at \(daemon)")
            return
        }
        tasks[number].failed += 1
        if !failed || tasks[number].failed >= Int(tasks[number].retry.failures?.attempts ?? 0) {
            fail(.attempts, "\(attempt) is retried against its policy")
        }
        tasks[number].phase = .paused
        tasks[number].daemon = nil
    }

    /// The dispatcher dropped a result; it must not be that of a current attempt.
    mutating func dropped(_ attempt: AttemptID, by daemon: DaemonID) {
        guard current(attempt, at: daemon) != nil else { return }
        fail(.kept, "the result of \(attempt), current at \(daemon), was dropped")
    }

    /// The caller was told an ending without a result.
    mutating func resolved(_ id: TaskID, _ ending: Ending, at now: Int64, isClosed: Bool) {
        guard let number = number(id), tasks[number].isUnfinished else {
            fail(.oneOutcome, "\(id) ended as \(ending) although its caller has an outcome")
            return
        }
        let task = tasks[number]
        switch ending {
        case .timedOut:
            if now < task.deadline { fail(.time, "\(id) timed out before its time") }
        case .cancelled:
            if !task.isCancelled { fail(.trueOutcome, "nobody cancelled \(id)") }
        case .closed:
            if !isClosed { fail(.trueOutcome, "\(id) ended as closed in an open pool") }
        case .noDaemons:
            fail(.trueOutcome, "\(id) ended for want of daemons, which will come")
        case .neededFailed(let need):
            checkNeededFailed(number, need)
        case .daemonLost(let loss):
            if task.retry.losses > 0, task.target == nil {
                fail(.kept, "\(id) ended with \(loss.daemon) against its policy")
            }
            if loss.reason.isUnexplained, warned.contains(loss.daemon) {
                fail(.trueOutcome, "\(id) was lost with a daemon whose end was announced: \(loss)")
            }
            // A directed task also ends when its daemon drains and gives it back.
            // A host that was killed may have written that a task goes to a daemon which never heard of it.
            if isHarmless, !isJournaled, task.target == nil, loss.reason.isUnexplained {
                fail(.noFalseLoss, "\(id): \(loss)")
            }
        case .poisoned(let losses):
            checkPoisoned(number, losses)
        }
        tasks[number].hasReturned = false
        end(number)
    }
}
