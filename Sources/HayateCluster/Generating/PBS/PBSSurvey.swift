/// What PBS Pro, OpenPBS and Torque tell of their sites.
public struct PBSSurvey: SchedulerSurvey {
    static let queues = SurveyQuestion("qstat", "-Q", "-f")
    static let server = SurveyQuestion("qstat", "-B", "-f")
    static let nodes = SurveyQuestion("pbsnodes", "-a")

    private let isTorque: Bool

    public init() { isTorque = false }

    init(isTorque: Bool) { self.isTorque = isTorque }

    public func questions(after answers: SurveyAnswers) -> [SurveyQuestion] { [Self.queues, Self.server, Self.nodes] }

    public func draft(_ answers: SurveyAnswers) -> SiteDraft {
        var draft = SiteDraft(
            isTorque ? .torque : .pbsPro, answers, needs: ["PBS_CONF_FILE", "PBS_DEFAULT", "PBS_SERVER"])
        let main = ["clusters", "main"]
        let server = answers.output(Self.server, &draft, missing: "the sizes of arrays and the default queue")
            .flatMap { PBSAttributes.read($0, heading: "Server").first }
        draft.version = server?["pbs_version"].map { "version \($0)" }
        draft.clusterName = server.map { String(AnswerText.before(".", in: $0.name)) }
        let source = "qstat -B -f"
        for key in ["max_array_size", "max_job_array_size"] {
            if let most = server?.number(key), most > 1 {
                draft.set(main + ["submission", "maxArraySize"], most, from: "\(source): \(key)")
            }
        }
        if let most = server?.number("max_user_queuable") ?? server?["max_queued"].flatMap(Self.eachUser), most > 0 {
            draft.set(main + ["submission", "maxQueued"], most, from: "\(source): what each user may have queued")
        }
        if let server, !isTorque, server["job_history_enable"]?.lowercased() != "true" {
            draft.note(
                "ended jobs are forgotten at once: job_history_enable is not set, and qstat -x tells "
                    + "nothing of them")
        }
        let queues = PBSAttributes.read(
            answers.output(Self.queues, &draft, missing: "the queues") ?? "", heading: "Queue")
        if queues.isEmpty, answers.output(Self.queues) != nil { draft.leave("the queues: qstat -Q -f names none") }
        let machine = PBSMachine(
            answers.output(
                Self.nodes, &draft,
                missing: "the processors and memory "
                    + "of machines") ?? "")
        for queue in queues { PBSQueue(queue, queues, machine, server, answers.user).write(&draft) }
        return draft
    }

    /// `[u:PBS_GENERIC=30]`: what holds for every user.
    static func eachUser(_ text: String) -> Int? {
        AnswerText.after("u:PBS_GENERIC=", in: text).flatMap {
            AnswerText.number($0.prefix { ("0"..."9").contains($0) })
        }
    }
}

/// What `qstat -Q -f`, `qstat -B -f` and `pbsnodes -a` print: a name, and attributes below it.
struct PBSAttributes {
    var name: String
    private var values: [String: String] = [:]

    init(name: String) { self.name = name }

    subscript(key: String) -> String? { values[key] }

    func number(_ key: String) -> Int? { values[key].flatMap { AnswerText.number($0) } }

    /// - Parameter heading: the word before each name; nil: names stand alone at the beginning of lines.
    static func read(_ output: String, heading: String?) -> [PBSAttributes] {
        var found: [PBSAttributes] = []
        var open: String?
        for line in AnswerText.lines(of: output) {
            let isIndented = line.hasPrefix(" ") || line.hasPrefix("\t")
            let text = AnswerText.trimmed(line)
            if !isIndented {
                open = nil
                if let heading {
                    guard line.hasPrefix("\(heading): ") || line.hasPrefix("\(heading) ") else { continue }
                    found.append(PBSAttributes(name: String(AnswerText.trimmed(line.dropFirst(heading.count + 1)))))
                } else if !text.isEmpty {
                    found.append(PBSAttributes(name: String(text)))
                }
            } else if found.isEmpty {
                continue
            } else if !line.hasPrefix("\t"), let value = AnswerText.after(" = ", in: text) {
                let key = AnswerText.before(" = ", in: text).lowercased()
                if found[found.count - 1].values[key] == nil {
                    found[found.count - 1].values[key] = String(AnswerText.trimmed(value))
                }
                open = key
            } else if let open, line.hasPrefix("\t") {
                // Wrapped within a word or behind a comma.
                found[found.count - 1].values[open]? += text
            }
        }
        return found
    }
}

/// The most that one machine has, from `pbsnodes -a`.
struct PBSMachine {
    var cpus: Int?
    var memory: MemorySize?
    var gpus: Int?

    init(_ output: String) {
        for node in PBSAttributes.read(output, heading: nil) {
            cpus = Known.larger(cpus, node.number("resources_available.ncpus") ?? node.number("np"))
            gpus = Known.larger(gpus, node.number("resources_available.ngpus") ?? node.number("gpus"))
            var size = node["resources_available.mem"].flatMap { SurveyNumbers.memory($0, single: 1) }
            if size == nil, let status = node["status"] {
                let physical = AnswerText.after("physmem=", in: status).map { AnswerText.before(",", in: $0) }
                size = physical.flatMap { SurveyNumbers.memory($0, single: 1) }
            }
            memory = Known.larger(memory, size)
        }
    }
}
