/// Daemons that run several tasks beside each other, what they have free, and the tasks that ask for more than a
/// processor. Empty, and without cost, before the first of either comes.
struct SharedDaemons: Sendable {
    /// What a task was given, and when.
    struct Held: Sendable {
        var grant: ResourceGrant
        var since: Instant
    }

    /// What a task asks for. Those that wait and ask for the same stand in one line, as they fit the same daemons: a
    /// look at the first is enough, and none waits behind one that does not fit.
    struct Kind: Hashable, Sendable {
        var shape: UInt32
        /// Nanoseconds of their daemon's time, rounded up; 0: none.
        var length: Int64
        /// Whether nothing may run beside them.
        var needsAll: Bool
    }

    struct Line: Sendable {
        let kind: Kind
        var queue = ReadyQueue()
    }

    /// What each has, by its slot.
    var resources: [UInt32: FreeResources] = [:]
    /// The slots of these, ascending.
    var slots: [UInt32] = []
    /// Processors that are free where tasks may be put at all.
    var freeCPUs = MaxTree()
    /// By the slots of the tasks that are there.
    var held: [UInt32: Held] = [:]

    /// Everything that was ever asked for, and what each waiting or assigned task asks for, by its slot.
    private(set) var shapes: [ResourceRequest] = []
    private var shapeIndex: [ResourceRequest: UInt32] = [:]
    private(set) var requests: [UInt32: UInt32] = [:]
    /// None is empty.
    var lines: [Line] = []

    /// Whether tasks must be placed by what they ask for.
    var isUsed: Bool { !slots.isEmpty || !lines.isEmpty }

    func request(of slot: UInt32) -> ResourceRequest {
        requests[slot].map { shapes[Int($0)] } ?? ResourceRequest()
    }

    mutating func note(_ request: ResourceRequest, for slot: UInt32) {
        if let index = shapeIndex[request] {
            requests[slot] = index
            return
        }
        let index = UInt32(shapes.count)
        shapes.append(request)
        shapeIndex[request] = index
        requests[slot] = index
    }

    mutating func forget(_ slot: UInt32) { requests[slot] = nil }

    // MARK: Daemons

    mutating func join(_ slot: UInt32, _ all: DaemonResources) {
        resources[slot] = FreeResources(all)
        slots.insert(slot, at: slots.firstIndex { $0 > slot } ?? slots.count)
    }

    mutating func leave(_ slot: UInt32) {
        guard resources.removeValue(forKey: slot) != nil else { return }
        slots.removeAll { $0 == slot }
        freeCPUs[slot] = MaxTree.nothing
    }

    // MARK: Lines

    mutating func enqueue(_ slot: UInt32, _ kind: Kind, returned sequence: UInt64?, priority: Int8) {
        let known = lines.firstIndex { $0.kind == kind }
        let place = known ?? lines.count
        if known == nil { lines.append(Line(kind: kind)) }
        if let sequence {
            lines[place].queue.putBack(slot, sequence: sequence, priority: priority)
        } else {
            lines[place].queue.append(slot, priority: priority)
        }
    }

    mutating func popFront(_ slot: UInt32, _ kind: Kind) {
        guard let place = lines.firstIndex(where: { $0.kind == kind }) else { return }
        lines[place].queue.popFront(slot)
        if lines[place].queue.count == 0 { lines.remove(at: place) }
    }

    mutating func remove(_ slot: UInt32, _ kind: Kind, priority: Int8) {
        guard let place = lines.firstIndex(where: { $0.kind == kind }) else { return }
        lines[place].queue.remove(slot, priority: priority)
        if lines[place].queue.count == 0 { lines.remove(at: place) }
    }
}

/// What one daemon has, and what of it is free.
struct FreeResources: Hashable, Sendable {
    let all: DaemonResources
    private(set) var cpus: Int
    /// Ascending.
    private(set) var gpus: [Int]
    private(set) var memory: Int64
    private(set) var named: [String: Int]

    init(_ all: DaemonResources) {
        self.all = all
        cpus = all.cpus
        gpus = all.gpus
        memory = all.memory ?? .max
        named = all.named
    }

    /// What is free, for whoever looks; it may have no processor.
    var rest: DaemonResources {
        var rest = all
        rest.cpus = cpus
        rest.gpus = gpus
        if all.memory != nil { rest.memory = memory }
        rest.named = named
        return rest
    }

    /// Whether it has so much in all.
    func couldFit(_ request: ResourceRequest) -> Bool {
        request.cpus <= all.cpus && request.gpus <= all.gpus.count && request.memory <= all.memory ?? .max
            && request.named.allSatisfy { $0.value <= all.named[$0.key] ?? 0 }
    }

    func fits(_ request: ResourceRequest) -> Bool {
        request.cpus <= cpus && request.gpus <= gpus.count && request.memory <= memory
            && request.named.allSatisfy { $0.value <= named[$0.key] ?? 0 }
    }

    /// How much of what is asked for is not free yet: the greatest share of what the daemon has, 0 to 1. It never
    /// grows while nothing is put there.
    func missing(for request: ResourceRequest) -> Double {
        func share(_ wanted: Int64, _ free: Int64, _ all: Int64) -> Double {
            wanted <= free ? 0 : Double(wanted - free) / Double(max(1, all))
        }
        var most = share(Int64(request.cpus), Int64(cpus), Int64(all.cpus))
        most = max(most, share(Int64(request.gpus), Int64(gpus.count), Int64(all.gpus.count)))
        if let total = all.memory { most = max(most, share(request.memory, memory, total)) }
        for (name, count) in request.named {
            most = max(most, share(Int64(count), Int64(named[name] ?? 0), Int64(all.named[name] ?? 0)))
        }
        return most
    }

    /// Takes what a task asks for, which must be free: its graphics processors are those with the lowest indexes.
    mutating func take(_ request: ResourceRequest) -> ResourceGrant {
        let grant = ResourceGrant(
            cpus: request.cpus, gpus: Array(gpus.prefix(request.gpus)), memory: request.memory, named: request.named)
        hold(grant)
        return grant
    }

    /// Takes what a task was granted earlier.
    mutating func hold(_ grant: ResourceGrant) {
        cpus -= grant.cpus
        gpus.removeAll { grant.gpus.contains($0) }
        if all.memory != nil { memory -= grant.memory }
        for (name, count) in grant.named { named[name, default: 0] -= count }
    }

    mutating func release(_ grant: ResourceGrant) {
        cpus += grant.cpus
        gpus = (gpus + grant.gpus.filter { all.gpus.contains($0) }).sorted()
        if all.memory != nil { memory += grant.memory }
        for (name, count) in grant.named { named[name, default: 0] += count }
    }
}
