/// What Grid Engine tells of its site.
public struct GridEngineSurvey: SchedulerSurvey {
    static let queues = SurveyQuestion("qconf", "-sql")
    static let complexes = SurveyQuestion("qconf", "-sc")
    static let environments = SurveyQuestion("qconf", "-spl")
    static let hosts = SurveyQuestion("qconf", "-sel")
    static let config = SurveyQuestion("qconf", "-sconf")
    static let machines = SurveyQuestion("qhost", "-q")
    /// Its first line is the version; the rest is about its options.
    static let help = SurveyQuestion("qconf", "-help")
    /// Each queue and each parallel environment is a command.
    private static let most = 200

    static func queue(_ name: String) -> SurveyQuestion { SurveyQuestion("qconf", "-sq", name) }
    static func environment(_ name: String) -> SurveyQuestion { SurveyQuestion("qconf", "-sp", name) }

    public init() {}

    public func questions(after answers: SurveyAnswers) -> [SurveyQuestion] {
        [Self.help, Self.queues, Self.complexes, Self.environments, Self.hosts, Self.config, Self.machines]
            + Self.names(answers.output(Self.queues)).map(Self.queue)
            + Self.names(answers.output(Self.environments)).map(Self.environment)
    }

    /// One name on each line.
    private static func names(_ output: String?) -> [String] {
        AnswerText.lines(of: output ?? "").prefix(most).map { AnswerText.words(of: $0) }
            .filter { $0.count == 1 && !$0[0].hasPrefix("-") }.map { String($0[0]) }
    }

    public func draft(_ answers: SurveyAnswers) -> SiteDraft {
        var draft = SiteDraft(
            .gridEngine, answers,
            needs: ["SGE_ROOT", "SGE_CELL", "SGE_QMASTER_PORT", "SGE_EXECD_PORT", "SGE_CLUSTER_NAME"])
        draft.clusterName = answers.variables["SGE_CLUSTER_NAME"] ?? answers.variables["SGE_CELL"]
        draft.version = answers.output(Self.help).flatMap { AnswerText.lines(of: $0).first }.map {
            String(AnswerText.trimmed($0))
        }
        settings(answers, &draft)
        let queues = queues(answers, &draft)
        environment(answers, queues, &draft)
        if let output = answers.output(
            Self.complexes, &draft,
            missing: "which complexes are memory and graphics "
                + "processors")
        {
            GridEngineComplexes(output).write(&draft)
        }
        let hosts = Self.names(answers.output(Self.hosts))
        if !hosts.isEmpty { draft.note("\(hosts.count) execution host\(hosts.count == 1 ? "" : "s") (qconf -sel)") }
        machines(answers, queues, &draft)
        return draft
    }

    private func settings(_ answers: SurveyAnswers, _ draft: inout SiteDraft) {
        guard
            let output = answers.output(
                Self.config, &draft,
                missing: "the sizes of arrays and "
                    + "limits of users")
        else { return }
        let config = GridEngineRecord(output)
        let main = ["clusters", "main"]
        if let most = config["max_aj_tasks"].flatMap({ AnswerText.number($0) }), most > 0 {
            draft.set(main + ["submission", "maxArraySize"], most, from: "qconf -sconf: max_aj_tasks")
        }
        if let most = config["max_u_jobs"].flatMap({ AnswerText.number($0) }), most > 0 {
            draft.set(main + ["submission", "maxQueued"], most, from: "qconf -sconf: max_u_jobs")
        }
        if config["enforce_project"]?.lowercased() == "true" {
            draft.set(main + ["requires"], .list(["project"]), from: "qconf -sconf: enforce_project")
        }
        if let most = config["max_aj_instances"].flatMap({ AnswerText.number($0) }), most > 0 {
            draft.note("at most \(most) elements of an array run at once (max_aj_instances)")
        }
    }

    /// - Returns: the records of the queues that are in the file, by their names.
    private func queues(_ answers: SurveyAnswers, _ draft: inout SiteDraft) -> [(
        name: String, record: GridEngineRecord
    )] {
        var found: [(String, GridEngineRecord)] = []
        let names = Self.names(answers.output(Self.queues, &draft, missing: "the queues"))
        for name in names {
            guard let output = answers.output(Self.queue(name), &draft, missing: "the limits of the queue \(name)")
            else { continue }
            let record = GridEngineRecord(output)
            if let type = record["qtype"], !type.contains("BATCH"), (record["pe_list"] ?? "NONE") == "NONE" {
                draft.note("the queue \(name) is left out: it is for \(type) jobs")
                continue
            }
            found.append((name, record))
            write(name, record, &draft)
        }
        return found
    }

    private func write(_ name: String, _ record: GridEngineRecord, _ draft: inout SiteDraft) {
        let path = ["clusters", "main", "queues", name]
        let source = "qconf -sq \(name)"
        draft.open(path)
        let times = record.values("h_rt").map { SurveyNumbers.time($0, single: 1) }
        // A host without a limit may take what others do not.
        if !times.isEmpty, !times.contains(nil) {
            draft.set(path + ["maxWalltime"], times.compactMap(\.self).max(), from: "\(source): h_rt")
        }
        let slots = record.values("slots").compactMap { AnswerText.number($0) }.filter { $0 > 0 }
        draft.set(path + ["maxCpus"], slots.max(), from: "\(source): slots")
        let restrictions = ["user_lists", "projects"].compactMap { key in
            record[key].flatMap { $0 == "NONE" ? nil : "\(key) \($0)" }
        }
        if !restrictions.isEmpty {
            draft.set(
                path + ["explicit"], "true",
                from: "\(source): only for "
                    + "\(restrictions.joined(separator: " and "))")
        }
        for key in ["h_vmem", "h_rss", "h_cpu"] {
            if let value = record[key], value != "INFINITY" { draft.note("\(name) has \(key) \(value)") }
        }
        if let shell = record["shell"], record["shell_start_mode"] == "posix_compliant", shell.hasSuffix("csh") {
            draft.note(
                "\(name) reads scripts with \(shell) unless -S names another shell, which every job of "
                    + "ours does")
        }
    }

    /// The parallel environment that gives slots of one machine, and is offered by the most queues.
    private func environment(
        _ answers: SurveyAnswers, _ queues: [(name: String, record: GridEngineRecord)], _ draft: inout SiteDraft
    ) {
        guard
            let list = answers.output(
                Self.environments, &draft,
                missing: "how jobs get more than one "
                    + "processor")
        else { return }
        let good = Self.names(list).filter { name in
            answers.output(Self.environment(name)).map { GridEngineRecord($0)["allocation_rule"] == "$pe_slots" }
                ?? false
        }
        func offers(_ name: String) -> Int {
            queues.count { queue in
                queue.record.values("pe_list").contains { AnswerText.words(of: $0).contains { $0 == name } }
            }
        }
        let best = good.max { left, right in
            (offers(left), left == "smp" ? 1 : 0, right) < (offers(right), right == "smp" ? 1 : 0, left)
        }
        guard let best, offers(best) > 0 || queues.isEmpty else {
            return draft.leave(
                "how jobs get more than one processor: no parallel environment with the allocation_rule "
                    + "$pe_slots is in a "
                    + "queue's pe_list; write parallelEnvironment: name if there is one")
        }
        draft.set(
            ["clusters", "main", "parallelEnvironment", "name"], best,
            from: "qconf -sp \(best): allocation_rule $pe_slots, in \(offers(best)) of \(queues.count) queues")
        let others = good.filter { $0 != best }
        if !others.isEmpty {
            draft.note(
                "other parallel environments of one machine: "
                    + "\(others.joined(separator: ", "))")
        }
    }

    private func machines(
        _ answers: SurveyAnswers, _ queues: [(name: String, record: GridEngineRecord)], _ draft: inout SiteDraft
    ) {
        guard let output = answers.output(Self.machines, &draft, missing: "the memory of machines") else { return }
        let memory = Self.memory(output)
        for (name, _) in queues {
            draft.set(
                ["clusters", "main", "queues", name, "maxMemory"], memory[name].map(SurveyNumbers.rounded),
                from: "qhost -q: the largest MEMTOT")
        }
    }

    /// The largest memory of the machines of each queue, from `qhost -q`.
    static func memory(_ output: String) -> [String: MemorySize] {
        var most: [String: MemorySize] = [:]
        var size: MemorySize?
        var column: Int?
        for line in AnswerText.lines(of: output) {
            let words = AnswerText.words(of: line)
            if words.first == "HOSTNAME" {
                column = words.firstIndex(of: "MEMTOT")
            } else if line.hasPrefix(" ") {
                if let size, let queue = words.first { most[String(queue)] = max(most[String(queue)] ?? size, size) }
            } else {
                size = column.flatMap { $0 < words.count ? SurveyNumbers.memory(words[$0], single: 1) : nil }
            }
        }
        return most
    }
}

/// What `qconf -sq`, `-sp` and `-sconf` print: a name and its value on each line, which goes on behind a backslash.
struct GridEngineRecord {
    private var fields: [String: String] = [:]

    init(_ output: String) {
        var open: String?
        for line in AnswerText.lines(of: output) {
            let goesOn = line.hasSuffix("\\")
            let text = AnswerText.trimmed(goesOn ? line.dropLast() : line)
            if let key = open {
                fields[key, default: ""] += (fields[key]?.isEmpty == false ? " " : "") + text
            } else {
                let key = String(text.prefix { $0 != " " && $0 != "\t" })
                guard !key.isEmpty, !key.hasPrefix("#") else { continue }
                if fields[key] == nil { fields[key] = String(AnswerText.trimmed(text.dropFirst(key.count))) }
                open = key
            }
            if !goesOn { open = nil }
        }
    }

    subscript(key: String) -> String? { fields[key] }

    /// The value, and those of single hosts and groups behind it: `8,[node1=16],[@big=64]`.
    func values(_ key: String) -> [String] {
        guard let text = fields[key] else { return [] }
        let parts = AnswerText.fields(of: text, by: "[", atMost: 10_000).enumerated().map { index, part in
            let part = AnswerText.trimmed(AnswerText.before("]", in: part))
            let value = index == 0 ? part : AnswerText.after("=", in: part) ?? ""
            return String(AnswerText.trimmed(value.hasSuffix(",") ? value.dropLast() : value))
        }
        return parts.filter { !$0.isEmpty }
    }
}
