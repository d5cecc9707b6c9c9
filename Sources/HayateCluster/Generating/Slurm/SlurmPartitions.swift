/// Partitions from `scontrol show partition -o`, with their machines.
struct SlurmPartitions {
    private let partitions: [[String: String]]
    private let nodes: SlurmNodes
    private let config: SlurmConfig?

    init(_ output: String, _ nodes: SlurmNodes, _ config: SlurmConfig?) {
        self.nodes = nodes
        self.config = config
        partitions = AnswerText.lines(of: output).compactMap { line in
            guard line.hasPrefix("PartitionName=") else { return nil }
            var fields: [String: String] = [:]
            for word in AnswerText.words(of: line) {
                let parts = AnswerText.fields(of: word, by: "=", atMost: 2)
                if parts.count == 2, fields[String(parts[0])] == nil { fields[String(parts[0])] = String(parts[1]) }
            }
            return fields
        }
    }

    mutating func write(_ draft: inout SiteDraft) {
        if partitions.isEmpty { draft.leave("the partitions: no command names any") }
        for partition in partitions { write(partition, &draft) }
        preemption(&draft)
    }

    private func write(_ partition: [String: String], _ draft: inout SiteDraft) {
        guard let name = partition["PartitionName"], !name.isEmpty else { return }
        if partition["RootOnly"] == "YES" {
            return draft.note("the partition \(name) is left out: only root submits to it")
        }
        let path = ["clusters", "main", "queues", name]
        let source = "scontrol show partition"
        draft.open(path)
        let sizes = nodes.sizes(of: name)
        if !sizes.isKnown { draft.leave("the machines of the partition \(name): sinfo names none") }
        draft.set(
            path + ["maxWalltime"], SurveyNumbers.time(partition["MaxTime"] ?? "", single: 60),
            from: "\(source): MaxTime")
        cpus(partition, sizes, path, &draft)
        memory(partition, sizes, path, &draft)
        if let least = number(partition, "MinNodes"), least > 1 {
            draft.set(path + ["minNodes"], least, from: "\(source): MinNodes")
        }
        if let most = number(partition, "MaxNodes"), most > 0 {
            draft.set(path + ["maxNodes"], most, from: "\(source): MaxNodes")
        }
        if sizes.gpus > 0 {
            draft.set(path + ["maxGpus"], sizes.gpus, from: "sinfo")
            if !sizes.gpuTypes.isEmpty { draft.set(path + ["gpuTypes"], .list(sizes.gpuTypes), from: "sinfo") }
        }
        if partition["OverSubscribe"] == "EXCLUSIVE" {
            if let cpus = sizes.leastCPUs {
                draft.set(path + ["wholeNodes"], "true", from: "\(source): OverSubscribe=EXCLUSIVE")
                draft.set(path + ["nodeCpus"], cpus, from: "sinfo, the smallest")
                draft.set(
                    path + ["nodeMemory"], sizes.leastMemory.map { .mebibytes(UInt64($0)) }, from: "sinfo, the smallest"
                )
            } else {
                draft.leave("how many processors the whole machines of \(name) have")
            }
        }
        access(partition, path, &draft)
    }

    private func cpus(
        _ partition: [String: String], _ sizes: SlurmNodes.Sizes, _ path: [String], _ draft: inout SiteDraft
    ) {
        let limit = number(partition, "MaxCPUsPerNode").flatMap { $0 > 0 ? $0 : nil }
        if let limit, limit <= sizes.mostCPUs ?? .max {
            draft.set(path + ["maxCpus"], limit, from: "scontrol show partition: MaxCPUsPerNode")
        } else if let most = sizes.mostCPUs {
            draft.set(
                path + ["maxCpus"], most,
                from: most == sizes.leastCPUs
                    ? "sinfo"
                    : "sinfo; some machines have "
                        + "\(sizes.leastCPUs ?? 0)")
        } else if sizes.isKnown {
            draft.leave(
                "the most processors of one machine of \(path.last ?? ""): sinfo says "
                    + "\(sizes.leastCPUs.map { "\($0) or more" } ?? "nothing")")
        }
    }

    private func memory(
        _ partition: [String: String], _ sizes: SlurmNodes.Sizes, _ path: [String], _ draft: inout SiteDraft
    ) {
        let limit = number(partition, "MaxMemPerNode").flatMap { (1...1_000_000_000).contains($0) ? $0 : nil }
        if let limit, limit <= sizes.mostMemory ?? .max {
            draft.set(path + ["maxMemory"], .mebibytes(UInt64(limit)), from: "scontrol show partition: MaxMemPerNode")
        } else if let most = sizes.mostMemory {
            draft.set(
                path + ["maxMemory"], .mebibytes(UInt64(most)),
                from: most == sizes.leastMemory ? "sinfo" : "sinfo; some machines have \(sizes.leastMemory ?? 0) MiB")
        } else if sizes.isKnown {
            draft.leave(
                "the most memory of one machine of \(path.last ?? ""): sinfo says "
                    + "\(sizes.leastMemory.map { "\($0) MiB or more" } ?? "nothing")")
        }
        if let most = partition["MaxMemPerCPU"].flatMap({ AnswerText.number($0) }), most > 0 {
            draft.note(
                "\(path.last ?? ""): more than \(most) MiB for each processor takes more processors "
                    + "(MaxMemPerCPU)")
        }
    }

    /// Who may use it, and who is meant to.
    private func access(_ partition: [String: String], _ path: [String], _ draft: inout SiteDraft) {
        let source = "scontrol show partition"
        func names(_ key: String) -> [String] {
            guard let value = partition[key], !["ALL", "N/A", "NONE", "(null)", ""].contains(value) else { return [] }
            return value.split(separator: ",").map(String.init)
        }
        let accounts = names("AllowAccounts")
        if !accounts.isEmpty { draft.set(path + ["accounts"], .list(accounts), from: "\(source): AllowAccounts") }
        let qualities = names("AllowQos")
        if qualities.count == 1 {
            draft.set(path + ["qos"], qualities[0], from: "\(source): AllowQos")
        } else if !qualities.isEmpty {
            draft.note("\(path.last ?? "") takes the qualities of service \(qualities.joined(separator: ", "))")
        }
        var reasons: [String] = []
        let groups = names("AllowGroups")
        if !groups.isEmpty { reasons.append("only for the groups \(groups.joined(separator: ", "))") }
        if partition["ReqResv"] == "YES" { reasons.append("it needs a reservation") }
        if let state = partition["State"], state != "UP" { reasons.append("it is \(state) now") }
        if isPreempted(partition) {
            reasons.append(
                "its jobs lose their place to others: "
                    + "PreemptMode=\(partition["PreemptMode"] ?? "")")
        }
        if !reasons.isEmpty {
            draft.set(path + ["explicit"], "true", from: "\(source): \(reasons.joined(separator: "; "))")
        } else if partition["Default"] == "YES" {
            draft.set(path + ["priority"], 1, from: "\(source): the default, tried first")
        }
    }

    private func isPreempted(_ partition: [String: String]) -> Bool {
        guard config?["PreemptType"] == "preempt/partition_prio", let mode = partition["PreemptMode"], mode != "OFF",
            let tier = number(partition, "PriorityTier")
        else { return false }
        return partitions.contains { (number($0, "PriorityTier") ?? 0) > tier }
    }

    /// How long a job has from the first signal to the last, where jobs can lose their place.
    private func preemption(_ draft: inout SiteDraft) {
        let preempted = partitions.filter(isPreempted)
        guard !preempted.isEmpty, let kill = config?.number("KillWait"), kill < 100_000 else { return }
        let grace = preempted.compactMap { number($0, "GraceTime") }.min() ?? 0
        draft.set(
            ["clusters", "main", "preemptionGrace"], .seconds(min(grace, 100_000) + kill),
            from: "scontrol: GraceTime of \(grace) s and KillWait of \(kill) s")
    }

    private func number(_ partition: [String: String], _ key: String) -> Int? {
        partition[key].flatMap { AnswerText.number($0) }
    }
}
