/// What Slurm tells of its site.
public struct SlurmSurvey: SchedulerSurvey {
    static let config = SurveyQuestion("scontrol", "show", "config")
    static let partitions = SurveyQuestion("scontrol", "show", "partition", "-o")
    // Without -e nodes that differ are one line with the least that they have.
    static let nodes = SurveyQuestion("sinfo", "-h", "-e", "-o", "%P|%l|%c|%m|%G|%D")

    static func associations(of user: String) -> SurveyQuestion {
        SurveyQuestion("sacctmgr", "-nP", "show", "assoc", "user=\(user)", "format=account,partition,qos")
    }

    public init() {}

    public func questions(after answers: SurveyAnswers) -> [SurveyQuestion] {
        [Self.config, Self.partitions, Self.nodes, Self.associations(of: answers.user)]
    }

    public func draft(_ answers: SurveyAnswers) -> SiteDraft {
        var draft = SiteDraft(.slurm, answers, needs: ["SLURM_CONF"])
        let config = answers.output(
            Self.config, &draft, missing: "the sizes of arrays, the accounting and preemption"
        ).map(SlurmConfig.init)
        if let config { settings(config, &draft) }
        var partitions = (answers.output(Self.partitions, &draft, missing: "the partitions' limits") ?? "")
        if partitions.isEmpty, let output = answers.output(Self.nodes) { partitions = Self.names(output) }
        let nodes = SlurmNodes(
            answers.output(
                Self.nodes, &draft,
                missing: "the processors, memory and graphics "
                    + "processors of nodes") ?? "")
        var writer = SlurmPartitions(partitions, nodes, config)
        writer.write(&draft)
        accounts(answers, config, &draft)
        return draft
    }

    private func settings(_ config: SlurmConfig, _ draft: inout SiteDraft) {
        let source = "scontrol show config"
        let main = ["clusters", "main"]
        draft.version = config["SLURM_VERSION"].map { "version \($0)" }
        draft.clusterName = config["ClusterName"]
        if let size = config.number("MaxArraySize") {
            if size > 0 {
                draft.set(main + ["submission", "maxArraySize"], size, from: "\(source): MaxArraySize")
            } else {
                draft.note("arrays are turned off: MaxArraySize is 0")
            }
        }
        if let age = config.number("MinJobAge") {
            if age > 0, age < 120 {
                draft.set(
                    main + ["polling", "interval"], .seconds(max(30, age / 2)),
                    from: "\(source): ended jobs leave the list after MinJobAge, \(age) s")
            } else {
                draft.note("ended jobs stay in squeue's list for \(age) s (MinJobAge)")
            }
        }
        switch config["AccountingStorageType"] {
        case "(null)"?, "accounting_storage/none"?, ""?:
            draft.set(
                main + ["commands", "accounting"], .list(["scontrol"]),
                from: "\(source): AccountingStorageType is none, so that sacct knows nothing")
        default: break
        }
        if let mode = config["PreemptMode"], !mode.hasPrefix("OFF"), mode != "(null)" {
            draft.note("jobs may lose their place to others: PreemptMode is \(mode)")
        }
        if let type = config["SelectTypeParameters"], type.contains("CR_"), !type.contains("MEMORY") {
            draft.note("memory is not handed out: SelectTypeParameters is \(type)")
        }
    }

    private func accounts(_ answers: SurveyAnswers, _ config: SlurmConfig?, _ draft: inout SiteDraft) {
        let question = Self.associations(of: answers.user)
        guard config?["AccountingStorageType"] != "accounting_storage/none",
            config?["AccountingStorageType"] != "(null)",
            let output = answers.output(question, &draft, missing: "your accounts")
        else { return }
        let accounts = Self.accounts(output)
        if accounts.isEmpty {
            draft.leave("your accounts: '\(question.text)' names none")
        } else {
            draft.note("accounts of \(answers.user), by sacctmgr: \(accounts.joined(separator: ", "))")
        }
    }

    /// The accounts of the user, as far as the scheduler tells.
    public static func accounts(in answers: SurveyAnswers) -> [String] {
        accounts(answers.output(associations(of: answers.user)) ?? "")
    }

    /// The accounts of `account|partition|qos` lines, each once.
    static func accounts(_ output: String) -> [String] {
        var accounts: [String] = []
        for line in AnswerText.lines(of: output) {
            let account = String(AnswerText.trimmed(AnswerText.fields(of: line)[0]))
            if !account.isEmpty, line.contains("|"), !accounts.contains(account) { accounts.append(account) }
        }
        return accounts
    }

    /// Where only sinfo tells of partitions: their names and longest times, as scontrol would say them.
    private static func names(_ output: String) -> String {
        var names: [String] = []
        return AnswerText.lines(of: output).map { AnswerText.fields(of: $0) }.filter { $0.count == 6 }.compactMap {
            fields in
            let name = String(fields[0].hasSuffix("*") ? fields[0].dropLast() : fields[0])
            guard !names.contains(name) else { return nil }
            names.append(name)
            return "PartitionName=\(name) MaxTime=\(fields[1]) Default=\(fields[0].hasSuffix("*") ? "YES" : "NO")"
        }.joined(separator: "\n")
    }
}

/// `scontrol show config`.
struct SlurmConfig {
    private var values: [String: String] = [:]

    init(_ output: String) {
        for line in AnswerText.lines(of: output) {
            guard let value = AnswerText.after("=", in: line) else { continue }
            let key = String(AnswerText.trimmed(AnswerText.before("=", in: line)))
            if values[key] == nil { values[key] = String(AnswerText.trimmed(value)) }
        }
    }

    subscript(key: String) -> String? { values[key] }

    /// The number at the beginning: `300 sec` is 300.
    func number(_ key: String) -> Int? {
        values[key].flatMap { AnswerText.words(of: $0).first }.flatMap { AnswerText.number($0) }
    }
}
