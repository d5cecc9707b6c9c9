/// How far a submission is, in one line. Each part has a sign of its own: `█` returned, `x` failed, `-` cancelled,
/// `▒` running, `·` still to come.
struct ProgressBar: Hashable, Sendable {
    var returned: Int
    var failed: Int
    var cancelled: Int
    var running: Int
    var total: Int

    init(_ submission: SubmissionView) {
        returned = submission.returned
        failed = submission.failed
        cancelled = submission.cancelled
        running = submission.running
        total = max(submission.total, submission.known)
    }

    func pieces(_ width: Int) -> [StyledText] {
        let parts: [(Int, Character, Style)] = [
            (returned, "█", .good), (failed, "x", .bad), (cancelled, "-", .warning), (running, "▒", .active),
        ]
        guard total > 0, width > 0 else { return [StyledText(String(repeating: "·", count: max(0, width)), .dim)] }
        var used = 0
        var reached = 0
        var pieces: [StyledText] = []
        for (count, sign, style) in parts where count > 0 {
            reached += count
            // To the nearest, but something is seen of everything that is there, and a full bar is full.
            let end = reached == total ? width : min(width - 1, Int(Double(reached) / Double(total) * Double(width)))
            let length = min(max(end - used, 1), width - used)
            guard length > 0 else { continue }
            pieces.append(StyledText(String(repeating: sign, count: length), style))
            used += length
        }
        pieces.append(StyledText(String(repeating: "·", count: width - used), .dim))
        return pieces
    }
}

extension SubmissionView {
    /// Elements that are there.
    var known: Int { waiting + blocked + running + over }
    /// Elements that have ended.
    var over: Int { returned + failed + cancelled }
}

/// Counts as little columns, the newest at the right.
enum Sparkline {
    private static let signs = Array("▁▂▃▄▅▆▇█")

    static func text(_ counts: [Int], width: Int) -> String {
        guard !counts.isEmpty, width > 0 else { return "" }
        // Several seconds in a column where there is no room for all; the oldest column may have fewer.
        let group = (counts.count + width - 1) / width
        var sums: [Int] = []
        var end = counts.count
        while end > 0 {
            let start = max(0, end - group)
            sums.append(counts[start..<end].reduce(0) { $0 + max(0, $1) })
            end = start
        }
        let highest = sums.max() ?? 0
        return String(sums.reversed().map { sum in
            // Nothing is lower than little.
            sum == 0 ? "·" : signs[max(0, (sum * signs.count + highest - 1) / highest - 1)]
        })
    }
}
