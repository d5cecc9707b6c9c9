import Collections

/// Everything that must happen at a time, earliest first. Entries are never removed early: whoever
/// pops one checks whether it still means something.
struct Deadlines: Sendable {
    enum Kind: UInt8, Sendable { case timeout, retry, stopGrace, checkDaemon }

    struct Entry: Comparable, Sendable {
        var at: Instant
        var slot: UInt32
        var generation: UInt32
        var kind: Kind
        static func < (left: Entry, right: Entry) -> Bool { left.at < right.at }
    }

    private var heap = Heap<Entry>()

    var next: Instant? { heap.min?.at }
    var count: Int { heap.count }

    mutating func insert(_ kind: Kind, slot: UInt32, generation: UInt32, at: Instant) {
        guard at < .distantFuture else { return }
        heap.insert(Entry(at: at, slot: slot, generation: generation, kind: kind))
    }

    mutating func popDue(at now: Instant) -> Entry? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.removeMin()
    }

    /// Timeouts of tasks that ended long before are dropped when they are the great majority.
    mutating func removeAll(where isDead: (Entry) -> Bool) {
        heap = Heap(heap.unordered.filter { !isDead($0) })
    }
}
