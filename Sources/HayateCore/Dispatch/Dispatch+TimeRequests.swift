/// Tasks that ask for time are given to daemons that have so much left, and wait for one otherwise, without holding
/// up those behind them.
extension Dispatch {
    /// Notes what a new task asks for.
    mutating func request(_ length: Duration?, for slot: UInt32) {
        guard let length, length > .zero else { return }
        if !timeRequests.isUsed {
            timeRequests.isUsed = true
            for daemon in daemons.indices { indexTime(of: UInt32(daemon)) }
        }
        timeRequests.lengths[slot] = min(length.nanoseconds, TimeRequests.longest)
        tasks[Int(slot)].flags.insert(.timed)
    }

    /// Puts the daemon where its time says.
    mutating func indexTime(of slot: UInt32) {
        let daemon = daemons[Int(slot)]
        let until = daemon.until.nanoseconds
        timeRequests.idle[slot] = idle.contains(slot) ? until : MaxTree.nothing
        timeRequests.hungry[slot] = hungry.contains(slot) ? daemon.freeUntil : MaxTree.nothing
        timeRequests.usable[slot] = mayTake(daemon) ? until : MaxTree.nothing
    }

    /// Gives waiting tasks to daemons where they fit, oldest first.
    mutating func pumpTimed(at now: Instant, into effects: inout Effects) {
        timeRequests.pumpedAt = now
        while !idle.isEmpty || !hungry.isEmpty, let (front, target) = nextFit(at: now) {
            take(front)
            leaveQueue(front.slot, into: &effects)
            assign(front.slot, to: target, at: now, into: &effects)
            update(target, at: now)
        }
    }

    /// The first task of a line.
    struct Front {
        var slot: UInt32
        /// Nanoseconds; nil for tasks that ask for none.
        var length: Int64?
        var priority: Int8
        var sequence: UInt64
        var isAlone: Bool
        /// Whether it stands in one of the lines of `SharedDaemons`.
        var isSized = false

        func isBefore(_ other: Front) -> Bool {
            priority != other.priority ? priority > other.priority : sequence < other.sequence
        }
    }

    private mutating func nextFit(at now: Instant) -> (Front, UInt32)? {
        var mayPrefetch = true
        for front in fronts() {
            let isAhead = mayPrefetch && !front.isAlone
            if let length = front.length {
                let needed = now.advanced(by: length).nanoseconds
                let target = timeRequests.idle.first(atLeast: needed)
                    ?? (isAhead ? timeRequests.hungry.first(atLeast: needed) : nil)
                if let target { return (front, target) }
                // A daemon will be free for it, unless others are sent there ahead for ever.
                if front.isAlone, timeRequests.usable.greatest >= needed { mayPrefetch = false }
            } else if let target = idle.first {
                return (front, target)
            } else if isAhead, let target = hungry.next(after: hungryCursor) {
                hungryCursor = target
                return (front, target)
            } else if front.isAlone {
                mayPrefetch = false
            }
        }
        return nil
    }

    /// The first of each line, in the order in which they are served.
    mutating func fronts() -> [Front] {
        var fronts: [Front] = []
        if let slot = frontOfQueue() { fronts.append(front(slot, nil)) }
        for index in timeRequests.lines.indices.reversed() {
            if let slot = frontOfLine(index) {
                fronts.append(front(slot, timeRequests.lines[index].length))
            } else {
                timeRequests.lines.remove(at: index)
            }
        }
        return fronts.sorted { $0.isBefore($1) }
    }

    func front(_ slot: UInt32, _ length: Int64?) -> Front {
        let record = tasks[Int(slot)]
        return Front(
            slot: slot, length: length, priority: record.priority, sequence: record.sequence,
            isAlone: record.flags.contains(.alone))
    }

    private mutating func frontOfLine(_ index: Int) -> UInt32? {
        while let slot = timeRequests.lines[index].queue.front(sequence: { tasks[Int($0)].sequence }) {
            if tasks[Int(slot)].phase == .queued { return slot }
            timeRequests.lines[index].queue.popFront(slot)
            tombstones -= 1
            freeTask(slot)
        }
        return nil
    }

    mutating func take(_ front: Front) {
        guard let length = front.length else { return queue.popFront(front.slot) }
        guard let index = timeRequests.lines.firstIndex(where: { $0.length == length }) else { return }
        timeRequests.lines[index].queue.popFront(front.slot)
        if timeRequests.lines[index].queue.count == 0 { timeRequests.lines.remove(at: index) }
    }

    /// Whether an idle daemon could run whatever this one holds: else what is taken back would return.
    func fitsIdle(_ daemon: DaemonRecord, at now: Instant) -> Bool {
        guard daemon.timedHeld > 0 else { return true }
        let longest = TimeRequests.rounded(daemon.longestRequest)
        return timeRequests.idle.greatest >= now.advanced(by: longest).nanoseconds
    }

    // MARK: What daemons hold

    mutating func holdTime(of task: UInt32, at daemon: Int) {
        let length = timeRequests.lengths[task] ?? 0
        daemons[daemon].timedHeld += 1
        daemons[daemon].requested &+= length
        daemons[daemon].longestRequest = max(daemons[daemon].longestRequest, length)
    }

    mutating func releaseTime(of task: UInt32, at daemon: Int) {
        daemons[daemon].timedHeld -= 1
        daemons[daemon].requested &-= timeRequests.lengths[task] ?? 0
        if daemons[daemon].timedHeld == 0 { daemons[daemon].longestRequest = 0 }
    }

    // MARK: Reasons and checks

    /// Why this waiting task waits, if no daemon has as much time left as it asks for.
    func timeReason(of slot: UInt32, at now: Instant) -> WaitReason? {
        guard let length = timeRequests.lengths[slot] else { return nil }
        let most = timeRequests.usable.greatest
        let needed = now.advanced(by: TimeRequests.rounded(length)).nanoseconds
        guard most < needed, most != MaxTree.nothing else { return nil }
        return .needsTime(
            .nanoseconds(length), mostLeft: .nanoseconds(max(0, Instant(nanoseconds: most).since(now))))
    }

    /// What the shortest request waits for, if no daemon has so much time left.
    public func timeShortage(at now: Instant) -> WaitReason? {
        guard let line = timeRequests.lines.first,
            let slot = line.queue.front(sequence: { tasks[Int($0)].sequence }),
            tasks[Int(slot)].phase == .queued
        else { return nil }
        return timeReason(of: slot, at: now)
    }

    func checkTimeRequests() -> String? {
        let timed = tasks.indices.filter { tasks[$0].phase != .free && tasks[$0].flags.contains(.timed) }
        if timed.count != timeRequests.lengths.count {
            return "\(timed.count) tasks ask for time, \(timeRequests.lengths.count) are noted"
        }
        guard timeRequests.isUsed else { return nil }
        for slot in daemons.indices {
            let daemon = daemons[slot]
            let index = UInt32(slot)
            let isIdle = idle.contains(index)
            if timeRequests.idle[index] != (isIdle ? daemon.until.nanoseconds : MaxTree.nothing)
                || timeRequests.hungry[index] != (hungry.contains(index) ? daemon.freeUntil : MaxTree.nothing)
                || timeRequests.usable[index] != (mayTake(daemon) ? daemon.until.nanoseconds : MaxTree.nothing)
            {
                return "daemon \(slot): its time is indexed wrongly"
            }
            let held = timed.filter { tasks[$0].daemon == index }
            let sum = held.reduce(0) { $0 &+ (timeRequests.lengths[UInt32($1)] ?? 0) }
            if daemon.phase != .free, held.count != daemon.timedHeld || sum != daemon.requested {
                return "daemon \(slot) holds \(held.count) tasks for \(sum) ns, counted \(daemon.timedHeld), "
                    + "\(daemon.requested)"
            }
        }
        for line in timeRequests.lines {
            if line.queue.count == 0 { return "the line of \(line.length) ns is empty" }
            guard !isClosed, let slot = line.queue.front(sequence: { tasks[Int($0)].sequence }),
                tasks[Int(slot)].phase == .queued
            else { continue }
            if timeRequests.idle.greatest >= timeRequests.pumpedAt.advanced(by: line.length).nanoseconds {
                return "task \(slot) waits although a daemon with enough time is idle"
            }
        }
        return nil
    }
}
