import HayateCore

/// What must fit together in a site whose values are each good in themselves.
struct SiteChecks {
    let profile: SiteProfile
    let tree: SettingNode

    init(_ profile: SiteProfile, _ tree: SettingNode) {
        self.profile = profile
        self.tree = tree
    }

    func run(_ faults: inout SettingFaults) {
        if profile.clusters.isEmpty {
            faults.add("the site has no cluster; add 'clusters: { main: { scheduler: slurm } }'", at: tree.origin)
        }
        for (name, cluster) in profile.clusters.sorted(by: { $0.key < $1.key }) {
            ClusterChecks(name, cluster, tree).run(&faults)
        }
        for (name, wishes) in profile.profiles.sorted(by: { $0.key < $1.key }) {
            check(name, wishes, &faults)
        }
        let path = SettingPath(["network", "protocol"])
        if profile.network.scheme == "tcp", let other = profile.clusters.first(where: { $0.value.scheduler != .local })
        {
            faults.add(
                "\(path) is 'tcp', but the machines of \(other.key) are others; write tls+tcp or wss",
                at: tree.at(path)?.origin)
        }
    }

    private func check(_ name: String, _ wishes: ComputeProfile, _ faults: inout SettingFaults) {
        let path = SettingPath(["profiles", name])
        func origin(_ key: String) -> SettingOrigin? { (tree.at(path.adding(key)) ?? tree.at(path))?.origin }
        if let least = wishes.minimumDaemons, let most = wishes.maximumDaemons, least > most {
            faults.add(
                "\(path).minDaemons is \(least), but maxDaemons is \(most) (\(origin("maxDaemons")?.place ?? "")); "
                    + "swap them", at: origin("minDaemons"))
        }
        let names = profile.clusters.keys.sorted()
        let cluster: String
        if let named = wishes.cluster {
            guard profile.clusters[named] != nil else {
                faults.add(
                    "\(path).cluster is '\(named)', which is no cluster of the site; it has "
                        + "\(names.joined(separator: ", "))",
                    at: origin("cluster"))
                return
            }
            cluster = named
        } else if names.count == 1 {
            cluster = names[0]
        } else {
            if !names.isEmpty {
                faults.add(
                    "\(path) must say which 'cluster' is meant: \(names.joined(separator: ", "))", at: origin("cluster")
                )
            }
            return
        }
        guard let profile = profile.clusters[cluster] else { return }
        ClusterChecks(cluster, profile, tree).check(wishes.request, at: path, &faults)
    }
}

/// The same of one cluster.
struct ClusterChecks {
    let cluster: ClusterProfile
    let tree: SettingNode
    let path: SettingPath

    init(_ name: String, _ cluster: ClusterProfile, _ tree: SettingNode) {
        self.cluster = cluster
        self.tree = tree
        path = SettingPath(["clusters", name])
    }

    func run(_ faults: inout SettingFaults) {
        let kinds = SchedulerKind.allCases.map(\.rawValue).joined(separator: ", ")
        if tree.at(path.adding("scheduler")).map({ $0.content == .null }) ?? true {
            faults.add("\(path) must say its 'scheduler': \(kinds)", at: tree.at(path)?.origin)
            return
        }
        for (name, limits) in cluster.queues.sorted(by: { $0.key < $1.key }) { check(name, limits, &faults) }
        check(cluster.defaults, at: path.adding("defaults"), &faults)
        checkScheduler(&faults)
        let submission = path.adding("submission")
        if let most = cluster.submission.mostElements, most < cluster.facts.fewestElements {
            faults.add(
                "\(submission).maxArraySize is \(most), but arrays of \(cluster.facts.title) have at least "
                    + "\(cluster.facts.fewestElements) elements; raise it",
                at: origin(submission.adding("maxArraySize")))
        }
    }

    /// What a request of the file may say here.
    func check(_ request: JobRequest, at path: SettingPath, _ faults: inout SettingFaults) {
        checkWallTime(request.wallTime, path.adding("walltime"), &faults)
        if let queue = request.queue, queue != "auto", !cluster.queues.isEmpty {
            for part in queue.split(separator: ",").map(String.init) where cluster.queues[part] == nil {
                let names = cluster.queues.keys.sorted()
                let guess = nearestName(to: part, among: names).map { "did you mean '\($0)'? " } ?? ""
                faults.add(
                    "\(path).queue is '\(part)', which is no queue of \(self.path); \(guess)It has "
                        + names.joined(separator: ", "), at: origin(path.adding("queue")))
            }
        }
        if let type = request.gpus?.type, !cluster.gpu.types.isEmpty, cluster.gpu.types[type] == nil {
            faults.add(
                "\(path).gpus asks for '\(type)', which is not among \(self.path).gpu.types: "
                    + cluster.gpu.types.keys.sorted().joined(separator: ", "), at: origin(path.adding("gpus")))
        }
    }

    private func origin(_ path: SettingPath) -> SettingOrigin? { tree.at(path)?.origin ?? tree.at(self.path)?.origin }

    private func checkWallTime(_ time: Duration?, _ path: SettingPath, _ faults: inout SettingFaults) {
        guard cluster.scheduler == .lsf, let time, time.components.seconds % 60 != 0 else { return }
        faults.add(
            "\(path) is \(time.withUnits), but LSF counts in whole minutes; "
                + "write \((time.components.seconds / 60 + 1))m", at: origin(path))
    }

    private func check(_ name: String, _ limits: QueueLimits, _ faults: inout SettingFaults) {
        let path = self.path.adding("queues").adding(name)
        checkWallTime(limits.minWallTime, path.adding("minWalltime"), &faults)
        checkWallTime(limits.maxWallTime, path.adding("maxWalltime"), &faults)
        func order<Value: Comparable>(_ what: String, _ least: Value?, _ most: Value?, _ text: (Value) -> String) {
            guard let least, let most, least > most else { return }
            let max = path.adding("max\(what)")
            faults.add(
                "\(path).min\(what) is \(text(least)), but max\(what) is \(text(most))"
                    + "\(tree.at(max).map { " (\($0.origin.place))" } ?? ""); swap them",
                at: origin(path.adding("min\(what)")))
        }
        order("Walltime", limits.minWallTime, limits.maxWallTime) { $0.withUnits }
        order("Cpus", limits.minCPUs, limits.maxCPUs) { "\($0)" }
        order("Memory", limits.minMemory, limits.maxMemory) { $0.description }
        order("Nodes", limits.minNodes, limits.maxNodes) { "\($0)" }
        if limits.wholeNodes, limits.nodeCPUs == nil {
            faults.add(
                "\(path) gives whole machines, and must say how many processors they have: add 'nodeCpus'",
                at: origin(path.adding("wholeNodes")))
        }
        if limits.needsGPU, limits.maxGPUs == 0 {
            faults.add(
                "\(path).needsGpu is true, but maxGpus is 0: no job fits; raise maxGpus",
                at: origin(path.adding("needsGpu")))
        }
    }

    /// Keys that mean something to one kind of scheduler alone.
    private func checkScheduler(_ faults: inout SettingFaults) {
        let only: [([String], [SchedulerKind])] = [
            (["commands", "clusterFlag"], [.slurm]), (["partitionList"], [.slurm, .gridEngine]),
            (["memory", "complex"], [.gridEngine]), (["parallelEnvironment", "name"], [.gridEngine]),
            (["gpu", "complex"], [.gridEngine]), (["memory", "limitUnit"], [.lsf]),
            (["memory", "perJobLimit"], [.lsf]), (["memory", "perTaskReserve"], [.lsf]),
        ]
        for (keys, kinds) in only where !kinds.contains(cluster.scheduler) {
            let path = SettingPath(path.keys + keys)
            guard let node = tree.at(path), node.content != .null, node.content != .scalar("false") else { continue }
            let titles = kinds.map { SchedulerFacts.of($0).title }.joined(separator: " and ")
            faults.add(
                "\(path) is for \(titles), but the scheduler is \(cluster.scheduler.rawValue); leave it out",
                at: node.origin)
        }
        let directives: [SchedulerKind: [GPURules.Directive]] = [
            .slurm: [.gres, .gpusPerNode], .gridEngine: [.complex], .pbsPro: [.select], .torque: [.select],
            .lsf: [.lsfGPU],
        ]
        if let directive = cluster.gpu.directive, let good = directives[cluster.scheduler], !good.contains(directive) {
            let path = path.adding("gpu").adding("directive")
            faults.add(
                "\(path) is '\(directive.rawValue)', which \(cluster.facts.title) does not have; write "
                    + good.map(\.rawValue).joined(separator: " or "), at: origin(path))
        }
    }
}
