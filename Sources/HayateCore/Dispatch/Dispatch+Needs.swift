/// Tasks that need others: they wait, blocked, until those have returned, and end when one of those ends otherwise.
extension Dispatch {
    /// Whether a task has been accepted and has no outcome.
    public func isUnfinished(_ id: TaskID) -> Bool {
        switch record(id)?.phase {
        case .queued, .blocked, .delayed, .assigned: true
        case nil, .free, .stopping, .tombstone: false
        }
    }

    /// The task waits until all of these have returned; each is unfinished. None: it waits for a daemon.
    mutating func block(_ slot: UInt32, on needed: [TaskID]) {
        guard !needed.isEmpty else { return enqueue(slot, returned: false) }
        var seen: Set<TaskID> = []
        tasks[Int(slot)].phase = .blocked
        needs.add(taskID(slot), needing: needed.filter { seen.insert($0).inserted })
        counts.blocked += 1
        countWaiting(bytes: Int(tasks[Int(slot)].bytes))
    }

    /// A task has its outcome. Those that need it come a step nearer, or end, and with them those that need these.
    mutating func ended(_ slot: UInt32, hasReturned: Bool, into effects: inout Effects) {
        guard !needs.isEmpty else { return }
        if hasReturned { return release(needs.takeDependents(of: slot)) }
        var failed = [taskID(slot)]
        var next = 0
        // Not by recursion: a chain may be as long as the queue.
        while next < failed.count {
            let need = failed[next]
            next += 1
            for dependent in needs.takeDependents(of: need.slot) {
                guard record(dependent)?.phase == .blocked else {
                    needs.metDead()
                    continue
                }
                // This entry is gone; `remove` counts what is left of it elsewhere.
                needs.blocked[dependent.slot]?.missing -= 1
                leaveBlocked(dependent.slot, into: &effects)
                counts.resolved += 1
                effects.append(.resolve(dependent, .neededFailed(need)))
                failed.append(dependent)
                // Its slot is free once those that need it have been found by it.
            }
            if next > 1 { freeTask(need.slot) }
        }
        compactNeeds()
    }

    private mutating func release(_ dependents: [TaskID]) {
        for dependent in dependents {
            let slot = dependent.slot
            guard record(dependent)?.phase == .blocked, let missing = needs.blocked[slot]?.missing else {
                needs.metDead()
                continue
            }
            guard missing == 1 else {
                needs.blocked[slot]?.missing = missing - 1
                continue
            }
            needs.blocked[slot] = nil
            counts.blocked -= 1
            counts.waitingBytes -= Int(tasks[Int(slot)].bytes)
            // Before those that were submitted after it.
            enqueue(slot, returned: true)
        }
    }

    /// The blocked task ends.
    mutating func leaveBlocked(_ slot: UInt32, into effects: inout Effects) {
        needs.remove(slot)
        counts.blocked -= 1
        counts.waitingBytes -= Int(tasks[Int(slot)].bytes)
        tasks[Int(slot)].phase = .stopping
        tellOfRoom(into: &effects)
    }

    mutating func compactNeeds() {
        guard needs.dead > 0 else { return }
        let tasks = tasks
        needs.compact { id in
            tasks[Int(id.slot)].generation == id.generation && tasks[Int(id.slot)].phase == .blocked
        }
    }

    /// What this blocked task waits for. Linear in what it needs.
    func needReason(of slot: UInt32) -> WaitReason? {
        guard let blocked = needs.blocked[slot], let need = blocked.all.first(where: isUnfinished) else { return nil }
        return .needs(need, unfinished: blocked.missing)
    }

    func checkNeeds() -> String? {
        let blocked = tasks.indices.filter { tasks[$0].phase == .blocked }
        if blocked.count != needs.blocked.count {
            return "\(blocked.count) tasks are blocked, \(needs.blocked.count) are noted"
        }
        if blocked.count != counts.blocked { return "blocked \(blocked.count), counted \(counts.blocked)" }
        guard needs.entries > 0 || !blocked.isEmpty else { return nil }
        var alive = 0
        for slot in blocked {
            guard let noted = needs.blocked[UInt32(slot)] else { return "task \(slot) is blocked by nothing" }
            let missing = noted.all.count(where: isUnfinished)
            alive += missing
            if missing == 0 || missing != noted.missing {
                return "task \(slot) waits for \(missing) tasks, counted \(noted.missing)"
            }
            let id = taskID(UInt32(slot))
            for need in noted.all where isUnfinished(need) && needs.dependents[need.slot]?.contains(id) != true {
                return "task \(slot) needs task \(need.slot), which does not know it"
            }
        }
        for slot in needs.dependents.keys where !isUnfinished(taskID(slot)) {
            return "task \(slot) has ended, and others wait for it"
        }
        let listed = needs.dependents.values.reduce(0) { $0 + $1.count }
        if listed != needs.entries || alive + needs.dead != listed {
            return "\(listed) entries for needs, counted \(needs.entries); \(alive) alive, \(needs.dead) dead"
        }
        return nil
    }
}
