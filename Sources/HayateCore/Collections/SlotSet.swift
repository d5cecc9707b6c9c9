/// A set of small slot numbers that finds its smallest member in a constant number of steps.
///
/// Three levels of 64-way summary words cover 262,144 slots, so that picking "the first idle daemon
/// in order of arrival" costs the same with 2 and with 10,000 daemons.
struct SlotSet: Sendable {
    private var leaves: [UInt64] = []
    private var middle: [UInt64] = []
    private var top: [UInt64] = []
    private(set) var count = 0

    static let capacity: UInt32 = 64 * 64 * 64

    var isEmpty: Bool { count == 0 }

    var first: UInt32? {
        for (index, word) in top.enumerated() where word != 0 {
            let inMiddle = index * 64 + word.trailingZeroBitCount
            let inLeaves = inMiddle * 64 + middle[inMiddle].trailingZeroBitCount
            return UInt32(inLeaves * 64 + leaves[inLeaves].trailingZeroBitCount)
        }
        return nil
    }

    /// The smallest member greater than `slot`, or the smallest of all if there is none.
    func next(after slot: UInt32) -> UInt32? {
        guard !isEmpty else { return nil }
        let from = Int(slot) + 1
        var leaf = from >> 6
        guard leaf < leaves.count else { return first }
        let rest = leaves[leaf] & (~0 << UInt64(from & 63))
        if rest != 0 { return UInt32(leaf * 64 + rest.trailingZeroBitCount) }
        leaf += 1
        var block = leaf >> 6
        guard block < middle.count else { return first }
        let later = middle[block] & (~0 << UInt64(leaf & 63))
        if later != 0 { return firstMember(ofLeaf: block * 64 + later.trailingZeroBitCount) }
        block += 1
        while block < middle.count {
            if middle[block] != 0 {
                return firstMember(ofLeaf: block * 64 + middle[block].trailingZeroBitCount)
            }
            block += 1
        }
        return first
    }

    private func firstMember(ofLeaf leaf: Int) -> UInt32 {
        UInt32(leaf * 64 + leaves[leaf].trailingZeroBitCount)
    }

    func contains(_ slot: UInt32) -> Bool {
        let leaf = Int(slot >> 6)
        return leaf < leaves.count && leaves[leaf] & (1 << UInt64(slot & 63)) != 0
    }

    mutating func insert(_ slot: UInt32) {
        let leaf = Int(slot >> 6)
        grow(toHold: leaf)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        guard leaves[leaf] & bit == 0 else { return }
        leaves[leaf] |= bit
        middle[leaf >> 6] |= 1 << UInt64(leaf & 63)
        top[leaf >> 12] |= 1 << UInt64((leaf >> 6) & 63)
        count += 1
    }

    mutating func remove(_ slot: UInt32) {
        let leaf = Int(slot >> 6)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        guard leaf < leaves.count, leaves[leaf] & bit != 0 else { return }
        leaves[leaf] &= ~bit
        count -= 1
        guard leaves[leaf] == 0 else { return }
        middle[leaf >> 6] &= ~(1 << UInt64(leaf & 63))
        guard middle[leaf >> 6] == 0 else { return }
        top[leaf >> 12] &= ~(1 << UInt64((leaf >> 6) & 63))
    }

    mutating func set(_ slot: UInt32, to member: Bool) {
        if member { insert(slot) } else { remove(slot) }
    }

    private mutating func grow(toHold leaf: Int) {
        while leaves.count <= leaf { leaves.append(0) }
        while middle.count <= leaf >> 6 { middle.append(0) }
        while top.count <= leaf >> 12 { top.append(0) }
    }
}
