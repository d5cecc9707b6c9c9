extension Dispatch {
    /// Re-derives every index and count from the records, and says what does not agree.
    ///
    /// For simulations and tests, which call it after each event; linear in tasks and daemons.
    public func sanityCheck() -> String? {
        checkTasks() ?? checkNeeds() ?? checkLists() ?? checkSets() ?? checkTimeRequests() ?? checkShared()
            ?? checkNotes() ?? checkStrangers() ?? checkProgress()
    }

    private func checkTasks() -> String? {
        var waiting = 0
        var bytes = 0
        var assigned = 0
        var stopping = 0
        var graves = 0
        var queued = 0
        var blocked = 0
        for (slot, task) in tasks.enumerated() {
            let isAtDaemon = task.phase == .assigned || task.phase == .stopping
            if isAtDaemon != (task.daemon != TaskRecord.none) {
                return "task \(slot) is \(task.phase) with daemon \(task.daemon)"
            }
            if (task.losses > 0) != (history[UInt32(slot)] != nil) {
                return "task \(slot) has \(task.losses) losses and no matching history"
            }
            if task.flags.contains(.directed) != (targets[UInt32(slot)] != nil) {
                return "task \(slot) is directed and its target is \(targets[UInt32(slot)] as Any)"
            }
            switch task.phase {
            case .free: break
            case .queued:
                waiting += 1
                queued += 1
                bytes += Int(task.bytes)
            case .blocked:
                blocked += 1
                bytes += Int(task.bytes)
            case .delayed:
                waiting += 1
                bytes += Int(task.bytes)
            case .assigned: assigned += 1
            case .stopping: stopping += 1
            case .tombstone: graves += 1
            }
        }
        if waiting != counts.waiting { return "waiting \(waiting), counted \(counts.waiting)" }
        if bytes != counts.waitingBytes { return "bytes \(bytes), counted \(counts.waitingBytes)" }
        if assigned != counts.assigned { return "assigned \(assigned), counted \(counts.assigned)" }
        if stopping != counts.stopping { return "stopping \(stopping), counted \(counts.stopping)" }
        if graves != tombstones { return "tombstones \(graves), counted \(tombstones)" }
        let free = tasks.reduce(into: 0) { $0 += $1.phase == .free ? 1 : 0 }
        if free != freeTasks.count { return "free tasks \(free), listed \(freeTasks.count)" }
        let entries = timeRequests.lines.reduce(queue.count) { $0 + $1.queue.count }
            + shared.lines.reduce(0) { $0 + $1.queue.count }
        if entries != queued + graves {
            return "queue holds \(entries) entries for \(queued) waiting and \(graves) ended tasks"
        }
        let ended = counts.accepted - counts.resolved
        if ended != UInt64(waiting + blocked + assigned) {
            return "accepted - resolved is \(ended), unresolved are \(waiting + blocked + assigned)"
        }
        return nil
    }

    private func checkLists() -> String? {
        var listed = 0
        for (slot, daemon) in daemons.enumerated() where daemon.phase != .free {
            var task = daemon.head
            var previous = TaskRecord.none
            var held = 0
            var heldBytes = 0
            var revoking = 0
            var parents = 0
            var isExclusive = false
            while task != TaskRecord.none {
                let record = tasks[Int(task)]
                if record.daemon != UInt32(slot) { return "task \(task) is in a foreign list" }
                if record.previous != previous { return "task \(task) has a wrong neighbour" }
                if record.flags.contains(.revoking) { revoking += 1 }
                if record.flags.contains(.parent) { parents += 1 }
                if record.flags.contains([.parent, .revoking]) {
                    return "task \(task) waits for a child and was asked back"
                }
                if record.flags.contains(.alone) { isExclusive = true }
                held += 1
                heldBytes += Int(record.bytes)
                if held > tasks.count { return "the list of daemon \(slot) has no end" }
                previous = task
                task = record.next
            }
            if previous != daemon.tail { return "daemon \(slot) has a wrong tail" }
            if held != daemon.held { return "daemon \(slot) holds \(held), counted \(daemon.held)" }
            if heldBytes != daemon.heldBytes {
                return "daemon \(slot) holds \(heldBytes) bytes, counted \(daemon.heldBytes)"
            }
            if revoking != daemon.revoking { return "daemon \(slot): \(revoking) are revoking" }
            if parents != daemon.parents { return "daemon \(slot): \(parents) are parents" }
            if isExclusive, !daemon.isExclusive { return "daemon \(slot) should be exclusive" }
            listed += held
        }
        let atDaemons = counts.assigned + counts.stopping
        return listed == atDaemons ? nil : "\(listed) tasks in lists, \(atDaemons) at daemons"
    }

    private func checkSets() -> String? {
        var known = 0
        for (index, daemon) in daemons.enumerated() {
            let slot = UInt32(index)
            if daemon.phase != .free { known += 1 }
            var mayTake = daemon.phase == .ready && daemon.draining == nil && daemon.strangers == 0
            if let maximum = daemon.terms.maximumTasks {
                mayTake = mayTake && daemon.done + UInt64(daemon.held) < maximum
            }
            if idle.contains(slot) != (mayTake && daemon.held == 0 && !daemon.isShared) {
                return "daemon \(slot): idle set is wrong"
            }
            if hungry.contains(slot),
                !mayTake || daemon.held == 0 || daemon.isExclusive || daemon.parents > 0 || daemon.isShared
            {
                return "daemon \(slot): hungry set is wrong"
            }
            if laden.contains(slot) != (daemon.phase == .ready && daemon.hasUnstarted) {
                return "daemon \(slot): laden set is wrong"
            }
            if daemon.phase != .free, daemon.nextCheck > max(nextCheck(of: daemon), latestPlan) {
                return "daemon \(slot) is looked at too late, at \(daemon.nextCheck)"
            }
        }
        if limits.scheduling == .roundRobin, let front = queue.front(sequence: { tasks[Int($0)].sequence }),
            tasks[Int(front)].phase == .queued, !tasks[Int(front)].flags.contains(.alone), !isClosed,
            !hungry.isEmpty
        {
            return "task \(front) waits although a daemon's turn may come"
        }
        for slot in wanted.keys where tasks[Int(slot)].phase != .assigned {
            return "task \(slot) is wanted and is \(tasks[Int(slot)].phase)"
        }
        return known == counts.daemons ? nil : "\(known) daemons, counted \(counts.daemons)"
    }

    /// Nothing waits while a daemon is idle.
    private func checkProgress() -> String? {
        guard !isClosed, !idle.isEmpty else { return nil }
        let front = queue.front { tasks[Int($0)].sequence }
        if let front, tasks[Int(front)].phase == .queued {
            return "task \(front) waits although a daemon is idle"
        }
        return nil
    }
}
