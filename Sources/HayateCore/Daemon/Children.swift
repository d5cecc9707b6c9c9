import Collections

/// The tasks that a daemon's tasks have submitted, and who waits for them.
///
/// Children have numbers, which are never used twice in the life of the daemon; 0 is none. Those of one map
/// share a group, so that who waits for the next outcome of the map waits for all of them.
struct Children: Sendable {
    struct Child: Sendable {
        var parent: AttemptID
        /// 0: none.
        var group: UInt64
    }

    private var byNumber: [UInt64: Child] = [:]
    /// How many each parent has, so that the many that have none cost nothing when they end.
    private var counts: [AttemptID: Int] = [:]
    /// Numbers of each group, oldest first; those that have ended are dropped when they come to the front.
    private var groups: [UInt64: Deque<UInt64>] = [:]
    var waits: [AttemptID: [DaemonSession.Wait]] = [:]
    private(set) var lastNumber: UInt64 = 0
    /// The child that the host was asked for and has not answered for.
    var asked: UInt64?
    /// Children that the host gave to this daemon because it asked, by what they are called as tasks.
    var helped: [AttemptID: UInt64] = [:]
    /// Children that the host said need no help, or that ran here, until the next pulse.
    var refused: Set<UInt64> = []

    var isEmpty: Bool { byNumber.isEmpty }
    var count: Int { byNumber.count }
    var numbers: [UInt64] { byNumber.keys.sorted() }

    func parent(of number: UInt64) -> AttemptID? { byNumber[number]?.parent }

    mutating func add(of parent: AttemptID, group: UInt64) -> UInt64 {
        lastNumber += 1
        byNumber[lastNumber] = Child(parent: parent, group: group)
        counts[parent, default: 0] += 1
        if group != 0 { groups[group, default: []].append(lastNumber) }
        return lastNumber
    }

    /// - Returns: whether it was there.
    mutating func remove(_ number: UInt64) -> Bool {
        guard let child = byNumber.removeValue(forKey: number) else { return false }
        if let count = counts[child.parent], count > 1 {
            counts[child.parent] = count - 1
        } else {
            counts[child.parent] = nil
        }
        if asked == number { asked = nil }
        refused.remove(number)
        if child.group != 0 {
            while let first = groups[child.group]?.first, byNumber[first] == nil {
                groups[child.group]?.removeFirst()
            }
            if groups[child.group]?.isEmpty == true { groups[child.group] = nil }
        }
        return true
    }

    /// A child that was helped with has ended here: its outcome is on its way, unless it is retried.
    mutating func ended(_ attempt: AttemptID) {
        guard let number = helped.removeValue(forKey: attempt), byNumber[number] != nil else { return }
        refused.insert(number)
    }

    func of(_ parent: AttemptID) -> [UInt64] {
        guard counts[parent] != nil else { return [] }
        return byNumber.filter { $0.value.parent == parent }.keys.sorted()
    }

    /// The oldest child that this task waits for and that may need help.
    func wanted(by parent: AttemptID) -> UInt64? {
        for wait in waits[parent] ?? [] {
            switch wait {
            case .child(let number):
                if byNumber[number] != nil, !refused.contains(number) { return number }
            case .group(let group):
                let next = groups[group]?.first { byNumber[$0] != nil && !refused.contains($0) }
                if let next { return next }
            }
        }
        return nil
    }
}
