extension SlurmReader {
    public func readAccounting(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        guard answer.succeeded else {
            // What `scontrol` says of a job that it has forgotten.
            return AnswerText.contains(answer.errors, "invalid job id specified")
                ? .jobs([]) : .failed(answer.complaint)
        }
        var reports = ReportList()
        for line in AnswerText.lines(of: answer.output) {
            guard let report = line.hasPrefix("JobId=") ? controllerRecord(line) : accountingRow(line) else { continue }
            reports.add(report)
        }
        return .jobs(reports.reports)
    }

    /// `9_2|CANCELLED by 0|0:0|0:0|None|n1|cluster|name`, in the order of `accountingFormat`; columns after the
    /// exit code may be missing.
    private func accountingRow(_ line: Substring) -> JobReport? {
        let fields = AnswerText.fields(of: line, atMost: 8)
        guard fields.count >= 3 else { return nil }
        // Without -M the cluster is the only one, and nobody names it.
        let isNamed = words.cluster.commands.clusterFlag != nil
        let cluster = isNamed && fields.count > 6 && !fields[6].isEmpty ? fields[6] : nil
        guard var report = report(of: fields[0], cluster: cluster, state: fields[1]) else { return nil }
        if fields.count > 4 { report.reason = Self.said(fields[4]) }
        if fields.count > 5, fields[5] != "None assigned" {
            report.nodes = HostList.expanded(AnswerText.trimmed(fields[5]))
        }
        if fields.count > 7 { report.name = String(fields[7]) }
        finish(&report, state: fields[1], exitCode: fields[2])
        return report
    }

    /// A record of `scontrol show job -o`: words `Key=value`, of which the job's name may hold anything.
    private func controllerRecord(_ line: Substring) -> JobReport? {
        guard let id = Self.value("JobId", in: line), let rest = AnswerText.after(" UserId=", in: line),
            let state = Self.value("JobState", in: rest)
        else { return nil }
        let heading = AnswerText.before(" UserId=", in: line)
        let array = Self.value("ArrayJobId", in: heading)
        let task = Self.value("ArrayTaskId", in: heading)
        let text = array.flatMap { array in task.map { "\(array)_[\($0)]" } } ?? String(id)
        guard var report = report(of: Substring(text), cluster: nil, state: state) else { return nil }
        report.name = AnswerText.after(" JobName=", in: heading).map(String.init)
        report.reason = Self.value("Reason", in: rest).flatMap(Self.said)
        if let nodes = Self.value("NodeList", in: rest), nodes != "(null)" { report.nodes = HostList.expanded(nodes) }
        if report.nodes.isEmpty, let node = Self.value("BatchHost", in: rest) { report.nodes = [String(node)] }
        finish(&report, state: state, exitCode: Self.value("ExitCode", in: rest) ?? "")
        return report
    }

    private func finish(_ report: inout JobReport, state: Substring, exitCode: Substring) {
        if report.state == .pending, SlurmState.isHeld(report.reason) { report.state = .held }
        // Whose number it is: `CANCELLED by 1001`.
        let by = AnswerText.after(" by ", in: state).map { "uid \(AnswerText.trimmed($0))" }
        report.end = SlurmState.end(report, exitCode: exitCode, by: by)
        if SlurmState.isStart(state) { report.end?.reason = .notStarted }
    }

    private static func value(_ key: String, in text: Substring) -> Substring? {
        var rest = text
        if rest.hasPrefix(key + "=") {
            rest = rest.dropFirst(key.count + 1)
        } else if let found = AnswerText.after(" \(key)=", in: rest) {
            rest = found
        } else {
            return nil
        }
        return AnswerText.before(" ", in: rest)
    }
}
