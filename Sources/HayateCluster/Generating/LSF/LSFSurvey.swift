/// What LSF, openlava and volclava tell of their sites.
public struct LSFSurvey: SchedulerSurvey {
    static let cluster = SurveyQuestion("lsid")
    static let queues = SurveyQuestion("bqueues", "-l")
    static let parameters = SurveyQuestion("bparams", "-a")
    static let hosts = SurveyQuestion("lshosts", "-w")

    /// The file with the units of limits, where the variables of LSF say that it is.
    static func configuration(_ answers: SurveyAnswers) -> SurveyQuestion? {
        answers.variables["LSF_ENVDIR"].flatMap { $0.hasPrefix("/") ? SurveyQuestion("cat", $0 + "/lsf.conf") : nil }
    }

    public init() {}

    public func questions(after answers: SurveyAnswers) -> [SurveyQuestion] {
        [Self.cluster, Self.queues, Self.parameters, Self.hosts] + [Self.configuration(answers)].compactMap(\.self)
    }

    public func draft(_ answers: SurveyAnswers) -> SiteDraft {
        var draft = SiteDraft(.lsf, answers, needs: ["LSF_ENVDIR", "LSF_SERVERDIR", "LSF_BINDIR", "LSF_LIBDIR"])
        let lines = AnswerText.lines(of: answers.output(Self.cluster) ?? "")
        draft.version = lines.first.map { String(AnswerText.trimmed(AnswerText.before(",", in: $0))) }
        draft.clusterName = lines.lazy.compactMap { AnswerText.after("My cluster name is", in: $0) }.first
            .map { String(AnswerText.trimmed($0)) }
        let unit = settings(answers, &draft)
        let parameters = parameters(answers, &draft)
        let machine = LSFMachine(
            answers.output(
                Self.hosts, &draft,
                missing: "the processors and memory "
                    + "of machines") ?? "")
        let queues = LSFQueue.read(answers.output(Self.queues, &draft, missing: "the queues") ?? "", unit: unit)
        if queues.isEmpty, answers.output(Self.queues) != nil { draft.leave("the queues: bqueues -l names none") }
        let defaults = parameters["DEFAULT_QUEUE"].map { AnswerText.words(of: $0).map(String.init) } ?? []
        for queue in queues { queue.write(machine, isDefault: defaults.contains(queue.name), &draft) }
        return draft
    }

    /// - Returns: how many bytes the numbers of limits count.
    private func settings(_ answers: SurveyAnswers, _ draft: inout SiteDraft) -> UInt64 {
        guard let question = Self.configuration(answers) else {
            draft.leave(
                "the unit of memory limits: the variable LSF_ENVDIR does not say where lsf.conf is; it "
                    + "counts as KB")
            return 1 << 10
        }
        guard
            let output = answers.output(
                question, &draft,
                missing: "the unit of memory limits, which "
                    + "counts as KB")
        else {
            return 1 << 10
        }
        let config = Self.assignments(output)
        let main = ["clusters", "main"]
        let units: [String: UInt64] = ["KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30]
        let word = config["LSF_UNIT_FOR_LIMITS"]?.uppercased() ?? "KB"
        draft.set(
            main + ["memory", "limitUnit"], units[word] == nil ? nil : word, from: "lsf.conf: LSF_UNIT_FOR_LIMITS")
        if config["LSB_JOB_MEMLIMIT"]?.lowercased() == "y" {
            draft.set(main + ["memory", "perJobLimit"], "true", from: "lsf.conf: LSB_JOB_MEMLIMIT")
        }
        return units[word] ?? 1 << 10
    }

    /// The parameters by their names; `bparams` without `-a` has sentences in their place.
    private func parameters(_ answers: SurveyAnswers, _ draft: inout SiteDraft) -> [String: String] {
        guard
            let output = answers.output(
                Self.parameters, &draft,
                missing: "the sizes of arrays and the "
                    + "default queue")
        else {
            return [:]
        }
        var values = Self.assignments(output)
        for line in AnswerText.lines(of: output) {
            if let queues = AnswerText.after("Default Queues:", in: line) { values["DEFAULT_QUEUE"] = String(queues) }
        }
        let main = ["clusters", "main"]
        if let most = values["MAX_JOB_ARRAY_SIZE"].flatMap({ AnswerText.number($0) }), most > 0 {
            draft.set(main + ["submission", "maxArraySize"], most, from: "bparams -a: MAX_JOB_ARRAY_SIZE")
        }
        if values["RESOURCE_RESERVE_PER_TASK"]?.lowercased() == "y" {
            draft.set(main + ["memory", "perTaskReserve"], "true", from: "bparams -a: RESOURCE_RESERVE_PER_TASK")
        }
        if let period = values["CLEAN_PERIOD"].flatMap({ AnswerText.number($0) }), period < 120 {
            draft.set(
                main + ["polling", "interval"], .seconds(max(30, period / 2)),
                from: "bparams -a: ended jobs leave the list after CLEAN_PERIOD, \(period) s")
        }
        return values
    }

    /// `NAME = value`, with comments behind `#`.
    private static func assignments(_ output: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in AnswerText.lines(of: output) {
            let line = AnswerText.before("#", in: line)
            guard let value = AnswerText.after("=", in: line) else { continue }
            let name = String(AnswerText.trimmed(AnswerText.before("=", in: line)))
            let text = AnswerText.trimmed(value).filter { $0 != "\"" }
            if !name.isEmpty, values[name] == nil { values[name] = text }
        }
        return values
    }
}

/// The most that one machine has, from `lshosts -w`.
struct LSFMachine {
    var cpus: Int?
    var memory: MemorySize?

    init(_ output: String) {
        for line in AnswerText.lines(of: output) {
            let words = AnswerText.words(of: line)
            // HOST_NAME type model cpuf ncpus maxmem maxswp server RESOURCES
            guard words.count >= 8, words[0] != "HOST_NAME", words[7] != "No" else { continue }
            cpus = Known.larger(cpus, AnswerText.number(words[4]))
            memory = Known.larger(memory, SurveyNumbers.memory(words[5], single: 1))
        }
    }
}
