/// A number for each of many slots, which finds the first slot with at least so much.
///
/// A complete binary tree whose inner nodes have the greater of their two: a change and a search take as many steps
/// as the number of slots has binary digits.
struct MaxTree: Sendable {
    /// What slots have that were given nothing.
    static let nothing = Int64.min

    /// The root at 1, the slots from `capacity` on.
    private var nodes: [Int64] = []
    private var capacity = 0

    var greatest: Int64 { capacity == 0 ? Self.nothing : nodes[1] }

    subscript(slot: UInt32) -> Int64 {
        get { Int(slot) < capacity ? nodes[capacity + Int(slot)] : Self.nothing }
        set { set(slot, to: newValue) }
    }

    /// The smallest slot with at least this.
    func first(atLeast least: Int64) -> UInt32? {
        guard greatest >= least, least > Self.nothing else { return nil }
        var node = 1
        while node < capacity {
            node *= 2
            if nodes[node] < least { node += 1 }
        }
        return UInt32(node - capacity)
    }

    /// The smallest slot from this one on with at least this.
    func first(atLeast least: Int64, from start: UInt32) -> UInt32? {
        guard Int(start) < capacity, least > Self.nothing else { return nil }
        var node = capacity + Int(start)
        while nodes[node] < least {
            // Up as long as this is a right half, then to the next one on the right.
            while node & 1 == 1 { node /= 2 }
            guard node > 1 else { return nil }
            node += 1
        }
        while node < capacity {
            node *= 2
            if nodes[node] < least { node += 1 }
        }
        return UInt32(node - capacity)
    }

    private mutating func set(_ slot: UInt32, to value: Int64) {
        if Int(slot) >= capacity {
            guard value != Self.nothing else { return }
            grow(toHold: Int(slot))
        }
        var node = capacity + Int(slot)
        nodes[node] = value
        while node > 1 {
            node /= 2
            let greater = max(nodes[2 * node], nodes[2 * node + 1])
            guard nodes[node] != greater else { return }
            nodes[node] = greater
        }
    }

    private mutating func grow(toHold slot: Int) {
        var size = max(1, capacity)
        while size <= slot { size *= 2 }
        let old = nodes.suffix(capacity)
        nodes = [Int64](repeating: Self.nothing, count: size)
        nodes += old
        nodes += [Int64](repeating: Self.nothing, count: size - old.count)
        capacity = size
        for node in stride(from: size - 1, to: 0, by: -1) {
            nodes[node] = max(nodes[2 * node], nodes[2 * node + 1])
        }
    }
}
