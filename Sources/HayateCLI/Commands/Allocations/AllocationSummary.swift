import Hayate
import HayateCluster
import HayateLaunch

/// One submission with what its scheduler says now.
struct AllocationSummary {
    /// Some of its allocations and their state.
    struct Part: Equatable {
        /// A state of `JobState`, or one of the words below.
        var state: String
        var count: Int
        var reason: String?
    }

    /// It is no longer in the queue, and the registry does not know how it ended.
    static let gone = "gone"
    /// It had ended before its host did.
    static let ended = "ended"
    /// Nobody was asked, or there was no answer.
    static let unknown = JobState.unknown.rawValue
    /// Whether the scheduler has it, only its name can tell.
    static let unanswered = "unanswered"

    var run: RecordedRun
    var submission: RecordedSubmission
    var parts: [Part]
    /// Whether something of it is in the queue, as far as the scheduler said; nil: it said nothing.
    var isQueued: Bool?

    /// - Parameter answer: nil if nobody was asked.
    init(_ submission: RecordedSubmission, of run: RecordedRun, _ answer: ClusterQueries.Answer?) {
        self.run = run
        self.submission = submission
        let ended = Part(state: Self.ended, count: min(submission.ends.count, submission.count))
        guard let job = submission.job else {
            parts = [Part(state: Self.unanswered, count: submission.count)]
            return
        }
        guard case .jobs(let jobs)? = answer else {
            let rest = submission.count - ended.count
            parts = [Part(state: Self.unknown, count: rest), ended].filter { $0.count > 0 }
            return
        }
        let reports = jobs[job] ?? []
        isQueued = reports.contains { !$0.state.isEnd }
        var parts: [Part] = []
        var rest = submission.count
        for report in reports {
            let size = report.elements.isEmpty ? submission.count : report.elements.reduce(0) { $0 + $1.count }
            let count = min(size, rest)
            rest -= count
            let part = Part(state: report.state.rawValue, count: count, reason: report.reason)
            if let same = parts.firstIndex(where: { $0.state == part.state && $0.reason == part.reason }) {
                parts[same].count += count
            } else if count > 0 {
                parts.append(part)
            }
        }
        let known = min(rest, ended.count)
        if known > 0 { parts.append(Part(state: Self.ended, count: known)) }
        if rest > known { parts.append(Part(state: Self.gone, count: rest - known)) }
        self.parts = parts
    }

    /// `running`, or `12 running, 4 pending (Priority)`.
    var stateText: String {
        parts.map { part in
            let reason = part.reason.map { " (\($0))" } ?? ""
            return (submission.count > 1 ? "\(part.count) " : "") + part.state + reason
        }.joined(separator: ", ")
    }

    var elementsText: String {
        guard let elements = submission.submission.elements else { return "-" }
        return elements.count == 1 ? "\(elements.lowerBound)" : "\(elements.lowerBound)-\(elements.upperBound)"
    }

    /// The run's host: `alive`, `gone`, or `on node1?`.
    var hostText: String {
        switch run.life {
        case .alive: "alive"
        case .gone: "gone"
        case .unknown: "on \(run.run.host.machine)?"
        }
    }

    func write(to line: inout JSONText, now: Int64) {
        line.beginObject()
        line.field("run", run.run.id)
        line.field("site", run.run.site)
        line.field("cluster", run.run.clusterName)
        line.field("scheduler", run.run.cluster.scheduler.rawValue)
        if let job = submission.job { line.field("job", job.text) }
        line.field("name", submission.submission.name)
        line.field("allocations", submission.count)
        if let elements = submission.submission.elements {
            line.field("firstElement", elements.lowerBound)
            line.field("lastElement", elements.upperBound)
        }
        line.field("daemonsPerAllocation", submission.submission.daemonsPerElement)
        line.field("states", objects: parts) { part, line in
            line.field("state", part.state)
            line.field("count", part.count)
            if let reason = part.reason { line.field("reason", reason) }
        }
        line.field("isCancelled", !submission.cancelled.isEmpty)
        line.field("ageSeconds", Int(max(0, now - submission.planned)))
        switch run.life {
        case .alive: line.field("host", "alive")
        case .gone: line.field("host", "gone")
        case .unknown: line.field("host", "unknown")
        }
        line.field("machine", run.run.host.machine)
        line.field("process", Int(run.run.host.process))
        line.endObject()
        line.endLine()
    }
}
