/// Indices of an array's elements as schedulers write them: `1,3,5-7`, `0-15:4`, `5-8%4`, `1-10:1`.
enum IndexRanges {
    /// More single elements than any scheduler has in one job (Slurm's own limit is 4,000,001 with steps of one, which
    /// is a single range here).
    private static let mostRanges = 100_000

    /// - Returns: nil for anything else. An expression that was cut short with `...` gives what stands before.
    static func read(_ text: some StringProtocol) -> [ClosedRange<Int>]? {
        // A throttle behind the list.
        let list = AnswerText.fields(of: text, by: "%", atMost: 2)[0]
        var ranges: [ClosedRange<Int>] = []
        for part in AnswerText.fields(of: list, by: ",", atMost: mostRanges) {
            if part == "..." { break }
            // What was cut within a number is no number that somebody meant.
            if part.hasSuffix("...") { break }
            guard append(part, to: &ranges) else { return nil }
        }
        return ranges.isEmpty ? nil : ranges
    }

    private static func append(_ part: Substring, to ranges: inout [ClosedRange<Int>]) -> Bool {
        let stepped = AnswerText.fields(of: part, by: ":", atMost: 2)
        let ends = AnswerText.fields(of: stepped[0], by: "-", atMost: 2)
        guard let low = AnswerText.number(ends[0]), let high = AnswerText.number(ends[ends.count - 1]), low <= high,
            let step = stepped.count == 2 ? AnswerText.number(stepped[1]) : 1, step >= 1
        else { return false }
        if step == 1 || low == high {
            ranges.append(low...high)
        } else {
            guard (high - low) / step < mostRanges - ranges.count else { return false }
            ranges += stride(from: low, through: high, by: step).map { $0...$0 }
        }
        return true
    }

    /// `1-3,7`, from indices in any order.
    static func text(_ indices: some Sequence<Int>) -> String {
        ranges(indices).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    /// Indices in any order as few ranges.
    static func ranges(_ indices: some Sequence<Int>) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for index in Set(indices).sorted() {
            if let last = ranges.last, last.upperBound + 1 == index {
                ranges[ranges.count - 1] = last.lowerBound...index
            } else {
                ranges.append(index...index)
            }
        }
        return ranges
    }
}
