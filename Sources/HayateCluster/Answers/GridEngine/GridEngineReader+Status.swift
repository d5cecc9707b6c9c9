extension GridEngineReader {
    public func readStatus(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        let records = MarkupRecords(answer.output, container: "job_list")
        // A list that was cut short would have jobs look as if they had left the queue.
        guard answer.succeeded, records.lastClosed == "job_info" else { return .failed(answer.complaint) }
        var reports = ReportList()
        for record in records.records {
            if let report = Self.report(of: record) { reports.add(report) }
        }
        return .jobs(reports.reports)
    }

    public func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer {
        switch readStatus(answer) {
        case .failed(let reason): .failed(reason)
        case .jobs(let reports): reports.first { $0.name == name }.map { .found($0.job) } ?? .absent
        }
    }

    private static func report(of record: [String: String]) -> JobReport? {
        guard let id = record["JB_job_number"], AnswerText.isDigits(id), let letters = record["state"] else {
            return nil
        }
        var report = JobReport(JobID(id), state(letters))
        if let tasks = record["tasks"] {
            guard let elements = IndexRanges.read(AnswerText.trimmed(tasks)) else { return nil }
            report.elements = elements
        }
        report.name = record["full_job_name"] ?? record["JB_name"]
        // `queue@host`.
        if let host = record["queue_name"].flatMap({ AnswerText.after("@", in: $0) }), !host.isEmpty {
            report.nodes = [String(host)]
        }
        if letters.contains("E") {
            report.reason = "error state \(letters): 'qstat -j \(id)' tells why, and 'qmod -cj \(id)' releases it"
        } else if report.state == .held || report.state == .suspended || report.state == .unknown {
            report.reason = letters
        }
        return report
    }

    /// What the letters mean, large and small ones apart: `qw`, `hqw`, `Eqw`, `r`, `t`, `Rr`, `hr`, `s`, `S`, `T`,
    /// `dr`, `z`.
    private static func state(_ letters: String) -> JobState {
        let known = "qwhERrtsSTNPdzx"
        guard !letters.isEmpty, letters.allSatisfy({ known.contains($0) }) else { return .unknown }
        func has(_ any: String) -> Bool { letters.contains { any.contains($0) } }
        // Registered for deletion: it may still run until its last notice is over.
        if has("d") { return .completing }
        // It never leaves this state by itself.
        if has("E") { return .held }
        if has("sSTNP") { return .suspended }
        if has("rt") { return .running }
        if has("h") { return .held }
        return has("qw") ? .pending : .unknown
    }
}
