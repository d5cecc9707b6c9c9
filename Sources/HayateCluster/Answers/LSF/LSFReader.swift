/// The commands and answers of Spectrum LSF; of openlava and volclava, too, where the profile's status command is
/// `bjobs -w`.
public struct LSFReader: AnswerReader {
    let words: CommandWords

    public init(_ cluster: ClusterProfile) { words = CommandWords(cluster) }

    static let format = "jobid jobindex stat exit_code exec_host exit_reason job_name delimiter='|'"

    public func statusQuery(of jobs: [JobID], user: String) -> CommandLine {
        query(user, jobs.map(\.text))
    }

    public func search(for name: String, user: String) -> CommandLine { query(user, ["-J", name]) }

    private func query(_ user: String, _ which: [String]) -> CommandLine {
        // openlava has no columns of one's own choice, and says nothing of its knowledge of -o but a usage text.
        let isPlain = words.cluster.commands.status?.contains("-w") ?? false
        return quiet(words.status(
            ["-a"] + (isPlain ? [] : ["-noheader", "-o", Self.format]) + (user.isEmpty ? [] : ["-u", user]) + which))
    }

    public func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine] {
        jobs.isEmpty ? [] : [quiet(words.accounting(["-l"] + jobs.map(\.text)))]
    }

    public func cancellations(of elements: [JobElement]) -> [CommandLine] {
        words.cancellationGroups(of: elements).map { group in
            quiet(words.cancel(group.map { job in
                job.indices.isEmpty ? job.job.text : "\(job.job)[\(IndexRanges.text(job.indices))]"
            }))
        }
    }

    public func readCancellation(_ answer: CommandAnswer) -> String? {
        if let failure = answer.failureToRun { return failure }
        if answer.succeeded { return nil }
        let lines = AnswerText.lines(of: answer.output + "\n" + answer.errors)
            .filter { !AnswerText.trimmed($0).isEmpty }
        let complaints = lines.filter { line in
            !["is being terminated", "already finished", "no matching job found", "is not found", "being signaled"]
                .contains { AnswerText.contains(line, $0) }
        }
        if complaints.isEmpty, !lines.isEmpty { return nil }
        return AnswerText.sentence(complaints.joined(separator: "\n")) ?? answer.complaint
    }

    public var nodeQuery: CommandLine? { quiet(words.other("bhosts", ["-w"])) }

    /// The first column, without its heading.
    public func readNodes(_ answer: CommandAnswer) -> [String] {
        guard answer.succeeded else { return [] }
        return AnswerText.lines(of: answer.output).compactMap { AnswerText.words(of: $0).first }
            .filter { $0 != "HOST_NAME" }.map(String.init)
    }

    /// One try: without it the commands wait for a system that is down for as long as it is.
    private func quiet(_ command: CommandLine) -> CommandLine {
        var command = command
        command.unset += ["LSB_BJOBS_FORMAT", "LSB_BHOSTS_FORMAT", "LSB_DISPLAY_YEAR", "LSB_SHORT_HOSTLIST"]
        command.environment["LSB_NTRIES"] = "1"
        return command
    }
}
