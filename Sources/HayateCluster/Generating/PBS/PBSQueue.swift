/// A queue of PBS on its way into a site's file.
struct PBSQueue {
    private let queue: PBSAttributes
    private let destinations: [PBSAttributes]
    private let machine: PBSMachine
    private let server: PBSAttributes?
    private let user: String

    init(
        _ queue: PBSAttributes, _ all: [PBSAttributes], _ machine: PBSMachine, _ server: PBSAttributes?, _ user: String
    ) {
        self.queue = queue
        self.machine = machine
        self.server = server
        self.user = user
        let names = (queue["route_destinations"] ?? "").split(separator: ",").map { AnswerText.before("@", in: $0) }
        destinations = all.filter { names.contains(Substring($0.name)) }
    }

    private var isRoute: Bool { queue["queue_type"]?.lowercased().hasPrefix("route") ?? false }

    func write(_ draft: inout SiteDraft) {
        let name = queue.name
        guard !name.isEmpty else { return }
        if queue["from_route_only"]?.lowercased() == "true" {
            return draft.note("the queue \(name) is left out: jobs come to it only from another one")
        }
        if queue["enabled"]?.lowercased() == "false" {
            return draft.note("the queue \(name) is left out: it takes no jobs now (enabled = False)")
        }
        let path = ["clusters", "main", "queues", name]
        let source = "qstat -Q -f"
        draft.open(path, remark: isRoute ? "hands its jobs on to \(queue["route_destinations"] ?? "others")" : nil)
        time("minWalltime", "resources_min.walltime", path, &draft, least: true)
        time("maxWalltime", "resources_max.walltime", path, &draft, least: false)
        let cpus = number("ncpus", least: false)
        draft.set(
            path + ["minCpus"], number("ncpus", least: true).flatMap { $0 > 1 ? $0 : nil },
            from: "\(source): resources_min.ncpus")
        limit("maxCpus", cpus, machine.cpus, "resources_max.ncpus", path, &draft) { draft, path, value, source in
            draft.set(path, value, from: source)
        }
        let memory = values("resources_max.mem").map { SurveyNumbers.memory($0, single: 1) }
        let most = memory.contains(nil) ? nil : memory.compactMap(\.self).max()
        let least = values("resources_min.mem").compactMap { SurveyNumbers.memory($0, single: 1) }.min()
        draft.set(path + ["minMemory"], least.map(SurveyNumbers.rounded), from: "\(source): resources_min.mem")
        limit(
            "maxMemory", most.map(SurveyNumbers.rounded), machine.memory.map(SurveyNumbers.rounded),
            "resources_max.mem", path, &draft
        ) { draft, path, value, source in draft.set(path, value, from: source) }
        draft.set(path + ["maxNodes"], number("nodect", least: false), from: "\(source): resources_max.nodect")
        if let gpus = values("resources_max.ngpus").compactMap({ AnswerText.number($0) }).max() {
            draft.set(path + ["maxGpus"], min(gpus, machine.gpus ?? gpus), from: "\(source): resources_max.ngpus")
        } else if let gpus = machine.gpus, gpus > 0 {
            draft.set(path + ["maxGpus"], gpus, from: "pbsnodes -a: the most of one machine of any queue")
        }
        access(path, &draft)
    }

    /// The queue's own value, else those of the queues that it hands on to, else the server's.
    private func values(_ key: String) -> [String] {
        if let own = queue[key] { return [own] }
        let handed = destinations.compactMap { $0[key] }
        if isRoute, !destinations.isEmpty, handed.count == destinations.count { return handed }
        return server?[key].map { [$0] } ?? []
    }

    private func number(_ resource: String, least: Bool) -> Int? {
        let numbers = values("resources_\(least ? "min" : "max").\(resource)").compactMap { AnswerText.number($0) }
            .filter { (1...1_000_000).contains($0) }
        return least ? numbers.min() : numbers.max()
    }

    private func time(_ name: String, _ key: String, _ path: [String], _ draft: inout SiteDraft, least: Bool) {
        let times = values(key).map { SurveyNumbers.time($0, single: 1) }
        guard !times.isEmpty, !times.contains(nil) else { return }
        let known = times.compactMap(\.self)
        draft.set(path + [name], least ? known.min() : known.max(), from: "qstat -Q -f: \(key)")
    }

    /// The smaller of a queue's limit, which is a whole job's, and of what the largest machine has.
    private func limit<Value: Comparable>(
        _ name: String, _ limit: Value?, _ machine: Value?, _ key: String, _ path: [String], _ draft: inout SiteDraft,
        set: (inout SiteDraft, [String], Value, String) -> Void
    ) {
        if let limit, limit <= machine ?? limit {
            set(&draft, path + [name], limit, "qstat -Q -f: \(key), of a whole job")
        } else if let machine {
            set(&draft, path + [name], machine, "pbsnodes -a: the largest machine of any queue")
        }
    }

    private func access(_ path: [String], _ draft: inout SiteDraft) {
        var reasons: [String] = []
        for (what, who) in [("user", "users"), ("group", "groups")]
        where queue["acl_\(what)_enable"]?.lowercased() == "true" {
            let names = (queue["acl_\(who)"] ?? "").split(separator: ",").map { AnswerText.before("@", in: $0) }
            if what == "user", names.contains(Substring(user)) { continue }
            reasons.append("only for some \(who)")
        }
        if queue["started"]?.lowercased() == "false" { reasons.append("its jobs are not started now") }
        if !reasons.isEmpty {
            draft.set(path + ["explicit"], "true", from: "qstat -Q -f: \(reasons.joined(separator: "; "))")
        } else if server?["default_queue"].map({ AnswerText.before("@", in: $0) == queue.name }) == true {
            draft.set(path + ["priority"], 1, from: "qstat -B -f: the default, tried first")
        }
    }
}
