import ArgumentParser

/// How many daemons: a number, or the fewest and the most of a pool that follows its queue.
struct DaemonCount: ExpressibleByArgument, Equatable, Sendable, CustomStringConvertible {
    var range: ClosedRange<Int>
    /// Whether both were given.
    var isElastic: Bool

    init(_ count: Int) {
        range = count...count
        isElastic = false
    }

    /// `16`, or `2..16`.
    init?(argument: String) {
        if let count = Int(argument), count >= 0 {
            range = count...count
            isElastic = false
            return
        }
        guard let dots = argument.firstRange(of: ".."), let fewest = Int(argument[..<dots.lowerBound]),
            let most = Int(argument[dots.upperBound...]), fewest >= 0, fewest <= most
        else { return nil }
        range = fewest...most
        isElastic = true
    }

    var description: String { isElastic ? "\(range.lowerBound)..\(range.upperBound)" : "\(range.upperBound)" }
}
