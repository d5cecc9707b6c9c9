/// What a progress line tells.
struct ProgressSnapshot: Sendable, Equatable {
    /// Elements that ended, with those taken over from earlier runs.
    var done = 0
    var failed = 0
    var running = 0
    /// `nil` as long as the inputs have not been read to their end.
    var total: Int?
    /// Seconds since the run began.
    var elapsed = 0.0
    /// Elements per second of late.
    var perSecond: Double?
    /// Why nothing runs, if nothing does.
    var waitReason: String?
}

/// Draws one line of progress. Pure.
enum ProgressLine {
    /// - Parameter width: columns of the terminal; the line is never longer.
    static func text(_ snapshot: ProgressSnapshot, width: Int) -> String {
        var parts = [count(snapshot)]
        if snapshot.failed > 0 { parts.append("\(HumanText.number(snapshot.failed)) failed") }
        if let rate = snapshot.perSecond { parts.append(HumanText.rate(perSecond: rate)) }
        parts.append(time(snapshot))
        if let reason = snapshot.waitReason, snapshot.running == 0 {
            parts.append(reason)
        } else {
            parts.append("\(HumanText.number(snapshot.running)) running")
        }
        // What matters least stands last, and goes first.
        while parts.count > 1, parts.joined(separator: "  ").count > width { parts.removeLast() }
        let text = parts.joined(separator: "  ")
        guard let total = snapshot.total, total > 0 else { return String(text.prefix(width)) }
        let room = min(30, width - text.count - 4)
        guard room >= 8 else { return String(text.prefix(width)) }
        return "[\(bar(done: snapshot.done, of: total, length: room))]  \(text)"
    }

    private static func count(_ snapshot: ProgressSnapshot) -> String {
        let done = HumanText.number(snapshot.done)
        guard let total = snapshot.total else { return "\(done) done" }
        // Rounded down: 100 % is said when everything is done, not before.
        let percent = total > 0 ? " (\(Int(Double(snapshot.done) / Double(total) * 100)) %)" : ""
        return "\(done) of \(HumanText.number(total))\(percent)"
    }

    private static func time(_ snapshot: ProgressSnapshot) -> String {
        if let total = snapshot.total, let rate = snapshot.perSecond, rate > 0 {
            let seconds = Double(max(0, total - snapshot.done)) / rate
            return "\(HumanText.time(seconds: seconds)) left"
        }
        return HumanText.time(seconds: snapshot.elapsed)
    }

    private static func bar(done: Int, of total: Int, length: Int) -> String {
        let filled = max(0, min(length, Int(Double(done) / Double(total) * Double(length))))
        return String(repeating: "#", count: filled)
            + String(repeating: "-", count: length - filled)
    }
}
