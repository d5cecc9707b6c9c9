extension Dispatch {
    /// Time has passed: call at or after `nextDeadline`.
    public mutating func tick(at now: Instant, into effects: inout Effects) {
        let wasAbsent = excuseOwnAbsence(at: now)
        while let entry = deadlines.popDue(at: now) {
            switch entry.kind {
            case .timeout:
                let id = TaskID(slot: entry.slot, generation: entry.generation)
                guard let record = record(id), record.deadline <= now else { continue }
                let isRunning =
                    record.phase == .assigned
                    && isStarted(entry.slot)
                _ = end(id, .timedOut(running: isRunning), at: now, into: &effects)
            case .retry:
                let id = TaskID(slot: entry.slot, generation: entry.generation)
                guard let record = record(id), record.phase == .delayed else { continue }
                retry(entry.slot, at: now, into: &effects)
            case .stopGrace where wasAbsent:
                // Its answer may have come while nobody was here to read it.
                deadlines.insert(
                    .stopGrace, slot: entry.slot, generation: entry.generation,
                    at: now.advanced(by: max(1_000_000, limits.stopGrace.nanoseconds)))
            case .stopGrace:
                expelUnresponsive(entry, at: now, into: &effects)
            case .checkDaemon:
                check(entry, at: now, into: &effects)
            }
        }
        pump(at: now, into: &effects)
        dropDeadTimeouts()
    }

    /// If the host itself was stopped (or its clock leapt), nobody else was silent: a deadline that is
    /// served too late starts everyone's silence anew.
    ///
    /// Too late is 2 s, or half of what lies between suspect and lost where that is less: whoever was
    /// well when the absence began is then at most suspect when it ends, and has the other half to
    /// be heard. (Not below 100 ms, by which a busy machine's timers are late.)
    private mutating func excuseOwnAbsence(at now: Instant) -> Bool {
        let margin = limits.lostAfter.nanoseconds - limits.suspectAfter.nanoseconds
        let tooLate = max(100_000_000, min(2_000_000_000, margin / 2))
        guard let next = deadlines.next, now.since(next) > tooLate else { return false }
        for slot in daemons.indices where daemons[slot].isConnected {
            daemons[slot].lastHeard = now
            daemons[slot].strangersSince = now
        }
        let away = now.since(next)
        for slot in daemons.indices where daemons[slot].phase == .away {
            daemons[slot].awayUntil = daemons[slot].awayUntil.advanced(by: away)
        }
        return true
    }

    /// The pause is over: back to the queue, or to the one daemon that shall run it.
    private mutating func retry(_ slot: UInt32, at now: Instant, into effects: inout Effects) {
        guard let target = targets[slot] else {
            leaveQueue(slot, into: &effects)
            enqueue(slot, returned: true)
            return
        }
        // On its way out it takes nothing; `lost` ends the task.
        guard daemons[Int(target.slot)].phase != .leaving else { return }
        leaveQueue(slot, into: &effects)
        assign(slot, to: target.slot, at: now, into: &effects)
        update(target.slot, at: now)
    }

    private mutating func expelUnresponsive(
        _ entry: Deadlines.Entry, at now: Instant, into effects: inout Effects
    ) {
        let id = TaskID(slot: entry.slot, generation: entry.generation)
        guard let record = record(id), record.phase == .stopping else { return }
        let daemon = daemons[Int(record.daemon)]
        guard daemon.terms.isReplaceable else { return }
        // A task that its daemon has not come to is dropped unread.
        guard isStarted(entry.slot), daemon.isConnected else {
            deadlines.insert(
                .stopGrace, slot: entry.slot, generation: entry.generation,
                at: now.advanced(by: max(1_000_000, limits.stopGrace.nanoseconds)))
            return
        }
        expel(daemonID(record.daemon), .unresponsive, at: now, into: &effects)
    }

    private mutating func expel(
        _ id: DaemonID, _ reason: LossReason, at now: Instant, into effects: inout Effects
    ) {
        effects.append(.expel(id, reason))
        lost(id, reason, at: now, into: &effects)
    }

    // MARK: Checks of one daemon

    /// Makes sure that the daemon is looked at when the earliest of its limits can be reached.
    mutating func scheduleCheck(_ slot: UInt32, at now: Instant) {
        // Never in the past: a deadline that is served late counts as the host's own absence.
        latestPlan = max(latestPlan, now)
        let due = max(nextCheck(of: daemons[Int(slot)]), now)
        guard due < daemons[Int(slot)].nextCheck else { return }
        daemons[Int(slot)].nextCheck = due
        deadlines.insert(
            .checkDaemon, slot: slot, generation: daemons[Int(slot)].generation, at: due)
    }

    /// Not less than a millisecond: a check that is due at once after itself would never end.
    private var overdueAfter: Int64 { max(1_000_000, limits.overdueAfter.nanoseconds) }

    func nextCheck(of daemon: DaemonRecord) -> Instant {
        var due = Instant.distantFuture
        switch daemon.phase {
        case .free:
            return due
        case .away:
            return daemon.awayUntil
        case .preparing, .ready:
            due = daemon.lastHeard.advanced(by: limits.suspectAfter.nanoseconds)
        case .suspect, .leaving:
            due = daemon.lastHeard.advanced(by: limits.lostAfter.nanoseconds)
        }
        due = min(due, strangersEnd(daemon))
        guard daemon.phase != .leaving, daemon.draining == nil else { return due }
        due = min(due, daemon.until)
        if let idle = daemon.terms.idleTime, daemon.held == 0 {
            due = min(due, daemon.idleSince.advanced(by: idle.nanoseconds))
        }
        // Only of a ready daemon: `check` asks nobody else, and would be asked to check for ever.
        if daemon.phase == .ready, daemon.hasUnstarted, daemon.revoking == 0,
            limits.scheduling == .dispatched
        {
            due = min(due, daemon.headSince.advanced(by: overdueAfter))
        }
        return due
    }

    private mutating func check(
        _ entry: Deadlines.Entry, at now: Instant, into effects: inout Effects
    ) {
        let id = DaemonID(slot: entry.slot, generation: entry.generation)
        guard isKnown(id), daemons[Int(id.slot)].nextCheck <= now else { return }
        daemons[Int(id.slot)].nextCheck = .distantFuture
        let daemon = daemons[Int(id.slot)]
        let silence = now.since(daemon.lastHeard)
        switch daemon.phase {
        case .free:
            return
        case .away:
            if daemon.awayUntil <= now {
                expel(id, .disconnected, at: now, into: &effects)
                return
            }
        case .suspect, .leaving:
            if silence >= limits.lostAfter.nanoseconds {
                expel(id, .silent, at: now, into: &effects)
                return
            }
        case .preparing, .ready:
            if silence >= limits.suspectAfter.nanoseconds {
                daemons[Int(id.slot)].phase = .suspect
                // What it has not started is not asked back: it would not answer.
            } else if strangersEnd(daemon) <= now {
                expel(id, .unresponsive, at: now, into: &effects)
                return
            }
        }
        if daemon.draining == nil, daemon.isConnected, daemon.until <= now {
            drain(id, .wallTime, at: now, into: &effects)
        } else if let idle = daemon.terms.idleTime, daemon.draining == nil, daemon.held == 0,
            daemon.isConnected, daemon.idleSince.advanced(by: idle.nanoseconds) <= now
        {
            drain(id, .idleTime, at: now, into: &effects)
        } else if daemon.phase == .ready, daemon.hasUnstarted, daemon.revoking == 0,
            limits.scheduling == .dispatched,
            now.since(daemon.headSince) >= overdueAfter
        {
            // One long task: whatever waits behind it would wait while others could run it.
            let elapsed = now.since(daemon.headSince)
            daemons[Int(id.slot)].taskTime = max(daemon.taskTime, elapsed)
            revoke(.max, from: id.slot, into: &effects)
            if daemons[Int(id.slot)].revoking == 0 {
                // Nothing can come back (directed tasks, or stopping ones): look again later.
                daemons[Int(id.slot)].headSince = now
            }
        }
        update(id.slot, at: now)
    }
}
