/// The command lines of a cluster, with what its profile says of them.
struct CommandWords: Sendable {
    var cluster: ClusterProfile

    init(_ cluster: ClusterProfile) { self.cluster = cluster }

    private var rules: CommandRules { cluster.commands }

    func status(_ arguments: [String]) -> CommandLine {
        line(rules.status ?? [cluster.facts.statusCommand], arguments)
    }

    func cancel(_ arguments: [String]) -> CommandLine {
        line(rules.cancel ?? [cluster.facts.cancelCommand], arguments)
    }

    func accounting(_ arguments: [String]) -> CommandLine {
        line(rules.accounting ?? cluster.facts.accountingCommand.map { [$0] } ?? [], arguments)
    }

    /// Another program of the scheduler, which no profile names: beside the one for the status, where that is a path.
    func other(_ name: String, _ arguments: [String]) -> CommandLine {
        line(sibling(name), arguments)
    }

    /// `/opt/slurm/bin/squeue` has `/opt/slurm/bin/sinfo` beside it, and so have `sudo -u x squeue` and the like; a
    /// wrapper
    /// of another name says nothing of other programs.
    private func sibling(_ name: String) -> [String] {
        guard var words = rules.status, let last = words.popLast() else { return [name] }
        let parts = AnswerText.fields(of: last, by: "/", atMost: .max)
        guard parts.last.map(String.init) == cluster.facts.statusCommand else { return [name] }
        return words + [parts.dropLast().map { $0 + "/" }.joined() + name]
    }

    private func line(_ words: [String], _ arguments: [String]) -> CommandLine {
        var line = CommandLine(words + arguments)
        line.environment = rules.environment
        line.timeLimit = rules.timeout
        return line
    }

    /// Takes elements apart into groups that one command may cancel: whole jobs, and indices of one job.
    /// Each element counts as one, and so does a whole job.
    func cancellationGroups(of elements: [JobElement]) -> [[CancelledJob]] {
        let most = max(1, cluster.submission.cancelBatch)
        var groups: [[CancelledJob]] = []
        var open: [CancelledJob] = []
        var room = most
        func close() {
            if !open.isEmpty { groups.append(open) }
            open = []
            room = most
        }
        for var job in Self.byJob(elements) {
            if job.indices.isEmpty {
                if room == 0 { close() }
                open.append(job)
                room -= 1
            }
            while !job.indices.isEmpty {
                if room == 0 { close() }
                let taken = Array(job.indices.prefix(room))
                open.append(CancelledJob(job: job.job, indices: taken))
                room -= taken.count
                job.indices.removeFirst(taken.count)
            }
        }
        close()
        return groups
    }

    /// In the order of their first mention; a job that is meant as a whole has no indices.
    private static func byJob(_ elements: [JobElement]) -> [CancelledJob] {
        var order: [JobID] = []
        var indices: [JobID: Set<Int>] = [:]
        var whole: Set<JobID> = []
        for element in elements {
            if indices[element.job] == nil {
                order.append(element.job)
                indices[element.job] = []
            }
            if let index = element.index { indices[element.job]?.insert(index) } else { whole.insert(element.job) }
        }
        return order.map { CancelledJob(job: $0, indices: whole.contains($0) ? [] : (indices[$0] ?? []).sorted()) }
    }
}

/// A job of which all, or these elements, are to be cancelled.
struct CancelledJob {
    var job: JobID
    /// In order; empty: all.
    var indices: [Int]
}
