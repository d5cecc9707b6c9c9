/// What a progress line tells.
package struct ProgressSnapshot: Sendable, Equatable {
    /// Elements that ended, with those taken over from earlier runs.
    package var done = 0
    package var failed = 0
    /// nil where nobody knows.
    package var running: Int? = 0
    /// `nil` as long as the inputs have not been read to their end.
    package var total: Int?
    /// Seconds since the run began.
    package var elapsed = 0.0
    /// Elements per second of late.
    package var perSecond: Double?
    /// Why nothing runs, if nothing does.
    package var waitReason: String?

    package init(
        done: Int = 0, failed: Int = 0, running: Int? = 0, total: Int? = nil, elapsed: Double = 0,
        perSecond: Double? = nil, waitReason: String? = nil
    ) {
        self.done = done
        self.failed = failed
        self.running = running
        self.total = total
        self.elapsed = elapsed
        self.perSecond = perSecond
        self.waitReason = waitReason
    }
}

/// Draws one line of progress. Pure.
package enum ProgressLine {
    /// - Parameter width: columns of the terminal; the line is never longer.
    package static func text(_ snapshot: ProgressSnapshot, width: Int) -> String {
        var parts = [count(snapshot)]
        if snapshot.failed > 0 { parts.append("\(HumanText.number(snapshot.failed)) failed") }
        if let rate = snapshot.perSecond { parts.append(HumanText.rate(perSecond: rate)) }
        parts.append(time(snapshot))
        let reason = snapshot.running == 0 ? snapshot.waitReason : nil
        if reason == nil, let running = snapshot.running { parts.append("\(HumanText.number(running)) running") }
        // What matters least stands last, and goes first.
        while parts.count > 1, parts.joined(separator: "  ").count > width { parts.removeLast() }
        var text = parts.joined(separator: "  ")
        if let reason { text += cut(reason, to: width - text.count - 2).map { "  " + $0 } ?? "" }
        guard let total = snapshot.total, total > 0 else { return String(text.prefix(width)) }
        let room = min(30, width - text.count - 4)
        guard room >= 8 else { return String(text.prefix(width)) }
        return "[\(bar(done: snapshot.done, of: total, length: room))]  \(text)"
    }

    /// As much of a reason as there is room for; nil: too little to be of use.
    private static func cut(_ reason: String, to room: Int) -> String? {
        if reason.count <= room { return reason }
        return room >= 16 ? reason.prefix(room - 1) + "…" : nil
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
