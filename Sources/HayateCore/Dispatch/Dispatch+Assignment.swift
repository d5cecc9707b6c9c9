extension Dispatch {
    /// Gives waiting tasks to daemons that may take them, oldest task first.
    mutating func pump(at now: Instant, into effects: inout Effects) {
        guard !isClosed else { return }
        if !wanted.isEmpty { serveWanted(at: now, into: &effects) }
        if shared.isUsed {
            pumpShared(at: now, into: &effects)
        } else if timeRequests.lines.isEmpty {
            guard pumpUntimed(at: now, into: &effects) else { return }
        } else {
            pumpTimed(at: now, into: &effects)
        }
        stealForIdle(at: now, into: &effects)
    }

    /// Whether none is left.
    private mutating func pumpUntimed(at now: Instant, into effects: inout Effects) -> Bool {
        while let slot = frontOfQueue() {
            let target: UInt32
            if limits.scheduling == .roundRobin {
                guard let next = nextInTurn(alone: tasks[Int(slot)].flags.contains(.alone)) else {
                    return false
                }
                target = next
            } else if let free = idle.first {
                target = free
            } else if !tasks[Int(slot)].flags.contains(.alone),
                let next = hungry.next(after: hungryCursor)
            {
                hungryCursor = next
                target = next
            } else {
                return false
            }
            queue.popFront(slot)
            leaveQueue(slot, into: &effects)
            assign(slot, to: target, at: now, into: &effects)
            update(target, at: now)
        }
        return true
    }

    mutating func assign(
        _ slot: UInt32, to daemon: UInt32, asChild: Bool = false, at now: Instant,
        into effects: inout Effects
    ) {
        let task = Int(slot)
        tasks[task].attempt += 1
        tasks[task].phase = .assigned
        tasks[task].daemon = daemon
        tasks[task].flags.remove(.revoking)
        if tasks[task].attempt > 1 { counts.retried += 1 }
        counts.assigned += 1
        noteAssignment(slot)
        daemons[Int(daemon)].assigned += 1
        if asChild {
            linkFirst(slot, to: daemon, at: now)
            effects.append(.assignChild(attemptID(slot), to: daemonID(daemon)))
        } else {
            let grant = takeResources(for: slot, at: daemon, at: now)
            link(slot, to: daemon, at: now)
            if let grant {
                effects.append(.assignBeside(attemptID(slot), grant, to: daemonID(daemon)))
            } else {
                effects.append(.assign(attemptID(slot), to: daemonID(daemon)))
            }
        }
    }

    /// How many tasks this daemon should hold so that it never waits for a round trip.
    func depth(_ daemon: DaemonRecord) -> Int {
        guard daemon.taskTime > 0, daemon.roundTrip > 0 else { return 1 }
        let ratio = Double(daemon.roundTrip) / Double(daemon.taskTime)
        guard ratio >= limits.prefetchThreshold else { return 1 }
        // Twice the round trip: what is on its way here and what is on its way there. And a few more
        // while they are short, so that several results share one wake-up of the host.
        let company = min(3, limits.companyWithin.nanoseconds / daemon.taskTime)
        return min(limits.prefetch, 2 + Int(company) + Int(min(2 * ratio, 1e6)))
    }

    /// Whether it takes tasks, as far as its life and its terms go.
    func mayTake(_ daemon: DaemonRecord) -> Bool {
        guard daemon.phase == .ready, daemon.draining == nil, daemon.strangers == 0 else { return false }
        return daemon.terms.maximumTasks.map { daemon.done + UInt64(daemon.held) < $0 } ?? true
    }

    /// Puts the daemon into the sets that its state asks for. Called after each change of it.
    mutating func update(_ slot: UInt32, at now: Instant) {
        let daemon = daemons[Int(slot)]
        let mayTake = mayTake(daemon)
        idle.set(slot, to: mayTake && daemon.held == 0 && !daemon.isShared)
        hungry.set(
            slot,
            to: mayTake && daemon.held > 0 && !daemon.isExclusive && daemon.parents == 0
                && !daemon.isShared && mayTakeMore(daemon))
        laden.set(slot, to: daemon.phase == .ready && daemon.hasUnstarted)
        if timeRequests.isUsed { indexTime(of: slot) }
        if daemon.isShared { indexShared(slot) }
        scheduleCheck(slot, at: now)
    }

    // MARK: Taking back

    /// When nothing waits and a daemon is idle, tasks that others hold but have not started come back.
    private mutating func stealForIdle(at now: Instant, into effects: inout Effects) {
        guard !idle.isEmpty, !laden.isEmpty, limits.scheduling == .dispatched else { return }
        // A few tries per event: with thousands of daemons the next event goes on where this stopped.
        var tries = min(4, idle.count)
        while tries > 0, let victim = laden.next(after: ladenCursor) {
            ladenCursor = victim
            tries -= 1
            let daemon = daemons[Int(victim)]
            guard daemon.revoking == 0, fitsIdle(daemon, at: now) else { continue }
            let remaining = Int64(daemon.held - 1) * daemon.taskTime
            let isOverdue = now.since(daemon.headSince) > 2 * max(daemon.taskTime, 1)
            // Taking back costs a round trip: below two of them, waiting is quicker.
            guard isOverdue || remaining > 2 * daemon.roundTrip else { continue }
            revoke((daemon.held - 1 + 1) / 2, from: victim, into: &effects)
            update(victim, at: now)
        }
    }

    /// Asks for the last `count` tasks of the daemon's list that it has not started.
    mutating func revoke(_ count: Int, from slot: UInt32, into effects: inout Effects) {
        // What runs beside others has started.
        guard !daemons[Int(slot)].isShared else { return }
        var count = count
        var task = daemons[Int(slot)].tail
        while count > 0, task != TaskRecord.none, task != daemons[Int(slot)].head {
            let record = tasks[Int(task)]
            let stays: TaskRecord.Flags = [.revoking, .directed, .parent]
            if record.phase == .assigned, record.flags.isDisjoint(with: stays) {
                tasks[Int(task)].flags.insert(.revoking)
                daemons[Int(slot)].revoking += 1
                effects.append(.revoke(attemptID(task), from: daemonID(slot)))
            }
            count -= 1
            task = record.previous
        }
    }

    // MARK: The list of a daemon's tasks

    mutating func link(_ slot: UInt32, to daemon: UInt32, at now: Instant) {
        let tail = daemons[Int(daemon)].tail
        tasks[Int(slot)].previous = tail
        tasks[Int(slot)].next = TaskRecord.none
        if tail == TaskRecord.none {
            daemons[Int(daemon)].head = slot
            daemons[Int(daemon)].headSince = now
            daemons[Int(daemon)].probe = slot
            daemons[Int(daemon)].probeSent = now
        } else {
            tasks[Int(tail)].next = slot
        }
        daemons[Int(daemon)].tail = slot
        daemons[Int(daemon)].held += 1
        daemons[Int(daemon)].heldBytes += Int(tasks[Int(slot)].bytes)
        if tasks[Int(slot)].flags.contains(.alone) { daemons[Int(daemon)].isExclusive = true }
        if daemons[Int(daemon)].isShared, needsAll(slot) { daemons[Int(daemon)].exclusives += 1 }
        if tasks[Int(slot)].flags.contains(.timed) { holdTime(of: slot, at: Int(daemon)) }
    }

    /// Puts a task before all others of its daemon: it runs now.
    mutating func linkFirst(_ slot: UInt32, to daemon: UInt32, at now: Instant) {
        let head = daemons[Int(daemon)].head
        guard head != TaskRecord.none else { return link(slot, to: daemon, at: now) }
        tasks[Int(slot)].previous = TaskRecord.none
        tasks[Int(slot)].next = head
        tasks[Int(head)].previous = slot
        daemons[Int(daemon)].head = slot
        daemons[Int(daemon)].headSince = now
        daemons[Int(daemon)].held += 1
        daemons[Int(daemon)].heldBytes += Int(tasks[Int(slot)].bytes)
        if tasks[Int(slot)].flags.contains(.alone) { daemons[Int(daemon)].isExclusive = true }
        if tasks[Int(slot)].flags.contains(.timed) { holdTime(of: slot, at: Int(daemon)) }
    }

    mutating func unlink(_ slot: UInt32, at now: Instant) {
        let record = tasks[Int(slot)]
        let daemon = Int(record.daemon)
        if record.previous == TaskRecord.none {
            daemons[daemon].head = record.next
            daemons[daemon].headSince = now
        } else {
            tasks[Int(record.previous)].next = record.next
        }
        if record.next == TaskRecord.none {
            daemons[daemon].tail = record.previous
        } else {
            tasks[Int(record.next)].previous = record.previous
        }
        daemons[daemon].held -= 1
        daemons[daemon].heldBytes -= Int(record.bytes)
        if daemons[daemon].held == 0 {
            daemons[daemon].idleSince = now
            daemons[daemon].isExclusive = false
        }
        if daemons[daemon].probe == slot { daemons[daemon].probe = TaskRecord.none }
        if record.flags.contains(.revoking) { daemons[daemon].revoking -= 1 }
        if record.flags.contains(.parent) { daemons[daemon].parents -= 1 }
        if record.flags.contains(.timed) { releaseTime(of: slot, at: daemon) }
        if daemons[daemon].isShared {
            if needsAll(slot) { daemons[daemon].exclusives -= 1 }
            releaseResources(of: slot, at: record.daemon)
        }
        tasks[Int(slot)].flags.subtract([.revoking, .parent])
        tasks[Int(slot)].daemon = TaskRecord.none
        tasks[Int(slot)].previous = TaskRecord.none
        tasks[Int(slot)].next = TaskRecord.none
        if record.phase == .assigned { counts.assigned -= 1 } else { counts.stopping -= 1 }
    }
}
