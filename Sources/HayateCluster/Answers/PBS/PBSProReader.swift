/// The commands and answers of PBS Professional and OpenPBS.
///
/// Jobs are asked for in the form with delimiters (`-F dsv`), one job in each line: JSON is not valid in older
/// versions, where
/// variables are not escaped, and later ones print only the first of several jobs. Answers in the form for people are
/// read as well.
public struct PBSProReader: AnswerReader {
    let words: CommandWords
    private let family: PBSFamily

    public init(_ cluster: ClusterProfile) {
        words = CommandWords(cluster)
        family = PBSFamily(words: words)
    }

    public func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer { family.readSubmission(answer) }

    private static let format = ["-t", "-f", "-F", "dsv", "-D", "|"]

    /// Without the history, which many sites do not keep, and which would be refused there.
    public func statusQuery(of jobs: [JobID], user: String) -> CommandLine {
        words.status(Self.format + jobs.map(\.text))
    }

    public func readStatus(_ answer: CommandAnswer) -> StatusAnswer {
        family.readStatus(answer) { id, record in Self.report(id, record) }
    }

    /// The history, where the site keeps one.
    public func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine] {
        jobs.isEmpty ? [] : [words.accounting(["-x"] + Self.format + jobs.map(\.text))]
    }

    public func readAccounting(_ answer: CommandAnswer) -> StatusAnswer { readStatus(answer) }

    public func search(for name: String, user: String) -> CommandLine { family.search(for: name, user: user) }
    public func readSearch(_ answer: CommandAnswer, for name: String) -> SearchAnswer { family.readSearch(answer) }

    /// Each word is a job, or one range of its elements.
    public func cancellations(of elements: [JobElement]) -> [CommandLine] {
        words.cancellationGroups(of: elements).map { group in
            words.cancel(group.flatMap { job -> [String] in
                guard !job.indices.isEmpty, let id = PBSJobID(job.job.text) else { return [job.job.text] }
                return IndexRanges.ranges(job.indices).map { id.with(IndexRanges.text($0)) }
            })
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
        case "R", "B": report.state = .running
        case "E": report.state = .completing
        case "S", "U": report.state = .suspended
        case "F", "X": (report.state, report.end) = end(record)
        case "M": report.reason = report.reason ?? "moved to another server"
        default: report.reason = report.reason ?? "state \(letter)"
        }
        report.end?.message = report.reason
        return report
    }

    private static func end(_ record: [String: String]) -> (JobState, JobEnd) {
        let comment = record["comment"] ?? ""
        let status = record["exit_status"].flatMap { Int($0) }
        let bySignal = (status ?? 0) > 256
        switch PBSFamily.limit(saidIn: comment) ?? limit(status) ?? (bySignal ? PBSFamily.limit(in: record) : nil) {
        case .timeLimit: return (.timeout, JobEnd(.timeLimit))
        case .outOfMemory: return (.outOfMemory, JobEnd(.outOfMemory))
        default: break
        }
        if AnswerText.contains(comment, "preempt") { return (.preempted, JobEnd(.preempted)) }
        // Substate 91 is a deletion: the exit status of an element that was deleted is 0. But a job whose deletion
        // failed,
        // and which then ran to its end, keeps it.
        let hasFinished = comment.hasSuffix("and finished")
        if (record["substate"] == "91" && !hasFinished) || AnswerText.contains(comment, "terminated")
            || AnswerText.contains(comment, "deleted")
        {
            let by = AnswerText.after("terminated by ", in: comment) ?? AnswerText.after("deleted by ", in: comment)
            return (.cancelled, JobEnd(.cancelled(by: by.flatMap { AnswerText.words(of: $0).first }.map(String.init))))
        }
        guard let status else { return (.failed, JobEnd(.unknown)) }
        switch status {
        case 0: return record["substate"] == "93" ? (.failed, JobEnd(.unknown)) : (.done, JobEnd(.completed))
        case -25, -24: return (.cancelled, JobEnd(.cancelled(by: "PBS, for more processors than were asked for")))
        // Before the script's first line: no uid, no password, no ticket, no output file, refused by a hook.
        case -1, -2, -10 ... -4, -13, -17, -19, -23: return (.failed, JobEnd(.notStarted))
        case 257...: return (.failed, JobEnd(.signalled(number: status - 256)))
        case 1...: return (.failed, JobEnd(.exited(code: status)))
        default: return (.failed, JobEnd(.unknown))
        }
    }

    private static func limit(_ status: Int?) -> JobEnd.Reason? {
        switch status {
        case -29, -28: .timeLimit
        case -27, -26: .outOfMemory
        default: nil
        }
    }
}
