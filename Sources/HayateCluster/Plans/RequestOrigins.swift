/// Where each field of a completed request comes from, for `--explain`.
public struct RequestOrigins: Sendable {
    /// By the field's name (`walltime`, `environment.HOME`), and by the profile's (`runtime.shell`, `cluster.extraDirectives`).
    public private(set) var places: [String: String] = [:]

    /// - Parameters:
    ///   - wishes: what was written for this job, the strongest first.
    ///   - settings: the site's; nil: there is none.
    ///   - planner: whose profile and cluster are used.
    ///   - queue: the one that was chosen.
    public init(_ wishes: [RequestSource], _ settings: SiteSettings?, _ planner: JobPlanner?, queue: String?) {
        var layers = wishes.map(\.tree)
        if let settings, let planner {
            let cluster = SettingPath(["clusters", planner.clusterName])
            for path in [planner.profileName.map { SettingPath(["profiles", $0]) }, cluster.adding("defaults")] {
                if let node = path.flatMap({ settings.tree.at($0) }) { layers.append(node) }
            }
            add(settings.tree.at(SettingPath(["runtime"])), below: "runtime")
            note("cluster.extraDirectives", settings.tree.at(cluster.adding("extraDirectives")))
            if let queue {
                let limits = settings.tree.at(cluster.adding("queues").adding(queue))
                note("queue.extraDirectives", limits?["extraDirectives"])
                // What a queue says about its jobs, and that it was chosen at all.
                if !layers.contains(where: { $0["queue"] != nil }) { note("queue", limits) }
                for field in ["qos", "reservation"] where !layers.contains(where: { $0[field] != nil }) {
                    note(field, limits?[field])
                }
                if !layers.contains(where: { $0["tasksPerNode"] != nil }) { note("tasksPerNode", limits?["nodeCpus"]) }
            }
        }
        for layer in layers { add(layer, below: nil) }
    }

    private mutating func note(_ field: String, _ node: SettingNode?) {
        guard let node else { return }
        // Lists are put together from several places.
        guard let before = places[field] else {
            places[field] = node.origin.place
            return
        }
        if case .list = node.content, !before.contains(node.origin.place) { places[field] = before + ", " + node.origin.place }
    }

    private mutating func add(_ node: SettingNode?, below name: String?) {
        guard case .map(let entries) = node?.content else { return }
        for entry in entries {
            let field = (name.map { "\($0)." } ?? "") + entry.key
            note(field, entry.value)
            if entry.key == "environment", case .map(let variables) = entry.value.content {
                for variable in variables { note("\(field).\(variable.key)", variable.value) }
            }
        }
    }
}
