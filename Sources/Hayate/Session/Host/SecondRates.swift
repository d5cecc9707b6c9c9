/// How much ended in each second of the last minute.
struct SecondRates: Hashable, Sendable {
    private var counts: [UInt32] = []
    /// The second of the newest count, since 1970.
    private var newest = 0

    static let seconds = 60

    mutating func add(_ count: Int, at second: Int) {
        advance(to: second)
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.seconds) }
        counts[second % Self.seconds] &+= UInt32(clamping: count)
    }

    /// By second, the newest last; empty: nothing ever ended.
    mutating func values(at second: Int) -> [Int] {
        advance(to: second)
        guard !counts.isEmpty else { return [] }
        return (1...Self.seconds).map { Int(counts[(second + $0) % Self.seconds]) }
    }

    private mutating func advance(to second: Int) {
        // A clock that was set back counts for the newest second.
        guard second > newest else { return }
        if !counts.isEmpty {
            for step in 1...min(second - newest, Self.seconds) { counts[(newest + step) % Self.seconds] = 0 }
        }
        newest = second
    }
}
