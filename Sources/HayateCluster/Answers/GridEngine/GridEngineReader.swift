/// Grid Engine's commands and answers: Sun's, Son of, Open, Univa's and Altair's.
public struct GridEngineReader: AnswerReader {
    let words: CommandWords

    public init(_ cluster: ClusterProfile) { words = CommandWords(cluster) }

    /// It has no list of certain jobs with their states: all of the user's come. Plain text would cut names.
    public func statusQuery(of jobs: [JobID], user: String) -> CommandLine {
        words.status(["-u", user.isEmpty ? "*" : user, "-xml"])
    }

    /// One for each job: `qacct` takes one id.
    public func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine] {
        jobs.map { words.accounting(["-j", $0.text]) }
    }

    /// With `-r` there are full names even where the list has them cut.
    public func search(for name: String, user: String) -> CommandLine {
        words.status(["-u", user.isEmpty ? "*" : user, "-r", "-xml"])
    }

    /// Whole jobs together; elements range by range, as its `-t` takes one.
    public func cancellations(of elements: [JobElement]) -> [CommandLine] {
        words.cancellationGroups(of: elements).flatMap { group in
            var lines: [CommandLine] = []
            let whole = group.filter(\.indices.isEmpty)
            if !whole.isEmpty { lines.append(words.cancel(whole.map(\.job.text))) }
            for job in group where !job.indices.isEmpty {
                for range in IndexRanges.ranges(job.indices) {
                    let text = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
                    lines.append(words.cancel([job.job.text, "-t", text]))
                }
            }
            return lines
        }
    }

    public func readCancellation(_ answer: CommandAnswer) -> String? {
        if let failure = answer.failureToRun { return failure }
        if answer.succeeded { return nil }
        // What has been done goes to the output, and so do some refusals.
        let lines = AnswerText.lines(of: answer.output + "\n" + answer.errors)
        let refusals = lines.filter { line in
            !AnswerText.trimmed(line).isEmpty && !Self.isDone(line)
        }
        if refusals.isEmpty, !lines.isEmpty { return nil }
        return AnswerText.sentence(refusals.joined(separator: "\n")) ?? answer.complaint
    }

    private static func isDone(_ line: Substring) -> Bool {
        ["\" does not exist", " has deleted job", "for deletion", "already in deletion", "is already deleted"]
            .contains { AnswerText.contains(line, $0) }
    }

    /// The execution hosts.
    public var nodeQuery: CommandLine? { words.other("qconf", ["-sel"]) }

    public func readNodes(_ answer: CommandAnswer) -> [String] {
        guard answer.succeeded else { return [] }
        return AnswerText.lines(of: answer.output).map { AnswerText.words(of: $0) }.filter { $0.count == 1 }
            .map { String($0[0]) }
    }
}
