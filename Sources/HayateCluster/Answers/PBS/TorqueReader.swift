/// The commands and answers of Torque, with or without Moab.
public struct TorqueReader: AnswerReader {
    let words: CommandWords
    private let family: PBSFamily

    public init(_ cluster: ClusterProfile) {
        words = CommandWords(cluster)
        family = PBSFamily(words: words)
    }

    public func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer { family.readSubmission(answer) }

    /// In lines that are not wrapped, with the elements of arrays.
    public func statusQuery(of jobs: [JobID], user: String) -> CommandLine {
        words.status(["-f", "-1", "-t"] + jobs.map(\.text))
    }

    public func readStatus(_ answer: CommandAnswer) -> StatusAnswer {
        family.readStatus(answer) { id, record in Self.report(id, record) }
    }

    /// The logs, where they can be read: one job at a time.
    public func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine] {
        jobs.map { words.accounting(["-q", $0.text]) }
    }

    /// The lines of `tracejob`, of which the last exit status holds; or `qstat`'s, where a site names that.
    public func readAccounting(_ answer: CommandAnswer) -> StatusAnswer {
        let lines = AnswerText.lines(of: answer.output)
        guard answer.succeeded, let first = lines.first(where: { $0.hasPrefix("Job: ") }) else {
            return readStatus(answer)
        }
        guard let id = PBSJobID(first.dropFirst(5)),
            let line = lines.last(where: { AnswerText.contains($0, " exit_status=") }),
            let text = AnswerText.after(" exit_status=", in: line)
        else { return .jobs([]) }
        var record = ["job_state": "C", "exit_status": String(AnswerText.words(of: text).first ?? "")]
        if lines.contains(where: { AnswerText.contains($0, "job deleted at request of") }) {
            record["comment"] = "Job deleted"
        }
        guard var report = Self.report(id, record) else { return .jobs([]) }
        if let element = id.element { report.elements = [element...element] }
        return .jobs([report])
    }

    public func search(for name: String, user: String) -> CommandLine { family.search(for: name, user: user) }
    public func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer { family.readSearch(answer) }

    /// Whole jobs together; elements job by job, as its `-t` holds for all.
    public func cancellations(of elements: [JobElement]) -> [CommandLine] {
        words.cancellationGroups(of: elements).flatMap { group in
            let whole = group.filter(\.indices.isEmpty).map(\.job.text)
            let parts = group.filter { !$0.indices.isEmpty }
            return (whole.isEmpty ? [] : [words.cancel(whole)])
                + parts.map { words.cancel(["-t", IndexRanges.text($0.indices), $0.job.text]) }
        }
    }

    public func readCancellation(_ answer: CommandAnswer) -> String? { family.readCancellation(answer) }

    public var nodeQuery: CommandLine? { family.nodeQuery }
    public func readNodes(_ answer: CommandAnswer) -> [String] { family.readNodes(answer) }

    private static func report(_ id: PBSJobID, _ record: [String: String]) -> JobReport? {
        guard let letter = record["job_state"] else { return nil }
        var report = JobReport(id.job, .unknown)
        report.reason = record["comment"]
        switch letter {
        case "Q", "W", "T": report.state = .pending
        case "H": report.state = .held
        case "R": report.state = .running
        case "E": report.state = .completing
        case "S": report.state = .suspended
        case "C": (report.state, report.end) = end(record)
        default: report.reason = report.reason ?? "state \(letter)"
        }
        report.end?.message = report.reason
        return report
    }

    private static func end(_ record: [String: String]) -> (JobState, JobEnd) {
        let comment = record["comment"] ?? ""
        guard let status = record["exit_status"].flatMap({ Int($0) }) else {
            // Taken out of the queue before it ran.
            return record["exec_host"] == nil
                ? (.cancelled, JobEnd(.cancelled(by: nil))) : (.failed, JobEnd(.unknown))
        }
        switch PBSFamily.limit(saidIn: comment) ?? (status > 256 ? PBSFamily.limit(in: record) : nil) {
        case .timeLimit: return (.timeout, JobEnd(.timeLimit))
        case .outOfMemory: return (.outOfMemory, JobEnd(.outOfMemory))
        default: break
        }
        // A dependency that can never be satisfied ends so, too.
        if AnswerText.contains(comment, " deleted") { return (.cancelled, JobEnd(.cancelled(by: nil))) }
        switch status {
        case 0: return (.done, JobEnd(.completed))
        case -10: return (.outOfMemory, JobEnd(.outOfMemory))
        case -11, -12: return (.timeout, JobEnd(.timeLimit))
        case -2, -1, -9 ... -4: return (.failed, JobEnd(.notStarted))
        // SIGTERM, as `qdel` sends it.
        case 271: return (.cancelled, JobEnd(.cancelled(by: nil)))
        case 257...: return (.failed, JobEnd(.signalled(number: status - 256)))
        case 1...: return (.failed, JobEnd(.exited(code: status)))
        default: return (.failed, JobEnd(.unknown))
        }
    }
}
