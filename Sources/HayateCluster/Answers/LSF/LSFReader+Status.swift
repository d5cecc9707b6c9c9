extension LSFReader {
    public func readStatus(_ answer: CommandAnswer) -> StatusAnswer {
        if let failure = answer.failureToRun { return .failed(failure) }
        let errors = AnswerText.lines(of: answer.errors).filter { !AnswerText.trimmed($0).isEmpty }
        // What it says of jobs that it does not have is an answer.
        let onlyMisses = !errors.isEmpty && errors.allSatisfy { Self.isMiss($0) }
        guard answer.succeeded || onlyMisses else { return .failed(answer.complaint) }
        var reports = ReportList()
        for line in AnswerText.lines(of: answer.output) {
            if let report = line.utf8.contains(UInt8(ascii: "|")) ? Self.row(line) : Self.plainRow(line) {
                reports.add(report)
            }
        }
        return .jobs(reports.reports)
    }

    static func isMiss(_ line: Substring) -> Bool {
        ["no unfinished job found", "no job found", "is not found", "no matching job found"]
            .contains { AnswerText.contains(line, $0) }
    }

    public func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer {
        switch readStatus(answer) {
        case .failed(let reason): .failed(reason)
        case .jobs(let reports):
            // An element is called `name[3]`.
            reports.first { $0.name.map { AnswerText.before("[", in: $0) == name } ?? false }
                .map { .found($0.job) } ?? .absent
        }
    }

    /// `123|4|EXIT|137|n1|TERM_OWNER: job killed by owner|name[4]`, in the order of `format`; a dash is nothing.
    private static func row(_ line: Substring) -> JobReport? {
        let fields = AnswerText.fields(of: line, atMost: 7).map { AnswerText.trimmed($0) }
        guard fields.count >= 3, var report = report(id: fields[0], index: fields[1], state: fields[2]) else {
            return nil
        }
        func field(_ index: Int) -> String? {
            index < fields.count && !fields[index].isEmpty && fields[index] != "-" ? String(fields[index]) : nil
        }
        report.nodes = nodes(field(4) ?? "")
        report.reason = field(5)
        report.name = field(6)
        finish(&report, exit: field(3).flatMap { AnswerText.number($0) }.map(LSFState.exit))
        return report
    }

    /// A line of `bjobs -w`: `123 user RUN normal login n1 name[3] Nov 23 02:10`; the name may have blanks, and the
    /// index is nowhere else.
    private static func plainRow(_ line: Substring) -> JobReport? {
        let words = AnswerText.words(of: line)
        guard words.count >= 7, var report = report(id: words[0], index: "0", state: words[2]),
            // A line whose third word is no state is none of a job.
            report.state != .unknown || ["UNKWN", "ZOMBI"].contains(words[2])
        else { return nil }
        // Behind the machine, which jobs that wait do not have.
        let waits = report.state == .pending || report.state == .held
        let name = words.dropLast(3).dropFirst(waits ? 5 : 6).joined(separator: " ")
        if !waits { report.nodes = nodes(String(words[5])) }
        report.name = name
        if name.hasSuffix("]"), let inside = AnswerText.after("[", in: name),
            let index = AnswerText.number(inside.dropLast())
        {
            report.elements = [index...index]
        }
        finish(&report, exit: nil)
        return report
    }

    private static func report(id: Substring, index: Substring, state: Substring) -> JobReport? {
        guard AnswerText.isDigits(id) else { return nil }
        var report = JobReport(JobID(String(id)), LSFState.state(state))
        // Outside of arrays it is zero.
        if let index = AnswerText.number(index), index > 0 { report.elements = [index...index] }
        if report.state == .unknown { report.reason = String(state) }
        return report
    }

    private static func finish(_ report: inout JobReport, exit: JobEnd.Reason?) {
        switch report.state {
        case .done: report.end = JobEnd(.completed)
        case .failed: (report.state, report.end) = LSFState.end(reason: report.reason, exit: exit)
        default: return
        }
        report.end?.node = report.nodes.first
        report.end?.message = report.reason
    }

    /// `4*n1:n2`, `n1`.
    static func nodes(_ text: String) -> [String] {
        var nodes: [String] = []
        for part in AnswerText.fields(of: text, by: ":", atMost: 4096) {
            let name = String(AnswerText.after("*", in: part) ?? part)
            if !name.isEmpty, name != "-", !nodes.contains(name) { nodes.append(name) }
        }
        return nodes
    }
}
