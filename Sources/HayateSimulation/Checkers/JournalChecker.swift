import HayateCore

/// What callers were told must be true of every host that comes after.
extension Ledger {
    mutating func toldAccepted(_ number: Int) { tasks[number].isToldAccepted = true }

    mutating func toldOutcome(_ number: Int) {
        if tasks[number].isTold { fail(.oneOutcome, "the caller of \(tasks[number].id) was told two outcomes") }
        tasks[number].isTold = true
    }

    /// A host begins with what is on disk: so do its records here. `names` are the daemons' new names by the old.
    /// - Returns: how many tasks nobody was told of are gone.
    mutating func restart(_ disk: JournalModel, names: [DaemonID: DaemonID], epoch: Int) -> Int {
        live.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
        lastStarted = [:]
        // Names that the last host had not written may be given again. And that a daemon's end was announced is not
        // written: the daemon says it again when it comes back.
        blamed = [:]
        warned = []
        var lost = 0
        for number in tasks.indices {
            for index in tasks[number].running.indices {
                // Those of daemons that no host knows any more count for nothing.
                tasks[number].running[index].daemon = tasks[number].running[index].daemon.flatMap { names[$0] }
            }
            guard tasks[number].phase != .forgotten else { continue }
            if let kept = disk.tasks[number] {
                restore(number, kept, names, disk, epoch)
            } else if disk.ended.contains(number) {
                tasks[number].phase = .ended
                // Its caller asks again, and finds it.
                if !tasks[number].isTold { toldOutcome(number) }
            } else {
                guard tasks[number].isDurable else {
                    if tasks[number].isUnfinished { tasks[number].phase = .forgotten }
                    continue
                }
                if tasks[number].isToldAccepted {
                    fail(.kept, "\(tasks[number].id) (number \(number)) was accepted, and the next host knows it not")
                }
                tasks[number].phase = .forgotten
                lost += 1
            }
        }
        return lost
    }

    private mutating func restore(
        _ number: Int, _ kept: JournalModel.Task, _ names: [DaemonID: DaemonID], _ disk: JournalModel, _ epoch: Int
    ) {
        if tasks[number].isTold {
            fail(.oneOutcome, "\(tasks[number].id) has its outcome, and the next host will make another")
        }
        let daemon = kept.session.flatMap { disk.daemons[$0] }.flatMap { names[$0.id] }
        if kept.session != nil, daemon == nil {
            fail(.kept, "\(tasks[number].id) is at a daemon that is not in the journal")
        }
        tasks[number].phase = daemon == nil ? .ready : .atDaemon
        tasks[number].daemon = daemon
        tasks[number].attempt = kept.progress?.attempt ?? 0
        tasks[number].failed = Int(kept.progress?.failures ?? 0)
        tasks[number].keepsAttempt = false
        tasks[number].hasReturned = nil
        tasks[number].epoch = epoch
        live.append(number)
        let slot = Int(tasks[number].id.slot)
        while slots.count <= slot { slots.append(-1) }
        if slots[slot] >= 0 { fail(.kept, "numbers \(slots[slot]) and \(number) are both unfinished in slot \(slot)") }
        slots[slot] = number
    }

    /// The world is over: everybody knows how every task ended.
    mutating func checkTold() {
        for number in tasks.indices where tasks[number].isDurable && tasks[number].phase == .ended {
            if !tasks[number].isTold {
                return fail(.oneOutcome, "nobody told the caller of \(tasks[number].id) how it ended")
            }
        }
    }
}
