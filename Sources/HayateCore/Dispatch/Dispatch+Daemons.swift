extension Dispatch {
    /// A daemon joined. It takes directed tasks at once, and others after `ready`.
    public mutating func joined(_ terms: DaemonTerms, at now: Instant) -> DaemonID? {
        guard !isClosed else { return nil }
        let slot: UInt32
        if let free = freeDaemons.popLast() {
            slot = free
        } else if daemons.count < SlotSet.capacity {
            daemons.append(DaemonRecord())
            slot = UInt32(daemons.count - 1)
            daemons[Int(slot)].generation = firstGeneration
        } else {
            return nil
        }
        let generation = daemons[Int(slot)].generation
        daemons[Int(slot)] = DaemonRecord()
        daemons[Int(slot)].generation = generation
        daemons[Int(slot)].phase = .preparing
        daemons[Int(slot)].isPreparing = true
        daemons[Int(slot)].terms = terms
        if let resources = terms.resources, limits.scheduling == .dispatched {
            daemons[Int(slot)].isShared = true
            if shared.slots.isEmpty { suspectsStandApart() }
            shared.join(slot, resources)
        }
        daemons[Int(slot)].joined = now
        if let wall = terms.wallTime { daemons[Int(slot)].until = now.advanced(by: wall.nanoseconds) }
        daemons[Int(slot)].lastHeard = now
        daemons[Int(slot)].idleSince = now
        counts.joined += 1
        counts.daemons += 1
        update(slot, at: now)
        return daemonID(slot)
    }

    /// The daemon's preparation was sent: it may take what waits.
    public mutating func ready(_ id: DaemonID, at now: Instant, into effects: inout Effects) {
        guard isKnown(id) else { return }
        daemons[Int(id.slot)].isPreparing = false
        guard daemons[Int(id.slot)].phase == .preparing else { return }
        daemons[Int(id.slot)].phase = .ready
        settle(id.slot, at: now, into: &effects)
        pump(at: now, into: &effects)
    }

    /// Any sign of life.
    public mutating func heard(_ id: DaemonID, at now: Instant, into effects: inout Effects) {
        guard isKnown(id) else { return }
        daemons[Int(id.slot)].lastHeard = max(now, daemons[Int(id.slot)].lastHeard)
        guard daemons[Int(id.slot)].phase == .suspect else { return }
        daemons[Int(id.slot)].phase = daemons[Int(id.slot)].isPreparing ? .preparing : .ready
        settle(id.slot, at: now, into: &effects)
        pump(at: now, into: &effects)
    }

    /// The daemon's connection broke. Its tasks go on there until it resumes or is lost.
    public mutating func disconnected(_ id: DaemonID, at now: Instant, into effects: inout Effects) {
        guard isKnown(id) else { return }
        let record = daemons[Int(id.slot)]
        guard record.isConnected else {
            if record.phase == .leaving { lost(id, .left, at: now, into: &effects) }
            return
        }
        let wait = (record.terms.reconnectWithin ?? limits.reconnectWithin).nanoseconds
        daemons[Int(id.slot)].phase = .away
        daemons[Int(id.slot)].awayUntil = now.advanced(by: wait)
        update(id.slot, at: now)
    }

    /// The daemon is back on a new connection and tells what it holds: waiting, running, or finished
    /// with a result that it will send again.
    ///
    /// What it should hold and does not was lost on the way and goes back to the queue without blame;
    /// what it holds and should not is stopped.
    public mutating func resumed(
        _ id: DaemonID, holding: [AttemptID], at now: Instant, into effects: inout Effects
    ) -> Bool {
        guard isKnown(id), !isClosed else { return false }
        let slot = id.slot
        daemons[Int(slot)].phase = daemons[Int(slot)].isPreparing ? .preparing : .ready
        daemons[Int(slot)].awayUntil = .distantFuture
        daemons[Int(slot)].lastHeard = now
        var unclaimed = Set(holding)
        var again: [UInt32] = []
        var task = daemons[Int(slot)].head
        while task != TaskRecord.none {
            let next = tasks[Int(task)].next
            if unclaimed.remove(attemptID(task)) != nil {
                if tasks[Int(task)].flags.contains(.revoking) {
                    tasks[Int(task)].flags.remove(.revoking)
                    daemons[Int(slot)].revoking -= 1
                }
                if tasks[Int(task)].phase == .stopping {
                    effects.append(.stop(attemptID(task), on: id))
                }
            } else {
                let wasStopping = tasks[Int(task)].phase == .stopping
                unlink(task, at: now)
                if wasStopping {
                    freeTask(task)
                } else if tasks[Int(task)].flags.contains(.directed) {
                    again.append(task)
                } else {
                    putBack(task)
                }
            }
            task = next
        }
        for task in again {
            tasks[Int(task)].attempt -= 1
            assign(task, to: slot, at: now, into: &effects)
        }
        meet(unclaimed, at: slot, at: now)
        for stranger in holding where unclaimed.remove(stranger) != nil {
            effects.append(.stop(stranger, on: id))
        }
        if daemons[Int(slot)].draining == nil, daemons[Int(slot)].until <= now {
            daemons[Int(slot)].draining = .wallTime
        }
        // Orders to give back did not reach it while it was away.
        if daemons[Int(slot)].draining != nil { revoke(.max, from: slot, into: &effects) }
        settle(slot, at: now, into: &effects)
        pump(at: now, into: &effects)
        return true
    }

    /// The daemon is gone. What it held starts elsewhere as the tasks' policies say.
    public mutating func lost(
        _ id: DaemonID, _ reason: LossReason, at now: Instant, into effects: inout Effects
    ) {
        guard isKnown(id) else { return }
        let slot = id.slot
        let reason = daemons[Int(slot)].explaining(reason)
        daemons[Int(slot)].phase = .leaving
        update(slot, at: now)
        var task = daemons[Int(slot)].head
        // The head ran. Its parents waited for it: a task whose child takes a daemon down every time
        // takes it down itself, and the child is another one every time. Of those that ran beside each
        // other it may have been any.
        var isFirst = true
        while task != TaskRecord.none {
            let next = tasks[Int(task)].next
            let wasRunning =
                isFirst || tasks[Int(task)].flags.contains(.parent) || shared.held[task] != nil
            unlink(task, at: now)
            lose(task, at: id, reason, wasRunning: wasRunning, into: &effects)
            isFirst = false
            task = next
        }
        if !targets.isEmpty { endDirected(to: id, reason, into: &effects) }
        shared.leave(slot)
        strangers[slot] = nil
        let generation = max(daemons[Int(slot)].generation &+ 1, firstGeneration)
        highestGeneration = max(highestGeneration, generation)
        daemons[Int(slot)] = DaemonRecord()
        daemons[Int(slot)].generation = generation
        freeDaemons.append(slot)
        counts.daemons -= 1
        if reason != .left, !isClosed { counts.lost += 1 }
        pump(at: now, into: &effects)
    }

    /// Tasks for this daemon only that wait for their retry pause will never run again.
    private mutating func endDirected(
        to daemon: DaemonID, _ reason: LossReason, into effects: inout Effects
    ) {
        let slots = targets.filter { $0.value == daemon }.keys.sorted()
        for slot in slots where tasks[Int(slot)].phase == .delayed {
            let loss = Loss(daemon: daemon, attempt: tasks[Int(slot)].attempt, reason: reason)
            leaveQueue(slot, into: &effects)
            resolve(slot, .daemonLost(loss), into: &effects)
            freeTask(slot)
        }
    }

    private mutating func lose(
        _ slot: UInt32, at daemon: DaemonID, _ reason: LossReason, wasRunning: Bool,
        into effects: inout Effects
    ) {
        let record = tasks[Int(slot)]
        guard record.phase == .assigned else {
            freeTask(slot)
            return
        }
        let policy = policies[Int(record.policy)]
        let loss = Loss(daemon: daemon, attempt: record.attempt, reason: reason)
        if record.flags.contains(.directed) || policy.losses == 0 {
            resolve(slot, .daemonLost(loss), into: &effects)
            freeTask(slot)
            return
        }
        if reason.isUnexplained {
            // Whichever of them it was: from now on each runs alone, and the next loss is certain.
            tasks[Int(slot)].flags.insert(.alone)
            standApart(slot)
            if wasRunning {
                tasks[Int(slot)].losses += 1
                history[slot, default: []].append(loss)
                if tasks[Int(slot)].losses >= policy.losses {
                    resolve(slot, .poisoned(history[slot] ?? []), into: &effects)
                    freeTask(slot)
                    return
                }
            }
        }
        note(slot)
        enqueue(slot, returned: true)
    }

    /// The daemon takes no more tasks, gives back what it has not started, and leaves when empty.
    public mutating func drain(
        _ id: DaemonID, _ reason: DrainReason, at now: Instant, into effects: inout Effects
    ) {
        guard isKnown(id), daemons[Int(id.slot)].phase != .leaving,
            daemons[Int(id.slot)].draining == nil
        else { return }
        daemons[Int(id.slot)].draining = reason
        revoke(.max, from: id.slot, into: &effects)
        settle(id.slot, at: now, into: &effects)
        pump(at: now, into: &effects)
    }

    /// The daemon says that a signal announced its end: it drains, and if it is lost before it could leave,
    /// that is nobody's fault.
    public mutating func warned(
        _ id: DaemonID, by signal: UInt8, at now: Instant, into effects: inout Effects
    ) {
        guard isKnown(id) else { return }
        daemons[Int(id.slot)].warning = signal
        drain(id, .requested, at: now, into: &effects)
    }

    /// After a change of what the daemon holds: dismisses it if it has reached an end.
    mutating func settle(_ slot: UInt32, at now: Instant, into effects: inout Effects) {
        let daemon = daemons[Int(slot)]
        if daemon.held == 0, daemon.isConnected, daemon.phase != .preparing {
            var reason = daemon.draining
            if let maximum = daemon.terms.maximumTasks, daemon.done >= maximum {
                reason = reason ?? .maximumTasks
            }
            if let reason {
                daemons[Int(slot)].phase = .leaving
                effects.append(.dismiss(daemonID(slot), reason))
            }
        }
        update(slot, at: now)
    }
}
