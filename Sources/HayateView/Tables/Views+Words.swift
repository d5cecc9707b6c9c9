import HayateCore

extension PoolView {
    /// Tasks that ended per second in the time that `rates` is about.
    var rate: Double { rates.isEmpty ? 0 : Double(rates.reduce(0, +)) / Double(rates.count) }
}

extension SubmissionView {
    /// Of its elements those that have ended, from 0 to 1.
    var share: Double {
        let all = max(total, known)
        return all == 0 ? (isOver ? 1 : 0) : Double(over) / Double(all)
    }

    var stateText: (String, Style) {
        if isOver { return failed > 0 ? ("failed", .bad) : cancelled > 0 ? ("cancelled", .warning) : ("done", .good) }
        if running > 0 { return ("running", .active) }
        if waiting > 0 { return ("waiting", .plain) }
        return blocked > 0 ? ("blocked", .warning) : ("open", .plain)
    }
}

extension DaemonView {
    var style: Style {
        switch state {
        case "busy": .active
        case "suspect", "away": .bad
        case "draining", "leaving", "preparing": .warning
        default: .plain
        }
    }
}

extension TaskView {
    var style: Style {
        switch state {
        case "running": .active
        case "stopping", "blocked", "delayed": .warning
        default: .plain
        }
    }

    var submission: String { Self.submission(of: task) }

    /// `fits/3` is of `fits`.
    static func submission(of task: String) -> String {
        task.lastIndex(of: "/").map { String(task[..<$0]) } ?? task
    }
}

extension AllocationView {
    var key: String { cluster + " " + job }
}

extension FailureView {
    /// The last thing that it said; its error's sentence if it said nothing.
    var shortReason: String {
        let said = SafeText.lines(lastWords).last { line in line.contains { $0 != " " } }
        return said ?? SafeText.lines(message).first ?? ""
    }
}

extension SessionFacts {
    /// What a person must know, worst first.
    var warnings: [StyledText] {
        var warnings: [StyledText] = []
        if journal != "well" { warnings.append(StyledText("! journal: \(journal)", .bad)) }
        if let stalled { warnings.append(StyledText("! nothing runs: \(stalled)", .warning)) }
        if isDraining {
            warnings.append(
                StyledText("! draining: it takes no more submissions and ends when all tasks have", .warning))
        }
        return warnings
    }

    /// What it is, piece by piece.
    var facts: [String] {
        let share = now > started ? processorSeconds / (now - started) * 100 : 0
        return [
            "\(host):\(process)", "up \(HumanText.time(seconds: now - started))",
            epoch > 1 ? "started \(HumanText.number(epoch)) times" : "first start",
            "journal \(HumanText.bytes(journalBytes))",
            "host \(HumanText.bytes(memoryBytes)), \(HumanText.fixed(share, digits: 1)) % cpu",
        ]
    }
}

extension HumanText {
    /// `0 B`, `912 KiB`, `12.4 MiB`.
    package static func bytes(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(max(0, bytes))
        var unit = 0
        while value >= 1023.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0 || value >= 99.95
            ? "\(Int(value.rounded())) \(units[unit])" : "\(fixed(value, digits: 1)) \(units[unit])"
    }
}
