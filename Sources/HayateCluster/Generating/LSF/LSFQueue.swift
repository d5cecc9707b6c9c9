/// A queue from `bqueues -l`.
struct LSFQueue {
    var name: String
    private var status = ""
    private var users = "all"
    private var isDefault = false
    private var wholeMachines = false
    private var time: Duration?
    private var memory: MemorySize?
    private var leastCPUs: Int?
    private var mostCPUs: Int?

    private init(name: String) { self.name = name }

    /// - Parameter unit: the bytes that a number of a memory limit without a unit counts.
    static func read(_ output: String, unit: UInt64) -> [LSFQueue] {
        var queues: [LSFQueue] = []
        var titles: [String] = []
        var isDefaultSection = false
        var isStatus = false
        for line in AnswerText.lines(of: output) {
            let text = AnswerText.trimmed(line)
            let words = AnswerText.words(of: text)
            if line.hasPrefix("QUEUE:") {
                queues.append(LSFQueue(name: words.count > 1 ? String(words[1]) : ""))
                (titles, isDefaultSection, isStatus) = ([], false, false)
                continue
            }
            guard !queues.isEmpty else { continue }
            let last = queues.count - 1
            if isStatus {
                queues[last].status = words.count > 2 ? String(words[2]) : ""
                isStatus = false
            } else if words.first == "PRIO" {
                isStatus = words.count > 2 && words[2] == "STATUS"
            } else if !titles.isEmpty {
                // Limits that hold where a job asks for none are no limits of what it may ask for.
                if !isDefaultSection { queues[last].take(titles, words, unit) }
                titles = []
            } else if text.hasPrefix("DEFAULT LIMITS") {
                isDefaultSection = true
            } else if text.hasPrefix("MAXIMUM LIMITS") || text.hasPrefix("SCHEDULING PARAMETERS") {
                isDefaultSection = false
            } else if !words.isEmpty, words.allSatisfy({ $0.hasSuffix("LIMIT") }) {
                titles = words.map(String.init)
            } else if text.hasPrefix("SCHEDULING POLICIES:") {
                queues[last].wholeMachines = words.contains("EXCLUSIVE_ONLY")
            } else if let users = AnswerText.after("USERS:", in: text), text.hasPrefix("USERS:") {
                queues[last].users = String(AnswerText.trimmed(users))
            } else if text.hasPrefix("--"), AnswerText.contains(text, "default queue") {
                queues[last].isDefault = true
            }
        }
        return queues.filter { !$0.name.isEmpty }
    }

    /// Values of limits: numbers, each with what stands behind it up to the next one: `1440.0 min of hostA`, `8 G`.
    private mutating func take(_ titles: [String], _ words: [Substring], _ unit: UInt64) {
        var values: [[Substring]] = []
        for word in words {
            if Double(word) != nil {
                values.append([word])
            } else if !values.isEmpty {
                values[values.count - 1].append(word)
            }
        }
        if titles.count == 1, ["PROCLIMIT", "TASKLIMIT"].contains(titles[0]) {
            // The most; or the fewest and the most; or these with the default between them.
            let numbers = values.compactMap { AnswerText.number($0[0]) }.filter { (1...1_000_000).contains($0) }
            guard numbers.count == values.count, let most = numbers.last else { return }
            mostCPUs = most
            if numbers.count > 1, numbers[0] > 1 { leastCPUs = numbers[0] }
            return
        }
        guard values.count == titles.count else { return }
        for (title, value) in zip(titles, values) {
            switch title {
            case "RUNLIMIT":
                guard let minutes = Double(value[0]), minutes >= 1, minutes < 5e7 else { continue }
                // Limits of LSF are whole minutes.
                time = .seconds(Int(minutes) * 60)
            case "MEMLIMIT":
                memory = SurveyNumbers.memory(value.prefix(2).joined(), single: unit)
            default: continue
            }
        }
    }

    func write(_ machine: LSFMachine, isDefault isNamed: Bool, _ draft: inout SiteDraft) {
        if status.hasPrefix("Closed") {
            return draft.note("the queue \(name) is left out: it is \(status)")
        }
        let path = ["clusters", "main", "queues", name]
        let source = "bqueues -l"
        draft.open(path)
        draft.set(path + ["maxWalltime"], time, from: "\(source): RUNLIMIT")
        // Slots of a job: on one machine not more than it has.
        if let leastCPUs { draft.set(path + ["minCpus"], leastCPUs, from: "\(source): PROCLIMIT or TASKLIMIT") }
        if let mostCPUs, mostCPUs <= machine.cpus ?? .max || mostCPUs <= leastCPUs ?? 0 {
            draft.set(path + ["maxCpus"], mostCPUs, from: "\(source): PROCLIMIT or TASKLIMIT")
        } else if let cpus = machine.cpus, cpus > 0, cpus >= leastCPUs ?? 0 {
            draft.set(path + ["maxCpus"], cpus, from: "lshosts: the largest machine of any queue")
        }
        if let memory, memory <= machine.memory ?? memory {
            draft.set(path + ["maxMemory"], SurveyNumbers.rounded(memory), from: "\(source): MEMLIMIT")
        } else {
            draft.set(
                path + ["maxMemory"], machine.memory.map(SurveyNumbers.rounded),
                from: "lshosts: the largest "
                    + "machine of any queue")
        }
        if wholeMachines { draft.note("\(name) gives machines whole (EXCLUSIVE_ONLY)") }
        var reasons: [String] = []
        if !["all", "all users", ""].contains(users.lowercased()) { reasons.append("only for \(users)") }
        if status.hasSuffix(":Inact") || status.contains(":Inact_") { reasons.append("it is \(status) now") }
        if !reasons.isEmpty {
            draft.set(path + ["explicit"], "true", from: "\(source): \(reasons.joined(separator: "; "))")
        } else if isNamed || isDefault {
            draft.set(
                path + ["priority"], 1,
                from: isNamed
                    ? "bparams: the default, "
                        + "tried first" : "\(source): the default, tried first")
        }
    }
}
