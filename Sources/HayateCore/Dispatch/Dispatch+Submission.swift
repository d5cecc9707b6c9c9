extension Dispatch {
    /// A task was submitted. `target` names the one daemon that shall run it, whatever else waits.
    public mutating func submit(
        _ spec: TaskSpec, to target: DaemonID? = nil, at now: Instant, into effects: inout Effects
    ) -> Submission {
        submit(spec, to: target, isChild: false, at: now, into: &effects)
    }

    mutating func submit(
        _ spec: TaskSpec, to target: DaemonID?, isChild: Bool, at now: Instant,
        into effects: inout Effects
    ) -> Submission {
        guard !isClosed else { return .refused(.closed) }
        if let target {
            guard isKnown(target), daemons[Int(target.slot)].phase != .leaving else {
                return .refused(.noSuchDaemon)
            }
        } else {
            // An empty queue takes any one task, so that a task larger than the bound can run at all.
            // And any child of a task: what waits could be waiting for its parent's daemon.
            let waiting = counts.waiting + counts.blocked
            let isFull =
                !isChild && waiting > 0
                && (spec.bytes > limits.queuedBytes - counts.waitingBytes
                    || waiting >= limits.queuedTasks)
            guard !isFull, spec.bytes <= UInt32.max else {
                // Nobody is told of room that will never be enough.
                if isFull { isRefusing = true }
                return .refused(.queueFull)
            }
        }
        if limits.scheduling == .roundRobin {
            if spec.timeRequest != nil { return .refused(.timeRequest) }
            if let resources = spec.resources, !resources.isOneProcessor { return .refused(.resources) }
        }
        if !spec.needs.isEmpty, target != nil || !spec.needs.allSatisfy(isUnfinished) {
            return .refused(.unknownNeed)
        }
        let slot = takeTaskSlot()
        fill(slot, spec, at: now)
        if let target {
            tasks[Int(slot)].flags.insert(.directed)
            targets[slot] = target
            assign(slot, to: target.slot, at: now, into: &effects)
            update(target.slot, at: now)
        } else {
            request(spec.timeRequest, for: slot)
            request(spec.resources, for: slot)
            block(slot, on: spec.needs)
            pump(at: now, into: &effects)
        }
        return .accepted(taskID(slot))
    }

    /// Puts an accepted task's terms into its record.
    mutating func fill(_ slot: UInt32, _ spec: TaskSpec, at now: Instant) {
        let policy = intern(spec.retry)
        let sequence = nextSequence
        nextSequence += 1
        tasks[Int(slot)].sequence = sequence
        tasks[Int(slot)].submitted = now
        tasks[Int(slot)].bytes = UInt32(clamping: spec.bytes)
        tasks[Int(slot)].policy = policy
        tasks[Int(slot)].priority = spec.priority
        if isAlone(spec) { tasks[Int(slot)].flags.insert(.alone) }
        if let timeout = spec.timeout {
            let deadline = now.advanced(by: max(0, timeout.nanoseconds))
            tasks[Int(slot)].deadline = deadline
            deadlines.insert(
                .timeout, slot: slot, generation: tasks[Int(slot)].generation, at: deadline)
        }
        counts.accepted += 1
    }

    /// The caller wants no result any more. The task resolves as cancelled at once; a daemon that
    /// runs it is told to stop. False if the task has ended already or is unknown.
    public mutating func cancel(
        _ id: TaskID, at now: Instant, into effects: inout Effects
    ) -> Bool {
        end(id, .cancelled, at: now, into: &effects)
    }

    /// The pool closes: every unresolved task resolves as closed, and nothing more is accepted.
    public mutating func close(at now: Instant, into effects: inout Effects) {
        guard !isClosed else { return }
        isClosed = true
        endAll(.closed, at: now, into: &effects)
    }

    /// No daemon is there and none will come: what waits cannot run.
    public mutating func abandon(at now: Instant, into effects: inout Effects) {
        guard counts.daemons == 0 else { return }
        endAll(.noDaemons, at: now, into: &effects)
    }

    private mutating func endAll(_ ending: Ending, at now: Instant, into effects: inout Effects) {
        // Those that need others first: they end by this too, and not by the others' end.
        for slot in tasks.indices where tasks[slot].phase == .blocked {
            _ = end(taskID(UInt32(slot)), ending, at: now, into: &effects)
        }
        for slot in tasks.indices {
            switch tasks[slot].phase {
            case .queued, .delayed, .assigned:
                _ = end(taskID(UInt32(slot)), ending, at: now, into: &effects)
            case .free, .blocked, .stopping, .tombstone:
                break
            }
        }
    }

    /// Gives the task its outcome now, wherever it is.
    mutating func end(
        _ id: TaskID, _ ending: Ending, at now: Instant, into effects: inout Effects
    ) -> Bool {
        guard let record = record(id) else { return false }
        let slot = id.slot
        switch record.phase {
        case .free, .stopping, .tombstone:
            return false
        case .queued:
            leaveQueue(slot, into: &effects)
            tasks[Int(slot)].phase = .tombstone
            tombstones += 1
            resolve(slot, ending, into: &effects)
            removeTombstonesIfMany()
        case .blocked:
            leaveBlocked(slot, into: &effects)
            resolve(slot, ending, into: &effects)
            freeTask(slot)
            compactNeeds()
        case .delayed:
            leaveQueue(slot, into: &effects)
            resolve(slot, ending, into: &effects)
            freeTask(slot)
        case .assigned:
            effects.append(.stop(attemptID(slot), on: daemonID(record.daemon)))
            tasks[Int(slot)].phase = .stopping
            if !wanted.isEmpty { wanted[slot] = nil }
            counts.assigned -= 1
            counts.stopping += 1
            resolve(slot, ending, into: &effects)
            deadlines.insert(
                .stopGrace, slot: slot, generation: record.generation,
                at: now.advanced(by: limits.stopGrace.nanoseconds))
        }
        return true
    }

    mutating func resolve(_ slot: UInt32, _ ending: Ending, into effects: inout Effects) {
        counts.resolved += 1
        effects.append(.resolve(taskID(slot), ending))
        ended(slot, hasReturned: false, into: &effects)
    }

    // MARK: The waiting tasks

    mutating func enqueue(_ slot: UInt32, returned: Bool) {
        tasks[Int(slot)].phase = .queued
        joinLine(slot, returned: returned)
        joinWaiting(slot)
    }

    mutating func joinWaiting(_ slot: UInt32) {
        counts.waiting += 1
        countWaiting(bytes: Int(tasks[Int(slot)].bytes))
    }

    mutating func countWaiting(bytes: Int) {
        counts.waitingBytes += bytes
        counts.peakWaitingBytes = max(counts.peakWaitingBytes, counts.waitingBytes)
    }

    mutating func leaveQueue(_ slot: UInt32, into effects: inout Effects) {
        counts.waiting -= 1
        counts.waitingBytes -= Int(tasks[Int(slot)].bytes)
        tellOfRoom(into: &effects)
    }

    mutating func tellOfRoom(into effects: inout Effects) {
        let waiting = counts.waiting + counts.blocked
        if isRefusing, waiting < limits.queuedTasks, counts.waitingBytes < limits.queuedBytes || waiting == 0 {
            isRefusing = false
            effects.append(.room)
        }
    }

    /// The slot at the front of the queue that still waits; disposes of tombstones on the way.
    mutating func frontOfQueue() -> UInt32? {
        while let slot = queue.front(sequence: { tasks[Int($0)].sequence }) {
            if tasks[Int(slot)].phase == .queued { return slot }
            queue.popFront(slot)
            tombstones -= 1
            freeTask(slot)
        }
        return nil
    }

    private mutating func removeTombstonesIfMany() {
        guard tombstones > counts.waiting + 1024 else { return }
        var dead: [UInt32] = []
        queue.removeTombstones(
            isAlive: { tasks[Int($0)].phase == .queued }, dispose: { dead.append($0) })
        for index in timeRequests.lines.indices {
            timeRequests.lines[index].queue.removeTombstones(
                isAlive: { tasks[Int($0)].phase == .queued }, dispose: { dead.append($0) })
        }
        for index in shared.lines.indices {
            shared.lines[index].queue.removeTombstones(
                isAlive: { tasks[Int($0)].phase == .queued }, dispose: { dead.append($0) })
        }
        timeRequests.lines.removeAll { $0.queue.count == 0 }
        shared.lines.removeAll { $0.queue.count == 0 }
        for slot in dead { freeTask(slot) }
        tombstones = 0
        dropDeadTimeouts()
    }

    func isDead(_ entry: Deadlines.Entry) -> Bool {
        switch entry.kind {
        case .checkDaemon:
            // Each daemon has one check that counts; earlier plans were superseded.
            daemons[Int(entry.slot)].generation != entry.generation
                || daemons[Int(entry.slot)].nextCheck != entry.at
        case .timeout, .retry, .stopGrace:
            tasks[Int(entry.slot)].generation != entry.generation
        }
    }

    /// A timeout of an hour outlives its task of a millisecond, a check of a daemon its plan: drop the
    /// dead ones when they are most.
    mutating func dropDeadTimeouts() {
        let alive = tasks.count - freeTasks.count + 2 * daemons.count
        guard deadlines.count > 4 * alive + 4096 else { return }
        let copy = self
        deadlines.removeAll { copy.isDead($0) }
    }
}
