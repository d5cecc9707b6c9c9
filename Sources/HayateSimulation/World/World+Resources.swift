import HayateCore
import HayateWire

/// Tasks beside each other: what daemons have, what tasks ask for, and whether the one never exceeds the other.
extension World {
    /// The most that any task asks for, so that every daemon that shares has it.
    private static let most = ResourceRequest(cpus: 3, gpus: 2, memory: 4, named: ["x": 2])

    /// What the next daemon has for tasks that run beside each other; there is always one that has enough.
    func drawShared() -> DaemonResources? {
        guard scenario.sharedShare > 0 else { return nil }
        let isOnly = !processes.contains { $0.isAlive && $0.terms.resources != nil }
        guard random.chance(scenario.sharedShare) || isOnly else { return nil }
        let most = Self.most
        return DaemonResources(
            cpus: most.cpus + random.below(4), gpus: Array(0..<most.gpus + random.below(3)),
            memory: random.chance(0.5) ? nil : most.memory + random.below(8),
            named: ["x": (most.named["x"] ?? 0) + random.below(2)])
    }

    /// What a new task asks for.
    func drawResources(of task: inout TaskModel) -> ResourceRequest? {
        guard scenario.sizedShare > 0, task.target == nil, random.chance(scenario.sizedShare) else { return nil }
        let most = Self.most
        let request = ResourceRequest(
            cpus: 1 + random.below(most.cpus), gpus: random.below(most.gpus + 1),
            memory: random.chance(0.5) ? 0 : random.below(most.memory + 1),
            named: random.chance(0.7) ? [:] : ["x": 1 + random.below(2)])
        task.isSized = !request.isOneProcessor
        return request
    }

    func send(_ grant: ResourceGrant, to link: Int) {
        var details = TaskDetails()
        details.grant = grant
        if bug == .grantRepeated { details.grant?.gpus = Array(0..<grant.gpus.count) }
        sendToDaemon(link, .details(details))
    }

    /// What runs at a process beside each other never has more than the process said it has, no graphics processor
    /// twice; and what runs without a grant runs by itself, or on top of its parent.
    func checkResources(of process: Int, beginning number: Int, with grant: ResourceGrant?) {
        let runs = processes[process].runs
        guard let grant else {
            if runs.contains(where: { $0.grant != nil }) {
                ledger.fail(.resources, "number \(number) has process \(process) to itself, and others run there")
            }
            return
        }
        guard let all = processes[process].terms.resources else {
            return ledger.fail(.resources, "process \(process) shares nothing and was told to give \(grant)")
        }
        let others = runs.compactMap(\.grant)
        if others.count < runs.count {
            ledger.fail(.resources, "number \(number) begins beside a task that has process \(process) to itself")
        }
        let grants = others + [grant]
        let gpus = grants.flatMap(\.gpus)
        let units = grants.reduce(0) { $0 + ($1.named["x"] ?? 0) }
        if grants.reduce(0, { $0 + $1.cpus }) > all.cpus || Set(gpus).count < gpus.count
            || !Set(gpus).isSubset(of: all.gpus) || units > all.named["x"] ?? 0
            || grants.reduce(0, { $0 + $1.memory }) > all.memory ?? .max
        {
            ledger.fail(.resources, "process \(process) has \(all) and runs \(grants)")
        }
    }
}
