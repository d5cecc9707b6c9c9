extension SlurmReader {
    public func readStatus(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard answer.succeeded else {
            // The answer for one job that is not in the queue any more; for several there is none.
            return AnswerText.contains(answer.errors, "invalid job id specified")
                ? .jobs([]) : .failed(answer.complaint)
        }
        var reports = ReportList()
        for row in queueRows(of: answer.output) { reports.add(row) }
        return .jobs(reports.reports)
    }

    public func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard answer.succeeded else { return .failed(answer.complaint) }
        return queueRows(of: answer.output).first { $0.name == name }.map { .found($0.job) } ?? .absent
    }

    /// `9_[3-9%3]|PENDING|JobArrayTaskLimit||name`. The columns after the state may be missing.
    private func queueRows(of output: String) -> [JobReport] {
        var cluster: Substring?
        return AnswerText.lines(of: output).compactMap { line in
            // With -M there is such a line before the jobs of each cluster.
            if let name = AnswerText.after("cluster: ", in: line), line.utf8.first == UInt8(ascii: "C") {
                cluster = AnswerText.trimmed(name)
                return nil
            }
            let fields = AnswerText.fields(of: line, atMost: 5)
            guard fields.count >= 2, var report = report(of: fields[0], cluster: cluster, state: fields[1]) else {
                return nil
            }
            if fields.count > 2 { report.reason = Self.said(fields[2]) }
            if fields.count > 3 { report.nodes = HostList.expanded(AnswerText.trimmed(fields[3])) }
            if fields.count > 4 { report.name = String(fields[4]) }
            if report.state == .pending, SlurmState.isHeld(report.reason) { report.state = .held }
            report.end = SlurmState.end(report, exitCode: nil, by: nil)
            return report
        }
    }

    /// A job and its elements: `9`, `9_2`, `9_[3-9%3]`. Nil for steps, parts of heterogeneous jobs, and anything else.
    func report(of id: Substring, cluster: Substring?, state: Substring) -> JobReport? {
        let parts = AnswerText.fields(of: id, by: "_", atMost: 2)
        guard AnswerText.isDigits(parts[0]) else { return nil }
        var report = JobReport(job(parts[0], cluster: cluster), SlurmState.state(state))
        guard parts.count == 2 else { return report }
        var indices = parts[1]
        if indices.hasPrefix("["), indices.hasSuffix("]") {
            indices = indices.dropFirst().dropLast()
        } else if !AnswerText.isDigits(indices) {
            return nil
        }
        guard let elements = IndexRanges.read(indices) else { return nil }
        report.elements = elements
        return report
    }

    /// A reason that says something.
    static func said(_ reason: some StringProtocol) -> String? {
        let reason = AnswerText.trimmed(reason)
        return reason.isEmpty || reason == "None" || reason == "(null)" ? nil : String(reason)
    }
}
