import HayateCore

/// Finds the queues of a cluster that take a job. Nothing is ever made smaller so that it fits.
struct QueueChoice {
    let cluster: ClusterProfile
    /// As messages shall name it: `narval`, or `ucl:myriad`.
    let place: String
    /// Whether some queue says that it has graphics processors; then those that say nothing have none.
    private let knowsGPUs: Bool

    init(_ cluster: ClusterProfile, place: String) {
        self.cluster = cluster
        self.place = place
        knowsGPUs = cluster.queues.values.contains { $0.needsGPU || !$0.gpuTypes.isEmpty || ($0.maxGPUs ?? 0) > 0 }
    }

    /// The queue, and others that also fit.
    ///
    /// Without a name: the highest priority first, then the tightest time, then by name. A name may be several, with
    /// commas between them. Where the profile knows no queues, a name is taken as it is.
    /// - Throws: where a named queue is unknown or does not take the job, or none does: which limit, and which queue
    ///   is nearest.
    func queues(for request: JobRequest) throws(ClusterError) -> [String] {
        if let named = request.queue {
            let names = named.split(separator: ",").map(String.init)
            guard !cluster.queues.isEmpty else { return names }
            for name in names { try check(name, request) }
            return names
        }
        guard !cluster.queues.isEmpty else { return [] }
        let candidates = cluster.queues.filter { !$0.value.isExplicit }
        guard !candidates.isEmpty else {
            throw ClusterError(
                "every queue of \(place) must be named; give one with --queue: "
                    + "\(cluster.queues.keys.sorted().joined(separator: ", "))"
            )
        }
        let judged = candidates.map {
            (name: $0.key, limits: $0.value, faults: faults(request, $0.value, isNamed: false))
        }
        .sorted { isBefore(($0.name, $0.limits), ($1.name, $1.limits)) }
        let fitting = judged.filter { $0.faults.isEmpty }.map(\.name)
        guard fitting.isEmpty else { return fitting }
        guard let nearest = judged.min(by: { distance($0.faults) < distance($1.faults) }) else { return [] }
        let explicit = cluster.queues.filter { $0.value.isExplicit && faults(request, $0.value, isNamed: true).isEmpty }
            .keys.sorted()
        let remedy =
            explicit.isEmpty
            ? "ask for what it has"
            : "ask for what it has, or name one of \(explicit.joined(separator: ", ")) with --queue"
        throw ClusterError(
            "no queue of \(place) takes this job; '\(nearest.name)' is nearest, but \(words(nearest.faults)): \(remedy)"
        )
    }

    private func check(_ name: String, _ request: JobRequest) throws(ClusterError) {
        guard let limits = cluster.queues[name] else {
            let names = cluster.queues.keys.sorted()
            let guess = nearestName(to: name, among: names).map { "did you mean '\($0)'? " } ?? ""
            throw ClusterError(
                "there is no queue '\(name)' at \(place); \(guess)It has \(names.joined(separator: ", "))")
        }
        let faults = faults(request, limits, isNamed: true)
        guard !faults.isEmpty else { return }
        let others = cluster.queues.filter {
            !$0.value.isExplicit && self.faults(request, $0.value, isNamed: false).isEmpty
        }
        .sorted { isBefore(($0.key, $0.value), ($1.key, $1.value)) }.map(\.key)
        let remedy =
            others.first.map { "ask for what it has, or take '\($0)', which fits (--queue \($0), or auto)" }
            ?? "ask for what it has"
        throw ClusterError("the queue '\(name)' of \(place) does not take this job: \(words(faults)); \(remedy)")
    }

    private func isBefore(_ left: (String, QueueLimits), _ right: (String, QueueLimits)) -> Bool {
        if left.1.priority != right.1.priority { return left.1.priority > right.1.priority }
        let times = (left.1.maxWallTime ?? .seconds(Int64.max / 4), right.1.maxWallTime ?? .seconds(Int64.max / 4))
        return times.0 != times.1 ? times.0 < times.1 : left.0 < right.0
    }

    /// A limit that a job fails, and how far it is from it: 1 is twice what the queue has.
    private struct Fault {
        var words: String
        var distance: Double

        init(_ words: String, _ distance: Double) {
            self.words = words
            self.distance = distance
        }
    }

    private func words(_ faults: [Fault]) -> String { faults.map(\.words).joined(separator: ", and ") }
    private func distance(_ faults: [Fault]) -> Double { faults.reduce(0) { $0 + $1.distance } }

    /// Which limits a job fails.
    ///
    /// - Parameter isNamed: somebody wants this very queue: what the job leaves open may then be what the queue needs.
    private func faults(_ request: JobRequest, _ limits: QueueLimits, isNamed: Bool) -> [Fault] {
        var faults: [Fault] = []
        func compare<Value: Comparable>(
            _ what: String, _ value: Value?, _ least: Value?, _ most: Value?, _ size: (Value) -> Double,
            _ text: (Value) -> String
        ) {
            guard let value else {
                if let least, !isNamed {
                    faults.append(Fault("it has \(what) of at least \(text(least)), and none is asked for", 1e6))
                }
                return
            }
            if let least, value < least {
                faults.append(
                    Fault(
                        "it has \(what) of at least \(text(least)), and \(text(value)) is asked for",
                        size(least) / size(value) - 1))
            }
            if let most, value > most {
                faults.append(
                    Fault(
                        "it has \(what) of at most \(text(most)), and \(text(value)) is asked for",
                        size(value) / size(most) - 1))
            }
        }
        compare("walltimes", request.wallTime, limits.minWallTime, limits.maxWallTime, { Double($0.nanoseconds) }) {
            $0.withUnits
        }
        let asksCPUs = request.cpus != nil || request.tasksPerNode != nil
        compare(
            "processors on each machine",
            asksCPUs || !isNamed ? (request.cpus ?? 1) * (request.tasksPerNode ?? 1) : nil, limits.minCPUs,
            smaller(limits.maxCPUs, limits.wholeNodes ? limits.nodeCPUs : nil), Double.init
        ) { "\($0)" }
        compare(
            "memory on each machine", request.memory, limits.minMemory,
            smaller(limits.maxMemory, limits.wholeNodes ? limits.nodeMemory : nil), { Double($0.bytes) }
        ) {
            $0.description
        }
        compare(
            "numbers of machines", request.nodes ?? (isNamed ? nil : 1), limits.minNodes, limits.maxNodes, Double.init
        ) {
            "\($0)"
        }
        faults += gpuFaults(request.gpus, limits)
        if !limits.accounts.isEmpty, let account = request.account, !limits.accounts.contains(account) {
            faults.append(
                Fault(
                    "it is for the accounts \(limits.accounts.joined(separator: ", ")), and not for '\(account)'", 100))
        }
        return faults
    }

    private func gpuFaults(_ gpus: GPURequest?, _ limits: QueueLimits) -> [Fault] {
        guard let gpus else {
            return limits.needsGPU ? [Fault("its jobs must ask for graphics processors", 1e6)] : []
        }
        let hasNone = limits.maxGPUs == nil && !limits.needsGPU && limits.gpuTypes.isEmpty && knowsGPUs
        guard !hasNone, limits.maxGPUs != 0 else { return [Fault("it has no graphics processors", 1e9)] }
        var faults: [Fault] = []
        if let most = limits.maxGPUs, gpus.count > most {
            faults.append(
                Fault(
                    "it has at most \(most) graphics processors on each machine, and \(gpus.count) are asked for",
                    Double(gpus.count) / Double(most) - 1))
        }
        if let type = gpus.type, !limits.gpuTypes.isEmpty, !limits.gpuTypes.contains(type) {
            faults.append(
                Fault("its graphics processors are \(limits.gpuTypes.joined(separator: ", ")), and not '\(type)'", 10))
        }
        return faults
    }

    private func smaller<Value: Comparable>(_ first: Value?, _ second: Value?) -> Value? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }
}
