/// What a task needs of a daemon that runs several tasks at once.
public struct ResourceRequest: Hashable, Sendable {
    /// Processors; at least 1.
    public var cpus: Int
    /// Graphics processors, which the task gets by their indexes; 0 or more.
    public var gpus: Int
    /// Bytes of memory; 0: it does not say.
    public var memory: Int64
    /// Units of what the daemon's owner has named, such as licences.
    public var named: [String: Int]

    public init(cpus: Int = 1, gpus: Int = 0, memory: Int64 = 0, named: [String: Int] = [:]) {
        self.cpus = max(1, cpus)
        self.gpus = max(0, gpus)
        self.memory = max(0, memory)
        self.named = named.filter { $0.value > 0 }
    }
}

/// What a daemon has to give to tasks that run beside each other. A daemon that says nothing of it runs one task at
/// a time, whatever the task asks for.
public struct DaemonResources: Hashable, Sendable {
    /// Processors; at least 1.
    public var cpus: Int
    /// The indexes of its graphics processors, ascending.
    public var gpus: [Int]
    /// Bytes of memory; nil: not counted.
    public var memory: Int64?
    public var named: [String: Int]

    public init(cpus: Int = 1, gpus: [Int] = [], memory: Int64? = nil, named: [String: Int] = [:]) {
        self.cpus = max(1, cpus)
        self.gpus = Set(gpus).sorted()
        self.memory = memory
        self.named = named
    }
}

/// What a task was given of its daemon's resources; free again when it ends there.
public struct ResourceGrant: Hashable, Sendable {
    public var cpus: Int
    /// Which graphics processors.
    public var gpus: [Int]
    public var memory: Int64
    public var named: [String: Int]

    public init(cpus: Int = 1, gpus: [Int] = [], memory: Int64 = 0, named: [String: Int] = [:]) {
        self.cpus = cpus
        self.gpus = gpus
        self.memory = memory
        self.named = named
    }
}
