/// Slurm's commands and answers, in text with a delimiter of our own: the JSON of its tools needs a plugin, dumps
/// all there
/// is, and has changed its shape with every second release.
public struct SlurmReader: AnswerReader {
    let words: CommandWords

    public init(_ cluster: ClusterProfile) { words = CommandWords(cluster) }

    private static let statusFormat = "%i|%T|%r|%N|%j"
    private static let accountingFormat = "JobID,State,ExitCode,DerivedExitCode,Reason,NodeList,Cluster,JobName"
    /// More than that many ids are left out of the query, which then asks for all jobs of the user.
    private static let mostNamed = 2000

    public func statusQuery(of jobs: [JobID], user: String) -> CommandLine {
        var arguments = ["-h", "-t", "all", "-o", Self.statusFormat]
        // The controller sends the jobs of one user alone; squeue itself picks those that are named.
        if !user.isEmpty { arguments += ["-u", user] }
        if user.isEmpty || jobs.count <= Self.mostNamed, !jobs.isEmpty {
            arguments += ["-j", jobs.map { number(of: $0) }.joined(separator: ",")]
        }
        return quiet(words.status(clusters(of: jobs) + arguments))
    }

    public func accountingQueries(of jobs: [JobID], since: Int64) -> [CommandLine] {
        guard !jobs.isEmpty else { return [] }
        if asksController { return controllerQueries(of: jobs) }
        // An hour earlier than the submission: clocks differ.
        var query = words.accounting(
            clusters(of: jobs) + [
                "-X", "-n", "-P", "-S", CivilTime.text(since - 3600), "-j",
                jobs.map { number(of: $0) }.joined(separator: ","), "-o", Self.accountingFormat,
            ])
        // The time after -S is in the zone of the command.
        query.environment["TZ"] = "UTC0"
        return [quiet(query)]
    }

    public func accountingFallback(of jobs: [JobID]) -> [CommandLine] {
        asksController ? [] : controllerQueries(of: jobs)
    }

    /// Whether the site has no accounting and says so by naming `scontrol` in its place.
    private var asksController: Bool {
        words.cluster.commands.accounting?.last.map { $0 == "scontrol" || $0.hasSuffix("/scontrol") } ?? false
    }

    private func controllerQueries(of jobs: [JobID]) -> [CommandLine] {
        jobs.map { job in
            let arguments = clusters(of: [job]) + ["show", "job", "-o", number(of: job)]
            return quiet(asksController ? words.accounting(arguments) : words.other("scontrol", arguments))
        }
    }

    public func search(for name: String, user: String) -> CommandLine {
        var arguments = ["-h", "-t", "all", "-o", Self.statusFormat]
        if !user.isEmpty { arguments += ["-u", user] }
        return quiet(words.status(clusters(of: []) + arguments + ["-n", name]))
    }

    public func cancellations(of elements: [JobElement]) -> [CommandLine] {
        words.cancellationGroups(of: elements).flatMap { group in
            // One command for each cluster: its -M holds for all ids.
            let byCluster = Dictionary(grouping: group) { self.clusters(of: [$0.job]) }
            return byCluster.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { clusters, jobs in
                quiet(words.cancel(clusters + jobs.map { job in
                    let number = number(of: job.job)
                    switch job.indices.count {
                    case 0: return number
                    case 1: return "\(number)_\(job.indices[0])"
                    default: return "\(number)_[\(IndexRanges.text(job.indices))]"
                    }
                }))
            }
        }
    }

    public func readCancellation(_ answer: CommandAnswer) -> String? {
        if let failure = answer.failureToRun { return failure }
        let lines = AnswerText.lines(of: answer.errors).filter { line in
            // An end that came before the cancellation.
            AnswerText.contains(line, "error:") && !AnswerText.contains(line, "invalid job id specified")
                && !AnswerText.contains(line, "already completing or completed")
        }
        if !lines.isEmpty { return AnswerText.sentence(lines.joined(separator: "\n")) }
        if answer.succeeded || AnswerText.contains(answer.errors, "invalid job id specified")
            || AnswerText.contains(answer.errors, "already completing or completed") {
            return nil
        }
        return answer.complaint
    }

    public var nodeQuery: CommandLine? { quiet(words.other("sinfo", clusters(of: []) + ["-h", "-N", "-o", "%o"])) }

    public func readNodes(_ answer: CommandAnswer) -> [String] {
        guard answer.succeeded else { return [] }
        var nodes: [String] = []
        var seen: Set<String> = []
        for line in AnswerText.lines(of: answer.output) {
            let words = AnswerText.words(of: line)
            guard words.count == 1, seen.insert(String(words[0])).inserted else { continue }
            nodes.append(String(words[0]))
        }
        return nodes
    }

    /// The id as Slurm's commands take it: without the cluster that submissions answer behind a semicolon.
    private func number(of job: JobID) -> String { String(AnswerText.before(";", in: job.text)) }

    /// `-M`, for the profile's cluster and those that ids name.
    private func clusters(of jobs: [JobID]) -> [String] {
        var names: [String] = []
        for job in jobs {
            let name = AnswerText.after(";", in: job.text).map(String.init) ?? words.cluster.commands.clusterFlag
            if let name, !names.contains(name) { names.append(name) }
        }
        if jobs.isEmpty, let name = words.cluster.commands.clusterFlag { names = [name] }
        return names.isEmpty ? [] : ["-M", names.joined(separator: ",")]
    }

    /// Without what users set for their own eyes, and with index lists in full.
    private func quiet(_ command: CommandLine) -> CommandLine {
        var command = command
        command.unset += ["SQUEUE_*", "SACCT_*", "SCANCEL_*", "SINFO_*", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT"]
        command.environment["SLURM_BITSTR_LEN"] = "0"
        return command
    }
}
