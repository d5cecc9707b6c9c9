/// Gives back in order what arrives in any order, and says how far ahead arrivals may run.
///
/// Pure. Indices begin at 1 and each is inserted once.
struct InOrder<Item> {
    /// The index that is released next.
    private(set) var next = 1
    /// Bytes of items that are held in memory.
    private(set) var heldBytes = 0
    /// How many items wait for an earlier one.
    var waitingCount: Int { waiting.count }
    /// How far behind the next one an index may be: bounds the number of items held.
    let span: Int
    /// Above this many bytes, items should be put elsewhere before they are inserted.
    let byteLimit: Int
    private var waiting: [Int: (item: Item, bytes: Int)] = [:]

    init(span: Int, byteLimit: Int) {
        self.span = span
        self.byteLimit = byteLimit
    }

    /// Whether an item of this size should be spilled to a file instead of being held. The one that
    /// is released next never needs to.
    func shouldSpill(index: Int, bytes: Int) -> Bool {
        index != next && bytes > 0 && heldBytes + bytes > byteLimit
    }

    /// - Parameter bytes: what the item holds in memory.
    mutating func insert(_ item: Item, at index: Int, bytes: Int) {
        let previous = waiting.updateValue((item, bytes), forKey: index)
        precondition(previous == nil && index >= next, "an index is inserted once")
        heldBytes += bytes
    }

    /// The next item, if it is there.
    mutating func release() -> Item? {
        guard let (item, bytes) = waiting.removeValue(forKey: next) else { return nil }
        heldBytes -= bytes
        next += 1
        return item
    }

    /// How many more elements may start when those through `lastStarted` have.
    func allowance(lastStarted: Int) -> Int {
        max(0, next + span - 1 - lastStarted)
    }

    /// Re-derives what is counted along the way.
    func sanityCheck() {
        precondition(waiting.values.reduce(0) { $0 + $1.bytes } == heldBytes)
        precondition(waiting.keys.allSatisfy { $0 >= next })
    }
}
