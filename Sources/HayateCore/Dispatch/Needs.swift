/// Which tasks wait for others to return, kept apart from all that wait for none.
struct Needs: Sendable {
    /// What one task waits for.
    struct Blocked: Sendable {
        /// As it was submitted, each once; those that have returned are still among them.
        var all: [TaskID]
        /// How many have not ended.
        var missing: Int
    }

    /// By the slots of the tasks that wait.
    var blocked: [UInt32: Blocked] = [:]
    /// Who waits for the task in a slot, in order of submission. Some have ended since.
    private(set) var dependents: [UInt32: [TaskID]] = [:]
    /// Entries of `dependents`, and those of them whose tasks have ended.
    private(set) var entries = 0
    private(set) var dead = 0

    var isEmpty: Bool { dependents.isEmpty }

    mutating func add(_ task: TaskID, needing needs: [TaskID]) {
        blocked[task.slot] = Blocked(all: needs, missing: needs.count)
        for need in needs { dependents[need.slot, default: []].append(task) }
        entries += needs.count
    }

    /// The task waits no longer, though some of what it needs has not ended.
    mutating func remove(_ slot: UInt32) {
        guard let old = blocked.removeValue(forKey: slot) else { return }
        dead += old.missing
    }

    /// The task in this slot ends: who waited for it.
    mutating func takeDependents(of slot: UInt32) -> [TaskID] {
        guard let list = dependents.removeValue(forKey: slot) else { return [] }
        entries -= list.count
        return list
    }

    /// An entry was met whose task had ended.
    mutating func metDead() { dead -= 1 }

    /// Drops entries of tasks that have ended when they are most: one task may be needed for a long time by many.
    mutating func compact(isAlive: (TaskID) -> Bool) {
        guard dead > entries / 2 + 1024 else { return }
        for slot in dependents.keys {
            dependents[slot]?.removeAll { !isAlive($0) }
            if dependents[slot]?.isEmpty == true { dependents[slot] = nil }
        }
        entries = dependents.values.reduce(0) { $0 + $1.count }
        dead = 0
    }
}
