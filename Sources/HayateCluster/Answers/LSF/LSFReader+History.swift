extension LSFReader {
    /// `bhist -l` or `bacct -l`: blocks of a heading and events, in lines that are wrapped within words.
    public func readAccounting(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        let errors = AnswerText.lines(of: answer.errors).filter { !AnswerText.trimmed($0).isEmpty }
        let onlyMisses = !errors.isEmpty && errors.allSatisfy { Self.isMiss($0) }
        guard answer.succeeded || onlyMisses else { return .failed(answer.complaint) }
        var reports = ReportList()
        var open: JobReport?
        for line in Self.unwrapped(answer.output) {
            if let next = Self.heading(line) {
                if let open { reports.add(open) }
                open = next
            } else if line.hasPrefix("Summary of time") || line.hasPrefix("-----")
                || (open != nil && open?.state != .unknown && Self.event(line)?.hasPrefix("Submitted from") == true)
            {
                // What follows is another job, even if its heading is missing.
                if let open { reports.add(open) }
                open = nil
            } else if open != nil, let event = Self.event(line) {
                Self.apply(event, to: &open!)
            }
        }
        if let open { reports.add(open) }
        return .jobs(reports.reports)
    }

    private static func unwrapped(_ output: String) -> [Substring] {
        var lines: [Substring] = []
        for line in AnswerText.lines(of: output) {
            // Continued lines are indented by the length of a date.
            if line.hasPrefix("                    "), !lines.isEmpty {
                lines[lines.count - 1] += line.drop { $0 == " " }
            } else {
                lines.append(line)
            }
        }
        return lines
    }

    /// `Job <123[4]>, Job Name <x[4]>, User <u>, …`
    private static func heading(_ line: Substring) -> JobReport? {
        guard line.hasPrefix("Job <"), let rest = AnswerText.after("Job <", in: line) else { return nil }
        let id = AnswerText.before(">", in: rest)
        let parts = AnswerText.fields(of: id.hasSuffix("]") ? id.dropLast() : id, by: "[", atMost: 2)
        guard AnswerText.isDigits(parts[0]), AnswerText.contains(rest, ">,") else { return nil }
        var report = JobReport(JobID(String(parts[0])), .unknown)
        if parts.count == 2 {
            guard let index = AnswerText.number(parts[1]) else { return nil }
            report.elements = [index...index]
        }
        report.name = AnswerText.after("Job Name <", in: rest).map { String(AnswerText.before(">", in: $0)) }
        return report
    }

    /// What follows the date of an event: `Thu Apr 18 10:01:28: Starting (Pid 658);`
    private static func event(_ line: Substring) -> Substring? {
        let words = AnswerText.words(of: line)
        guard words.count >= 5,
            let end = words.prefix(5).first(where: { $0.hasSuffix(":") && $0.utf8.count >= 6 })
        else {
            return nil
        }
        return AnswerText.trimmed(line[end.endIndex...])
    }

    private static func apply(_ event: Substring, to report: inout JobReport) {
        func says(_ phrase: String) -> Bool { event.hasPrefix(phrase) }
        if says("Submitted from") || says("Pending") || says("Requeued")
            || AnswerText.contains(event, "has been requeued")
        {
            report.state = .pending
            report.end = nil
        } else if says("Dispatched"), let rest = AnswerText.after("<", in: event) {
            report.nodes = nodes(String(AnswerText.before(">", in: rest)))
            report.state = .running
            report.end = nil
        } else if says("Starting") || says("Running") {
            report.state = .running
            report.end = nil
        } else if says("Unknown") {
            report.state = .unknown
        } else if says("Signal <KILL> requested by") || says("Signal <TERM> requested by")
            || says("Delete requested by")
        {
            report.reason = String(event)
        } else if says("Done successfully") || says("Completed <done>") {
            report.state = .done
            report.end = JobEnd(.completed, node: report.nodes.first)
        } else if says("Exited") || says("Completed <exit>") {
            exited(event, &report)
        }
    }

    private static func exited(_ event: Substring, _ report: inout JobReport) {
        var exit = report.end?.reason
        if let code = AnswerText.after("exit code ", in: event).flatMap({ leadingNumber($0) }) {
            exit = .exited(code: code)
        } else if let signal = AnswerText.after("by signal ", in: event).flatMap({ leadingNumber($0) }) {
            exit = .signalled(number: signal)
        }
        // `Signal <KILL> requested by user or administrator <user2>;`
        let killer = report.reason.flatMap { AnswerText.after("requested by", in: $0) }
            .flatMap { AnswerText.after("<", in: $0) }.map { String(AnswerText.before(">", in: $0)) }
        (report.state, report.end) = LSFState.end(reason: String(event), exit: exit ?? .unknown)
        if let killer {
            switch report.end?.reason {
            // A signal that somebody asked LSF for.
            case .cancelled, .signalled: (report.state, report.end) = (.cancelled, JobEnd(.cancelled(by: killer)))
            default: break
            }
        }
        report.end?.node = report.nodes.first
        report.end?.message = String(event)
    }

    private static func leadingNumber(_ text: Substring) -> Int? {
        AnswerText.number(Substring(AnswerText.trimmed(text).utf8.prefix { AnswerText.isDigit($0) }))
    }
}
