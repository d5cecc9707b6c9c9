import HayateCore

/// The callers: they submit, wait for room, cancel, and ask daemons to leave.
extension World {
    func submit() {
        guard submitted < scenario.tasks, !isClosed, !isWaitingForRoom else { return }
        let pace = max(1, scenario.healAt * 8 / 10 / Int64(scenario.tasks))
        guard ledger.live.count < 50 else {
            queue.add(.submit, at: now + pace + millisecond)
            return
        }
        var count = random.chance(scenario.burst) ? 1 + random.below(20) : 1
        while count > 0, submitted < scenario.tasks, !isWaitingForRoom {
            var target: DaemonID?
            if random.chance(scenario.directedShare) {
                let ids = dispatch.daemonIDs
                target = ids.isEmpty ? nil : ids[random.below(ids.count)]
            }
            if submitOne(to: target) { submitted += 1 }
            count -= 1
        }
        if random.chance(scenario.drainShare) { queue.add(.drain, at: now + random.below(pace)) }
        if !isWaitingForRoom, submitted < scenario.tasks {
            queue.add(.submit, at: now + 1 + random.below(2 * pace))
        }
    }

    /// Submits one task; false if it was refused.
    @discardableResult
    func submitOne(to target: DaemonID?) -> Bool {
        isTouched = true
        var task = TaskModel(id: TaskID(slot: 0, generation: 0))
        task.epoch = epoch
        draw(&task)
        task.target = target
        if scenario.requestShare > 0, target == nil, random.chance(scenario.requestShare) {
            task.request = drawRequest()
        }
        if target == nil, scenario.needShare > 0, random.chance(scenario.needShare) { drawNeeds(&task) }
        task.resources = drawResources(of: &task)
        var spec = spec(of: task)
        if bug == .needsForgotten { spec.needs = [] }
        let waiting = dispatch.counts.waiting + dispatch.counts.blocked
        let isFull =
            waiting > 0
            && (waiting >= scenario.limits.queuedTasks
                || dispatch.counts.waitingBytes + task.bytes > scenario.limits.queuedBytes)
        switch dispatch.submit(spec, to: target, at: instant, into: &effects) {
        case .accepted(let id):
            if isFull, target == nil { ledger.fail(.bounds, "\(id) was accepted by a full queue") }
            task.id = id
            // The body is stored before the effects are carried out: they may send it at once.
            let number = ledger.accepted(task)
            trace("  \(id) is number \(number), priority \(task.priority)")
            perform()
            if task.isEndless || random.chance(scenario.cancelShare) {
                let pause = random.spread(scenario.shortTask, 4 * scenario.longTask)
                queue.add(.cancel(task: number), at: now + pause)
            }
            return true
        case .refused(.queueFull):
            if !isFull || target != nil {
                ledger.fail(.bounds, "a queue with room refused \(task.bytes) bytes")
            }
            isWaitingForRoom = true
        case .refused(.closed):
            if !isClosed { ledger.fail(.bounds, "an open pool refused a task as closed") }
        case .refused(.noSuchDaemon):
            if target == nil { ledger.fail(.bounds, "a task for anyone was refused") }
        case .refused(.timeRequest), .refused(.resources):
            ledger.fail(.bounds, "a request for time or resources was refused")
        case .refused(.unknownNeed):
            ledger.fail(.bounds, "a task was refused for what it needs, which is unfinished")
        }
        return false
    }

    func spec(of task: TaskModel) -> TaskSpec {
        let timeout = task.deadline == .max ? nil : Duration.nanoseconds(max(0, task.deadline - now))
        return TaskSpec(
            bytes: task.bytes, priority: task.priority, timeout: timeout, retry: task.retry,
            timeRequest: task.request > 0 ? .nanoseconds(task.request) : nil,
            needs: task.needs.map { ledger.tasks[$0].id }, resources: task.resources)
    }

    /// One to three of those that have not ended.
    private func drawNeeds(_ task: inout TaskModel) {
        let candidates = ledger.live.filter { ledger.tasks[$0].isDurable }
        guard !candidates.isEmpty else { return }
        injected.needy += 1
        let drawn = (0...random.below(3)).map { _ in candidates[random.below(candidates.count)] }
        task.needs = Set(drawn).sorted()
    }

    /// Mostly one of a few lengths, as sweeps have them.
    private func drawRequest() -> Int64 {
        random.chance(0.7)
            ? millisecond << Int64(random.below(11)) : random.spread(millisecond, 2 * second)
    }

    func draw(_ task: inout TaskModel) {
        let isLong = random.chance(scenario.longShare)
        task.duration =
            isLong
            ? random.spread(millisecond, scenario.longTask)
            : random.spread(microsecond / 10, scenario.shortTask)
        task.bytes = 1 + random.below(100)
        task.priority = Int8(random.below(scenario.priorities))
        if random.chance(scenario.timeoutShare) {
            task.deadline = now + random.spread(microsecond, 10 * scenario.longTask)
        }
        if random.chance(scenario.onceShare) {
            task.retry = .never
        } else if random.chance(scenario.backoffShare) {
            task.retry = .backoff(
                attempts: UInt32(1 + random.below(4)), first: .milliseconds(1 + random.below(20)),
                cap: .milliseconds(100))
        } else if random.chance(0.1) {
            task.retry = RetryPolicy(losses: UInt8(1 + random.below(6)))
        }
        if random.chance(scenario.failingShare) { task.failures = 1 + random.below(4) }
        task.isPoison = random.chance(scenario.poisonShare)
        task.isDeaf = random.chance(scenario.deafShare)
        task.isLarge = random.chance(scenario.largeShare)
        if !task.isDeaf, random.chance(scenario.endlessShare) {
            task.isEndless = true
            task.duration = 100_000 * second
        }
        task.generations = scenario.generations
        drawOffspring(&task)
    }

    func drawOffspring(_ task: inout TaskModel) {
        guard task.generations > 0, !task.isEndless, random.chance(scenario.parentShare) else { return }
        task.offspring = 1 + random.below(3)
        task.isMap = random.chance(0.5)
        task.waitsForOne = random.chance(0.2)
    }

    func cancel(_ number: Int) {
        let task = ledger.tasks[number]
        guard task.epoch == epoch else { return }
        isTouched = true
        injected.cancels += 1
        ledger.tasks[number].isCancelled = true
        let wasUnfinished = task.isUnfinished
        let isCancelled = dispatch.cancel(task.id, at: instant, into: &effects)
        if isCancelled != wasUnfinished {
            ledger.fail(
                .oneOutcome, "cancelling \(task.id) said \(isCancelled), it is \(task.phase)")
        }
        perform()
        if ledger.tasks[number].isUnfinished {
            ledger.fail(.kept, "\(task.id) was cancelled and its caller heard nothing")
        }
    }

    func drain() {
        let ids = dispatch.daemonIDs
        guard !ids.isEmpty else { return }
        isTouched = true
        dispatch.drain(ids[random.below(ids.count)], .requested, at: instant, into: &effects)
        perform()
    }
}
