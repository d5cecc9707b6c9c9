/// Tasks are given to daemons that run several beside each other if what they ask for is free there. Nothing is sent
/// ahead to such a daemon: whatever it holds, it runs.
extension Dispatch {
    /// Notes what a new task asks for.
    mutating func request(_ resources: ResourceRequest?, for slot: UInt32) {
        guard let resources, !resources.isOneProcessor else { return }
        shared.note(resources, for: slot)
        tasks[Int(slot)].flags.insert(.sized)
    }

    /// A task that must be alone would hold up all behind it in the common queue, where the daemon that will be free for
    /// it runs much else.
    /// - Parameter always: also while no daemon runs several at once, since one may be about to come.
    mutating func standApart(_ slot: UInt32, always: Bool = false) {
        guard always || !shared.slots.isEmpty, !tasks[Int(slot)].flags.contains(.sized) else { return }
        shared.note(ResourceRequest(), for: slot)
        tasks[Int(slot)].flags.insert(.sized)
    }

    /// The first daemon comes that runs several at once: those that must be alone leave the lines of the others.
    mutating func suspectsStandApart() {
        for index in tasks.indices where tasks[index].phase == .queued && tasks[index].flags.contains(.alone) {
            let slot = UInt32(index)
            guard needsAll(slot), !tasks[index].flags.contains(.sized) else { continue }
            if tasks[index].flags.contains(.timed) {
                timeRequests.remove(slot, priority: tasks[index].priority)
            } else {
                queue.remove(slot, priority: tasks[index].priority)
            }
            standApart(slot, always: true)
            joinLine(slot, returned: true)
        }
    }

    /// What a task was given of its daemon's resources; nil if it is at none that runs several at once.
    public func grant(of task: TaskID) -> ResourceGrant? {
        record(task) == nil ? nil : shared.held[task.slot]?.grant
    }

    /// Whether nothing may run beside it: it is for one daemon only, or may be what takes its daemons down. That it may
    /// start only once is no reason: where tasks run beside each other, none waits behind another.
    func needsAll(_ slot: UInt32) -> Bool {
        let record = tasks[Int(slot)]
        return record.flags.contains(.directed)
            || record.flags.contains(.alone) && policies[Int(record.policy)].losses > 0
    }

    // MARK: What daemons hold

    /// Gives the task what it asks for of a daemon that has it free; nil where tasks run one by one.
    mutating func takeResources(for slot: UInt32, at daemon: UInt32, at now: Instant) -> ResourceGrant? {
        guard daemons[Int(daemon)].isShared, !tasks[Int(slot)].flags.contains(.directed) else { return nil }
        let request = shared.request(of: slot)
        guard let grant = shared.resources[daemon]?.take(request) else { return nil }
        shared.held[slot] = SharedDaemons.Held(grant: grant, since: now)
        return grant
    }

    /// A task that an earlier host had placed is at its daemon again, before it is linked there.
    mutating func holdResources(_ grant: ResourceGrant?, of slot: UInt32, at daemon: UInt32, at now: Instant) {
        guard let grant, daemons[Int(daemon)].isShared else { return }
        shared.resources[daemon]?.hold(grant)
        shared.held[slot] = SharedDaemons.Held(grant: grant, since: now)
    }

    /// The task has left its daemon.
    mutating func releaseResources(of slot: UInt32, at daemon: UInt32) {
        guard let held = shared.held.removeValue(forKey: slot) else { return }
        shared.resources[daemon]?.release(held.grant)
    }

    /// Whether tasks may be put there as far as there is room.
    func isOpen(_ daemon: DaemonRecord) -> Bool {
        daemon.isShared && mayTake(daemon) && daemon.exclusives == 0
    }

    mutating func indexShared(_ slot: UInt32) {
        let cpus = isOpen(daemons[Int(slot)]) ? shared.resources[slot]?.cpus ?? 0 : 0
        shared.freeCPUs[slot] = cpus > 0 ? Int64(cpus) : MaxTree.nothing
    }

    // MARK: Giving out

    mutating func pumpShared(at now: Instant, into effects: inout Effects) {
        timeRequests.pumpedAt = now
        while !idle.isEmpty || !hungry.isEmpty || shared.freeCPUs.greatest > 0,
            let (front, target) = nextPlace(at: now)
        {
            if front.isSized {
                shared.popFront(front.slot, kind(of: front.slot))
            } else {
                take(front)
            }
            leaveQueue(front.slot, into: &effects)
            assign(front.slot, to: target, at: now, into: &effects)
            update(target, at: now)
        }
    }

    /// The oldest task that fits somewhere now. One that fits nowhere yet, but could, has a daemon kept free for it: the
    /// one where least is missing. Younger ones pass it elsewhere only, so that it gets its place when those that run
    /// there have ended.
    private mutating func nextPlace(at now: Instant) -> (Front, UInt32)? {
        var mayPrefetch = true
        var kept: UInt32?
        for front in allFronts() {
            let until = front.length.map { now.advanced(by: $0).nanoseconds }
            let request = shared.request(of: front.slot)
            let isSmall = request.isOneProcessor
            if isSmall, let target = idlePlain(until: until) { return (front, target) }
            let needsAll = needsAll(front.slot)
            if let target = place(request, needsAll, until: until, but: kept) { return (front, target) }
            if isSmall {
                if mayPrefetch, !front.isAlone, let target = hungryPlain(until: until) { return (front, target) }
                // A daemon will be free for it, unless others are sent there ahead for ever.
                if front.isAlone, until.map({ timeRequests.usable.greatest >= $0 }) ?? true { mayPrefetch = false }
                // Whatever has a processor free has room for it: nothing needs to be kept.
                if !needsAll { continue }
            }
            if kept == nil { kept = leastMissing(request, needsAll, until: until) }
        }
        return nil
    }

    private func idlePlain(until: Int64?) -> UInt32? {
        until.map { timeRequests.idle.first(atLeast: $0) } ?? idle.first
    }

    private mutating func hungryPlain(until: Int64?) -> UInt32? {
        if let until { return timeRequests.hungry.first(atLeast: until) }
        guard let next = hungry.next(after: hungryCursor) else { return nil }
        hungryCursor = next
        return next
    }

    /// The first daemon with room. Those before it are filled first, so that the others stay free for what needs much.
    func place(_ request: ResourceRequest, _ needsAll: Bool, until: Int64?, but kept: UInt32? = nil) -> UInt32? {
        var from: UInt32 = 0
        while let slot = shared.freeCPUs.first(atLeast: Int64(request.cpus), from: from) {
            from = slot + 1
            let daemon = daemons[Int(slot)]
            if slot != kept, until ?? .min <= daemon.until.nanoseconds, !needsAll || daemon.held == 0,
                shared.resources[slot]?.fits(request) ?? false
            {
                return slot
            }
        }
        return nil
    }

    private func leastMissing(_ request: ResourceRequest, _ needsAll: Bool, until: Int64?) -> UInt32? {
        var best: (slot: UInt32, missing: Double)?
        for slot in shared.slots {
            let daemon = daemons[Int(slot)]
            guard mayTake(daemon), until ?? .min <= daemon.until.nanoseconds,
                let resources = shared.resources[slot], resources.couldFit(request)
            else { continue }
            let missing = needsAll ? Double(daemon.held) : resources.missing(for: request)
            if best.map({ missing < $0.missing }) ?? true { best = (slot, missing) }
        }
        return best?.slot
    }

    /// The first of each line, in the order in which they are served.
    private mutating func allFronts() -> [Front] {
        var all = fronts()
        for index in shared.lines.indices.reversed() {
            if let slot = frontOfSharedLine(index) {
                let length = shared.lines[index].kind.length
                var front = front(slot, length > 0 ? length : nil)
                front.isSized = true
                all.append(front)
            } else {
                shared.lines.remove(at: index)
            }
        }
        return all.sorted { $0.isBefore($1) }
    }

    private mutating func frontOfSharedLine(_ index: Int) -> UInt32? {
        while let slot = shared.lines[index].queue.front(sequence: { tasks[Int($0)].sequence }) {
            if tasks[Int(slot)].phase == .queued { return slot }
            shared.lines[index].queue.popFront(slot)
            tombstones -= 1
            freeTask(slot)
        }
        return nil
    }

    // MARK: Lines

    private func kind(of slot: UInt32) -> SharedDaemons.Kind {
        SharedDaemons.Kind(
            shape: shared.requests[slot] ?? 0, length: lineLength(of: slot), needsAll: needsAll(slot))
    }

    /// Nanoseconds that a task asks for, as its line has them.
    func lineLength(of slot: UInt32) -> Int64 {
        timeRequests.lengths[slot].map { TimeRequests.rounded($0) } ?? 0
    }

    /// Puts a waiting task into the line of those like it.
    mutating func joinLine(_ slot: UInt32, returned: Bool) {
        let (flags, priority) = (tasks[Int(slot)].flags, tasks[Int(slot)].priority)
        let sequence = returned ? tasks[Int(slot)].sequence : nil
        if flags.contains(.sized) {
            shared.enqueue(slot, kind(of: slot), returned: sequence, priority: priority)
        } else if flags.contains(.timed) {
            timeRequests.enqueue(slot, returned: sequence, priority: priority)
        } else if let sequence {
            queue.putBack(slot, sequence: sequence, priority: priority)
        } else {
            queue.append(slot, priority: priority)
        }
    }

    /// Takes a waiting task out of the line, wherever it stands in it.
    mutating func leaveLine(_ slot: UInt32) {
        let (flags, priority) = (tasks[Int(slot)].flags, tasks[Int(slot)].priority)
        if flags.contains(.sized) {
            shared.remove(slot, kind(of: slot), priority: priority)
        } else if flags.contains(.timed) {
            timeRequests.remove(slot, priority: priority)
        } else {
            queue.remove(slot, priority: priority)
        }
    }

    // MARK: Reasons and checks

    /// Why this waiting task waits, if what it asks for is free nowhere.
    func resourceReason(of slot: UInt32) -> WaitReason? {
        let request = shared.request(of: slot)
        guard !request.isOneProcessor else { return nil }
        let isFree = shared.slots.contains { daemon in
            mayTake(daemons[Int(daemon)]) && shared.resources[daemon]?.fits(request) ?? false
        }
        guard !isFree else { return nil }
        let exists = shared.slots.contains { shared.resources[$0]?.couldFit(request) ?? false }
        return .needsResources(request, exists: exists)
    }

    /// What the first task that waits asks for, of those for which no daemon has enough in all.
    public func resourceShortage() -> ResourceRequest? {
        let fronts = shared.lines.compactMap { line in line.queue.front { tasks[Int($0)].sequence } }
        let short = fronts.filter { slot in
            tasks[Int(slot)].phase == .queued && !shared.request(of: slot).isOneProcessor
                && !shared.slots.contains { shared.resources[$0]?.couldFit(shared.request(of: slot)) ?? false }
        }
        return short.min { tasks[Int($0)].sequence < tasks[Int($1)].sequence }.map { shared.request(of: $0) }
    }

    func checkShared() -> String? {
        var holders = 0
        for (index, daemon) in daemons.enumerated() {
            let slot = UInt32(index)
            guard daemon.phase != .free, daemon.isShared else {
                if shared.resources[slot] != nil { return "daemon \(slot) shares nothing and has resources" }
                continue
            }
            guard let all = daemon.terms.resources else { return "daemon \(slot) is shared and has nothing" }
            var free = FreeResources(all)
            let there = tasks.indices.filter { tasks[$0].daemon == slot }
            for task in there {
                guard let held = shared.held[UInt32(task)] else { continue }
                holders += 1
                if held.grant.gpus.contains(where: { !free.gpus.contains($0) }) {
                    return "daemon \(slot): a graphics processor of task \(task) is not its alone"
                }
                free.hold(held.grant)
            }
            if free != shared.resources[slot] { return "daemon \(slot): what it has free is counted wrongly" }
            if free.cpus < 0 || free.memory < 0 || free.named.contains(where: { $0.value < 0 }) {
                return "daemon \(slot) has given out more than it has"
            }
            let alone = there.filter { needsAll(UInt32($0)) }
            if alone.count != daemon.exclusives { return "daemon \(slot): \(alone.count) tasks need all of it" }
            let open = isOpen(daemon) && free.cpus > 0 ? Int64(free.cpus) : MaxTree.nothing
            if shared.freeCPUs[slot] != open { return "daemon \(slot): its processors are indexed wrongly" }
        }
        if shared.slots.sorted() != shared.slots || Set(shared.slots) != Set(shared.resources.keys) {
            return "the list of shared daemons is wrong"
        }
        if holders != shared.held.count { return "\(holders) tasks have grants, noted \(shared.held.count)" }
        let sized = tasks.indices.count { tasks[$0].phase != .free && tasks[$0].flags.contains(.sized) }
        if sized != shared.requests.count { return "\(sized) tasks ask for resources, noted \(shared.requests.count)" }
        return shared.lines.contains { $0.queue.count == 0 } ? "a line of tasks is empty" : checkPlaces()
    }

    /// The oldest task of all waits only if there is no room for it.
    private func checkPlaces() -> String? {
        guard !isClosed, shared.isUsed else { return nil }
        let lines = [queue] + timeRequests.lines.map(\.queue) + shared.lines.map(\.queue)
        let slots = lines.compactMap { line in line.front { tasks[Int($0)].sequence } }
        guard slots.allSatisfy({ tasks[Int($0)].phase == .queued }) else { return nil }
        let first = slots.min { left, right in
            let (left, right) = (tasks[Int(left)], tasks[Int(right)])
            return left.priority != right.priority
                ? left.priority > right.priority : left.sequence < right.sequence
        }
        guard let first else { return nil }
        let length = lineLength(of: first)
        let until = length > 0 ? timeRequests.pumpedAt.advanced(by: length).nanoseconds : nil
        guard let slot = place(shared.request(of: first), needsAll(first), until: until) else { return nil }
        return "task \(first) waits although daemon \(slot) has room for it"
    }
}

extension ResourceRequest {
    /// Whether it asks for no more than any daemon has.
    public var isOneProcessor: Bool { cpus == 1 && gpus == 0 && memory == 0 && named.isEmpty }
}
