import HayateCluster
import HayateCore

/// What schedulers tell of jobs, for people and for programs.
enum JobTable {
    /// A line for each report, under a heading.
    static func text(of reports: [JobReport]) -> String {
        let rows = [["JOB", "ELEMENTS", "STATE", "END", "NODES", "REASON"]]
            + reports.map { report in
                [
                    report.job.text, elements(report), report.state.rawValue,
                    report.end.map { words($0.reason) } ?? "", report.nodes.joined(separator: ","), report.reason ?? "",
                ]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                line += text + String(repeating: " ", count: widths[column] - text.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    /// One object in one line.
    static func json(_ report: JobReport) -> String {
        var json = JSONText()
        json.beginObject()
        json.field("job", report.job.text)
        if !report.elements.isEmpty { json.field("elements", elements(report)) }
        if let name = report.name { json.field("name", name) }
        json.field("state", report.state.rawValue)
        json.field("ended", report.state.isEnd)
        if let end = report.end {
            json.field("end", kind(end.reason))
            switch end.reason {
            case .exited(let code): json.field("code", code)
            case .signalled(let number): json.field("signal", number)
            case .cancelled(let by?): json.field("by", by)
            default: break
            }
        }
        if !report.nodes.isEmpty { json.field("nodes", report.nodes) }
        if let reason = report.reason { json.field("reason", reason) }
        json.endObject()
        json.endLine()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// `1-3,7`.
    private static func elements(_ report: JobReport) -> String {
        report.elements.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }

    private static func kind(_ reason: JobEnd.Reason) -> String {
        switch reason {
        case .completed: "completed"
        case .exited: "exited"
        case .signalled: "signalled"
        case .outOfMemory: "oom"
        case .timeLimit: "timeout"
        case .preempted: "preempted"
        case .nodeFailed: "node_fail"
        case .cancelled: "cancelled"
        case .notStarted: "not_started"
        case .unknown: "unknown"
        }
    }

    private static func words(_ reason: JobEnd.Reason) -> String {
        switch reason {
        case .exited(let code): "exit code \(code)"
        case .signalled(let number): "signal \(number)"
        case .cancelled(let by?): "cancelled by \(by)"
        default: kind(reason)
        }
    }
}
