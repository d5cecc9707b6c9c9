/// The tasks that ask for time at a daemon, kept apart from the others, which then cost nothing more.
///
/// Those that wait stand in one line for each length that was asked for. All tasks of a line fit the same daemons, so
/// looking at the first of each line is enough, and no task waits behind one that does not fit.
struct TimeRequests: Sendable {
    struct Line: Sendable {
        /// Nanoseconds, rounded up.
        let length: Int64
        var queue = ReadyQueue()
    }

    /// Whether a task has ever asked: before, nothing of this is kept.
    var isUsed = false
    /// What tasks asked for, in nanoseconds, by their slots.
    var lengths: [UInt32: Int64] = [:]
    /// Shortest first; none is empty.
    var lines: [Line] = []
    /// Until when each idle daemon takes tasks, in nanoseconds of `Instant`.
    var idle = MaxTree()
    /// The same of each daemon that may take more ahead, less what it holds already.
    var hungry = MaxTree()
    /// The same of each daemon that takes tasks at all, whatever it holds.
    var usable = MaxTree()
    /// When waiting tasks were last given out.
    var pumpedAt = Instant.zero

    /// Longer ones count as this long: 104 days.
    static let longest: Int64 = 1 << 53

    /// Rounded up by at most a 32nd, so that there are few lines whatever is asked for: less than 2,000.
    static func rounded(_ length: Int64) -> Int64 {
        let digits = 64 - max(0, length).leadingZeroBitCount
        guard digits > 6 else { return max(0, length) }
        let rest: Int64 = 1 << Int64(digits - 6) - 1
        return (length + rest) & ~rest
    }

    mutating func enqueue(_ slot: UInt32, returned sequence: UInt64?, priority: Int8) {
        let length = Self.rounded(lengths[slot] ?? 0)
        let index = lines.firstIndex { $0.length >= length } ?? lines.count
        if index == lines.count || lines[index].length != length {
            lines.insert(Line(length: length), at: index)
        }
        if let sequence {
            lines[index].queue.putBack(slot, sequence: sequence, priority: priority)
        } else {
            lines[index].queue.append(slot, priority: priority)
        }
    }

    mutating func remove(_ slot: UInt32, priority: Int8) {
        let length = Self.rounded(lengths[slot] ?? 0)
        guard let index = lines.firstIndex(where: { $0.length == length }) else { return }
        lines[index].queue.remove(slot, priority: priority)
        if lines[index].queue.count == 0 { lines.remove(at: index) }
    }
}
