import Collections

/// The tasks that wait for a daemon: first in, first out within equal priority.
///
/// New tasks go to the back of their priority's line. A task that comes back from a daemon keeps its
/// place: it enters a heap ordered by submission number, which is looked at before the line.
/// Entries of cancelled tasks stay as tombstones until they come to the front, so that cancelling is
/// constant time; the owner calls `removeTombstones` when they outnumber the living.
struct ReadyQueue: Sendable {
    struct Returned: Comparable, Sendable {
        var sequence: UInt64
        var slot: UInt32
        static func < (left: Returned, right: Returned) -> Bool { left.sequence < right.sequence }
    }

    struct Level: Sendable {
        let priority: Int8
        var line: Deque<UInt32> = []
        var returned = Heap<Returned>()
        var isEmpty: Bool { line.isEmpty && returned.isEmpty }
    }

    /// Highest priority first. Nearly always one level.
    private(set) var levels: [Level] = []

    /// Entries, tombstones included.
    var count: Int { levels.reduce(0) { $0 + $1.line.count + $1.returned.count } }

    mutating func append(_ slot: UInt32, priority: Int8) {
        levels[index(of: priority)].line.append(slot)
    }

    mutating func putBack(_ slot: UInt32, sequence: UInt64, priority: Int8) {
        levels[index(of: priority)].returned.insert(Returned(sequence: sequence, slot: slot))
    }

    /// The slot at the front, tombstone or not.
    func front(sequence: (UInt32) -> UInt64) -> UInt32? {
        for level in levels {
            guard let returned = level.returned.min else {
                if let slot = level.line.first { return slot }
                continue
            }
            guard let slot = level.line.first else { return returned.slot }
            return returned.sequence < sequence(slot) ? returned.slot : slot
        }
        return nil
    }

    /// Removes the slot that `front` returned.
    mutating func popFront(_ slot: UInt32) {
        for index in levels.indices where !levels[index].isEmpty {
            if levels[index].returned.min?.slot == slot {
                levels[index].returned.removeMin()
            } else {
                levels[index].line.removeFirst()
            }
            if levels.count > 1, levels[index].isEmpty { levels.remove(at: index) }
            return
        }
    }

    /// Removes a slot from wherever it stands. Linear in the entries of its priority that are before it.
    mutating func remove(_ slot: UInt32, priority: Int8) {
        guard let index = levels.firstIndex(where: { $0.priority == priority }) else { return }
        if let place = levels[index].line.firstIndex(of: slot) {
            levels[index].line.remove(at: place)
        } else {
            levels[index].returned = Heap(
                levels[index].returned.unordered.filter { $0.slot != slot })
        }
        if levels.count > 1, levels[index].isEmpty { levels.remove(at: index) }
    }

    mutating func removeTombstones(isAlive: (UInt32) -> Bool, dispose: (UInt32) -> Void) {
        for index in levels.indices {
            levels[index].line.removeAll { slot in
                if isAlive(slot) { return false }
                dispose(slot)
                return true
            }
            var kept: [Returned] = []
            for entry in levels[index].returned.unordered {
                if isAlive(entry.slot) { kept.append(entry) } else { dispose(entry.slot) }
            }
            levels[index].returned = Heap(kept)
        }
        levels.removeAll { $0.isEmpty }
    }

    private mutating func index(of priority: Int8) -> Int {
        var index = 0
        while index < levels.count, levels[index].priority > priority { index += 1 }
        if index == levels.count || levels[index].priority != priority {
            levels.insert(Level(priority: priority), at: index)
        }
        return index
    }
}
