import HayateCore

/// What a daemon has, or a task was given of it, as the journal keeps it.
struct DurableResources: Codable, Equatable {
    var cpus: Int
    var gpus: [Int]
    /// Bytes; nil: not counted.
    var memory: Int64?
    var named: [String: Int]

    init(_ resources: DaemonResources) {
        cpus = resources.cpus
        gpus = resources.gpus
        memory = resources.memory
        named = resources.named
    }

    init(_ grant: ResourceGrant) {
        cpus = grant.cpus
        gpus = grant.gpus
        memory = grant.memory
        named = grant.named
    }

    var daemonResources: DaemonResources { DaemonResources(cpus: cpus, gpus: gpus, memory: memory, named: named) }
    var grant: ResourceGrant { ResourceGrant(cpus: cpus, gpus: gpus, memory: memory ?? 0, named: named) }
}
