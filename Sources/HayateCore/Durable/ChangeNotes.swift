/// Which tasks have changed since a journal was last told of them. Empty while nobody asks for it.
struct ChangeNotes: Sendable {
    /// Tasks with the flag `noted`; what was freed meanwhile has it no more.
    var slots: [UInt32] = []
    /// The place of each task's last assignment among all assignments, by slot.
    var orders: ContiguousArray<UInt64> = []
    var lastOrder: UInt64 = 0

    mutating func setOrder(_ order: UInt64, of slot: UInt32) {
        while orders.count <= Int(slot) { orders.append(0) }
        orders[Int(slot)] = order
    }

    func order(of slot: UInt32) -> UInt64 { Int(slot) < orders.count ? orders[Int(slot)] : 0 }
}

extension Dispatch {
    /// Tasks whose progress has changed since the last call, each once, in no order; ended ones are not among them.
    /// Empty unless `notesChanges`.
    public mutating func takeChanges() -> [TaskProgress] {
        guard !notes.slots.isEmpty else { return [] }
        var changes: [TaskProgress] = []
        changes.reserveCapacity(notes.slots.count)
        for slot in notes.slots where tasks[Int(slot)].flags.contains(.noted) {
            tasks[Int(slot)].flags.remove(.noted)
            switch tasks[Int(slot)].phase {
            case .queued, .blocked, .delayed, .assigned: changes.append(progress(of: slot))
            case .free, .stopping, .tombstone: break
            }
        }
        notes.slots.removeAll(keepingCapacity: true)
        return changes
    }

    func progress(of slot: UInt32) -> TaskProgress {
        let record = tasks[Int(slot)]
        return TaskProgress(
            id: taskID(slot), attempt: record.attempt, failures: record.failures,
            isAlone: record.flags.contains(.alone), losses: record.losses > 0 ? history[slot] ?? [] : [],
            daemon: record.daemon == TaskRecord.none ? nil : daemonID(record.daemon),
            order: notes.order(of: slot), grant: shared.held[slot]?.grant)
    }

    /// The task's progress has changed.
    mutating func note(_ slot: UInt32) {
        guard notesChanges, !tasks[Int(slot)].flags.contains(.noted) else { return }
        tasks[Int(slot)].flags.insert(.noted)
        notes.slots.append(slot)
    }

    /// The task was given to a daemon.
    mutating func noteAssignment(_ slot: UInt32) {
        guard notesChanges else { return }
        notes.lastOrder += 1
        notes.setOrder(notes.lastOrder, of: slot)
        note(slot)
    }

    func checkNotes() -> String? {
        let flagged = tasks.indices.filter { tasks[$0].flags.contains(.noted) }
        guard !flagged.isEmpty else { return nil }
        let listed = Set(notes.slots)
        return flagged.first { !listed.contains(UInt32($0)) }.map { "task \($0) is noted and is not in the list" }
    }
}
