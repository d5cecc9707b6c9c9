import HayateCore

/// Makes of what somebody wants, of a site's profile and of a scheduler's facts what is submitted.
///
/// Pure: variables are handed in, and the same wishes give the same plan.
public struct JobPlanner: Sendable {
    public let site: SiteProfile
    /// The name of the set of wishes; nil: there is none.
    public let profileName: String?
    public let profile: ComputeProfile
    public let clusterName: String
    public let cluster: ClusterProfile
    private let variables: [String: String]

    /// - Parameters:
    ///   - profile: one of the site's `profiles`; nil: `default`, if there is one.
    ///   - cluster: one of the site's clusters; nil: that of the profile, or the only one.
    ///   - variables: where an account may come from.
    /// - Throws: for names that the site does not have, and where it has several clusters and none is named.
    public init(
        _ site: SiteProfile, profile: String? = nil, cluster: String? = nil, variables: [String: String] = [:]
    ) throws(ClusterError) {
        self.site = site
        self.variables = variables
        if let profile, site.profiles[profile] == nil, profile != "default" {
            let names = site.profiles.keys.sorted()
            let guess =
                nearestName(to: profile, among: names).map { "did you mean '\($0)'?" }
                ?? (names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))")
            throw ClusterError("the site \(site.id) has no profile '\(profile)'; \(guess)")
        }
        profileName = profile ?? (site.profiles["default"] == nil ? nil : "default")
        self.profile = site.profiles[profileName ?? ""] ?? ComputeProfile()
        let names = site.clusters.keys.sorted()
        guard let name = cluster ?? self.profile.cluster ?? (names.count == 1 ? names.first : nil) else {
            throw ClusterError(
                "the site \(site.id) has several clusters; name one of \(names.joined(separator: ", ")) with --cluster")
        }
        guard let found = site.clusters[name] else {
            let guess =
                nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
                ?? "it has \(names.joined(separator: ", "))"
            throw ClusterError("the site \(site.id) has no cluster '\(name)'; \(guess)")
        }
        clusterName = name
        self.cluster = found
    }

    /// The cluster, as messages name it.
    private var place: String { site.clusters.count == 1 ? site.id : "\(site.id):\(clusterName)" }

    /// Completes a request: defaults, account, queue, and what a queue of whole machines asks for.
    ///
    /// - Throws: for what the site requires and nobody gives, and where no queue takes it.
    public func allocation(for wishes: JobRequest) throws(ClusterError) -> AllocationPlan {
        var request = wishes.completed(from: profile.request).completed(from: cluster.defaults)
        if request.queue == "auto" { request.queue = nil }
        if request.account == nil, let variable = cluster.accountVariable, let account = variables[variable],
            !account.isEmpty
        {
            request.account = account
        }
        try check(request)
        if let memory = request.memory, let least = cluster.memory.minimum { request.memory = max(memory, least) }
        let queues = try QueueChoice(cluster, place: place).queues(for: request)
        request.queue = queues.first
        var perJob = profile.daemonsPerJob
        if let limits = queues.first.flatMap({ cluster.queues[$0] }) {
            request.qualityOfService = request.qualityOfService ?? limits.qualityOfService
            request.reservation = request.reservation ?? limits.reservation
            fillNodes(of: limits, &request)
            if let name = limits.name {
                request.queue = name.isEmpty ? nil : name
                // Who looks for the queue's directives by its name would not find them.
                request.extraDirectives += limits.extraDirectives
            }
        }
        perJob = perJob ?? (request.tasksPerNode ?? 1) * (request.nodes ?? 1)
        try requireFields(of: request)
        var plan = AllocationPlan(
            request: request, clusterName: clusterName, cluster: cluster, runtime: site.runtime, site: site.id,
            daemonsPerJob: perJob ?? 1)
        let isList =
            cluster.listsQueues || wishes.queue?.contains(",") == true || profile.request.queue?.contains(",") == true
            || cluster.defaults.queue?.contains(",") == true
        let others = queues.dropFirst().map { cluster.queues[$0]?.name ?? $0 }.filter {
            !$0.isEmpty && $0 != request.queue
        }
        plan.otherQueues = isList && request.queue != nil ? others : []
        plan.daemonWallTime = try daemonWallTime(request)
        return plan
    }

    /// Numbers that nothing can be made of, before they meet any limit.
    private func check(_ request: JobRequest) throws(ClusterError) {
        for (name, value) in [
            ("nodes", request.nodes), ("tasksPerNode", request.tasksPerNode), ("cpus", request.cpus),
            ("gpus", request.gpus?.count),
        ] {
            guard let value, !(1...1_000_000).contains(value) else { continue }
            throw ClusterError("\(name) is \(value); give a number from 1 to 1000000")
        }
        if let time = request.wallTime {
            guard time > .zero else {
                throw ClusterError("the walltime is not more than nothing; give one such as 12h")
            }
            guard cluster.scheduler != .lsf || time.components.seconds % 60 == 0 && time.components.attoseconds == 0
            else {
                throw ClusterError(
                    "the walltime is \(time.withUnits), but LSF counts in whole minutes; give "
                        + "\(time.components.seconds / 60 + 1)m"
                )
            }
        }
        if let type = request.gpus?.type, !cluster.gpu.types.isEmpty, cluster.gpu.types[type] == nil {
            let names = cluster.gpu.types.keys.sorted()
            let guess = nearestName(to: type, among: names).map { "did you mean '\($0)'? " } ?? ""
            throw ClusterError(
                "\(place) has no graphics processors '\(type)'; \(guess)It has \(names.joined(separator: ", "))")
        }
    }

    /// Machines that are given whole are used whole: as many processes as have room.
    private func fillNodes(of limits: QueueLimits, _ request: inout JobRequest) {
        guard limits.wholeNodes, let cpus = limits.nodeCPUs else { return }
        if request.tasksPerNode == nil {
            if profile.daemonsPerJob == nil {
                request.tasksPerNode = max(1, cpus / (request.cpus ?? 1))
            } else if request.cpus == nil {
                request.cpus = cpus
            }
        }
        request.nodes = request.nodes ?? 1
    }

    private func requireFields(of request: JobRequest) throws(ClusterError) {
        let missing = cluster.required.filter { !request.has($0) }
        guard let first = missing.first else { return }
        var remedy =
            "give \(missing.map { "--\(Self.option($0))" }.joined(separator: " and ")), or set it in a profile of "
                + "the site"
        if first == "account", let variable = cluster.accountVariable { remedy += ", or set the variable \(variable)" }
        throw ClusterError("jobs at \(place) must have \(missing.joined(separator: " and ")); \(remedy)")
    }

    static func option(_ field: String) -> String {
        field == "tasksPerNode" ? "tasks-per-node" : field
    }

    private func daemonWallTime(_ request: JobRequest) throws(ClusterError) -> Duration? {
        guard let limit = request.wallTime else { return nil }
        let margin = site.runtime.wallTimeMargin
        guard limit > margin else {
            throw ClusterError(
                "a walltime of \(limit.withUnits) leaves daemons no time, as they take no tasks in its last "
                    + "\(margin.withUnits); "
                    + "ask for more, or make runtime.walltimeMargin smaller")
        }
        return limit - margin
    }
}
