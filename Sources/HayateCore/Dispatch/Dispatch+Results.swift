extension Dispatch {
    /// A daemon sent a result: of a task that returned or threw, or that it stopped.
    ///
    /// - Parameters:
    ///   - failed: whether the task threw, which its policy may retry.
    ///   - refused: whether its daemon could not run it. That is not retried; and who needs it will not have it.
    ///   - taskTime: nanoseconds that the task ran at the daemon.
    /// - Returns: whether this is the task's one outcome. The body is the shell's to deliver or drop.
    public mutating func finished(
        _ attempt: AttemptID, by daemon: DaemonID, failed: Bool, refused: Bool = false, taskTime: Int64,
        at now: Instant, into effects: inout Effects
    ) -> Verdict {
        guard let record = current(attempt, at: daemon) else {
            counts.stale += 1
            letGo(of: attempt, by: daemon, at: now, into: &effects)
            return .stale
        }
        let slot = attempt.task.slot
        learn(from: slot, taskTime: taskTime, at: now)
        unlink(slot, at: now)
        daemons[Int(daemon.slot)].done += 1
        let verdict: Verdict
        let policy = policies[Int(record.policy)]
        if record.phase == .stopping {
            counts.stale += 1
            freeTask(slot)
            verdict = .stale
        } else if failed, let backoff = policy.failures,
            UInt32(record.failures) + 1 < backoff.attempts, !isClosed
        {
            tasks[Int(slot)].failures = record.failures == .max ? .max : record.failures + 1
            tasks[Int(slot)].phase = .delayed
            note(slot)
            joinWaiting(slot)
            let pause = backoff.pause(
                after: UInt32(record.failures) + 1,
                salt: record.sequence &* 31 &+ UInt64(record.attempt))
            deadlines.insert(
                .retry, slot: slot, generation: record.generation, at: now.advanced(by: pause))
            verdict = .retrying
        } else {
            counts.resolved += 1
            ended(slot, hasReturned: !failed && !refused, into: &effects)
            freeTask(slot)
            verdict = .recorded
        }
        settle(daemon.slot, at: now, into: &effects)
        pump(at: now, into: &effects)
        return verdict
    }

    /// A daemon gave back a task that it had not started: it keeps its place and its attempt number.
    public mutating func returned(
        _ attempt: AttemptID, by daemon: DaemonID, at now: Instant, into effects: inout Effects
    ) {
        guard let record = current(attempt, at: daemon) else {
            counts.stale += 1
            letGo(of: attempt, by: daemon, at: now, into: &effects)
            return
        }
        let slot = attempt.task.slot
        unlink(slot, at: now)
        counts.returned += 1
        if record.phase == .stopping {
            freeTask(slot)
        } else if record.flags.contains(.directed) {
            resolve(
                slot,
                .daemonLost(
                    Loss(daemon: daemon, attempt: record.attempt, reason: .left)),
                into: &effects)
            freeTask(slot)
        } else {
            putBack(slot)
        }
        settle(daemon.slot, at: now, into: &effects)
        pump(at: now, into: &effects)
    }

    /// Back to its place in the queue as if it had never been assigned.
    mutating func putBack(_ slot: UInt32) {
        tasks[Int(slot)].attempt -= 1
        note(slot)
        enqueue(slot, returned: true)
    }

    /// The task's record if `attempt` is its current one and is at `daemon`: the fence.
    private func current(_ attempt: AttemptID, at daemon: DaemonID) -> TaskRecord? {
        guard isKnown(daemon), let record = record(attempt.task),
            record.phase == .assigned || record.phase == .stopping,
            record.attempt == attempt.attempt, record.daemon == daemon.slot
        else { return nil }
        return record
    }

    private mutating func learn(from slot: UInt32, taskTime: Int64, at now: Instant) {
        // A task that waited for its children tells nothing of how long tasks take here.
        guard !tasks[Int(slot)].flags.contains(.parent) else { return }
        let daemon = Int(tasks[Int(slot)].daemon)
        // A peer's number: bounded by what the dispatcher itself saw.
        let seen = max(1, now.since(shared.held[slot]?.since ?? daemons[daemon].headSince))
        let taskTime = min(max(1, taskTime), max(seen, 1))
        let old = daemons[daemon].taskTime
        daemons[daemon].taskTime = old == 0 ? taskTime : max(1, old + (taskTime - old) / 8)
        if daemons[daemon].probe == slot {
            let trip = max(1, now.since(daemons[daemon].probeSent) - taskTime)
            let old = daemons[daemon].roundTrip
            daemons[daemon].roundTrip = old == 0 ? trip : max(1, old + (trip - old) / 8)
        }
    }
}
