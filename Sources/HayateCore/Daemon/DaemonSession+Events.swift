extension DaemonSession {
    // MARK: The connection

    /// The host admitted this daemon. `resumed` tells whether it knew the session; `received` is how
    /// many of its results the host has.
    public mutating func welcomed(
        resumed: Bool, received: UInt64, at now: Instant, into effects: inout [Effect]
    ) {
        guard link != .over else { return }
        if leaveWhenEmpty == .hostLost {
            // Too late if the task was told to stop already; in time if it was let go on.
            guard settings.autoExit != .now else {
                leave(.hostLost, into: &effects)
                return
            }
            leaveWhenEmpty = nil
        }
        if !resumed, let exit = leaveWhenEmpty {
            // Told to leave, and the host that said so does not wait for anything any more.
            leave(exit, into: &effects)
            return
        }
        link = .connected
        hasConnected = true
        isOwing = false
        guard resumed else {
            // A new host, or one that has given us up: what we hold is nobody's any more.
            abandonAll(into: &effects)
            if warning != nil { leaveBy = min(leaveBy, now.advanced(by: settings.stopGrace.nanoseconds)) }
            announce(into: &effects)
            return
        }
        acknowledge(through: received, into: &effects)
        var number = acknowledged
        for attempt in unacknowledged {
            number += 1
            effects.append(.report(attempt, number: number))
        }
        repeatChildren(into: &effects)
        // It may have been lost with the old connection.
        announce(into: &effects)
    }

    /// The connection broke, or a dial failed.
    public mutating func disconnected(at now: Instant, into effects: inout [Effect]) {
        children.asked = nil
        switch link {
        case .over:
            return
        case .connected:
            if let exit = leaveWhenEmpty, isIdle {
                leave(exit, into: &effects)
                return
            }
            link = .dialing(since: now, attempt: 1)
            if leavesWithoutHost(into: &effects) { return }
            effects.append(.dial(attempt: 1))
        case .dialing(let since, let attempt):
            link = .dialing(since: since, attempt: attempt &+ 1)
            effects.append(.dial(attempt: attempt &+ 1))
        }
        tick(at: now, into: &effects)
    }

    /// All that it holds is lost, as if its process had died. It is a new daemon when it comes back.
    public mutating func vanished(into effects: inout [Effect]) {
        guard link != .over else { return }
        abandonAll(into: &effects)
    }

    /// The host will not have this daemon: it breaks the rules or the pool is closed.
    public mutating func refused(into effects: inout [Effect]) {
        guard link != .over else { return }
        abandonAll(into: &effects)
        leave(.refused, into: &effects)
    }

    /// The host says goodbye: leave as soon as nothing is held.
    public mutating func dismissed(into effects: inout [Effect]) {
        guard link != .over else { return }
        leaveWhenEmpty = .dismissed
        leaveIfEmpty(into: &effects)
    }

    /// The host closes the pool. As the daemon was told to behave: stop what runs and leave, within the
    /// grace whatever the task does; let it finish and leave then; or stop it, stay, and dial for the next
    /// host when this one is gone, unless it is told to end with the pool.
    public mutating func closed(
        ending: Bool = false, at now: Instant, into effects: inout [Effect]
    ) {
        guard link != .over else { return }
        switch ending || warning != nil && settings.autoExit == .never ? .now : settings.autoExit {
        case .now:
            leaveWhenEmpty = .dismissed
            stopForGood(at: now, into: &effects)
        case .afterTask:
            leaveWhenEmpty = .dismissed
            dropWaiting(into: &effects)
            leaveIfEmpty(into: &effects)
        case .never:
            stopAll(into: &effects)
        }
    }

    /// Time has passed: call at or after `nextDeadline`.
    public mutating func tick(at now: Instant, into effects: inout [Effect]) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        guard hasConnected else {
            leave(.neverConnected, into: &effects)
            return
        }
        if leaveBy <= now {
            leave(leaveWhenEmpty ?? .hostLost, into: &effects)
            return
        }
        leaveWhenEmpty = .hostLost
        if settings.autoExit == .now {
            stopForGood(at: now, into: &effects)
        } else {
            dropWaiting(into: &effects)
            // Whoever waits for children would wait for ever.
            orphanAll(into: &effects)
            leaveIfEmpty(into: &effects)
        }
    }

    /// When `tick` has something to do; nil if nothing is timed.
    public var nextDeadline: Instant? {
        guard link != .over else { return nil }
        var due = leaveBy
        if case .dialing(let since, _) = link, leaveWhenEmpty != .hostLost {
            if !hasConnected {
                due = min(due, since.advanced(by: settings.connectWithin.nanoseconds))
            } else if settings.autoExit != .never || warning != nil {
                due = min(due, since.advanced(by: settings.hostLease.nanoseconds))
            }
        }
        return due == .distantFuture ? nil : due
    }

    // MARK: Tasks

    /// The host assigned a task. `child` is its number if it is a child that was asked for: it starts
    /// at once if its parent is the topmost task, and else as soon as it is that again. `isGranted` says that the
    /// host has set a part of this daemon's resources aside for it: it starts at once, beside others.
    public mutating func assigned(
        _ attempt: AttemptID, child: UInt64? = nil, isGranted: Bool = false, into effects: inout [Effect]
    ) {
        guard link == .connected else { return }
        if let child {
            if children.asked == child { children.asked = nil }
            children.helped[attempt] = child
            waiting.append(attempt)
            startHelped(into: &effects)
            startNext(into: &effects)
            return
        }
        guard warning == nil else { return refuse(attempt, into: &effects) }
        waiting.append(attempt)
        if isGranted { granted.insert(attempt) }
        startNext(into: &effects)
    }

    /// The host wants the task back if it has not started. If it has, its result answers.
    public mutating func revoked(_ attempt: AttemptID, into effects: inout [Effect]) {
        guard let index = waiting.lastIndex(of: attempt) else { return }
        waiting.remove(at: index)
        granted.remove(attempt)
        if !children.helped.isEmpty { children.helped[attempt] = nil }
        effects.append(.discard(attempt))
        effects.append(.giveBack(attempt))
    }

    /// The host wants no result of this task.
    public mutating func stopped(_ attempt: AttemptID, into effects: inout [Effect]) {
        // A started task may be of an earlier host and have the same name by chance.
        let index = started.firstIndex { $0.attempt == attempt && !$0.isAbandoned }
        if let index {
            interrupt(index, into: &effects)
        } else if let lane = lanes.firstIndex(where: { $0.attempt == attempt && !$0.isAbandoned }) {
            interrupt(lane: lane, into: &effects)
        } else {
            revoked(attempt, into: &effects)
        }
        // Others may have waited behind it.
        startNext(into: &effects)
    }

    /// A started task ended, in whatever way. Its children do not outlive it. One that waited for a
    /// child may end before the child does.
    public mutating func ended(_ attempt: AttemptID, into effects: inout [Effect]) {
        guard let task = remove(attempt) else { return }
        if !children.helped.isEmpty { children.ended(attempt) }
        if !children.isEmpty { withdrawAll(of: attempt, into: &effects) }
        // A host that is given up reads no results. One that was away too long may still come back before
        // the last task has ended, and then wants those of the tasks that ended in between.
        let isForNobody = leaveWhenEmpty == .hostLost && settings.autoExit == .now
        if !isForNobody, !task.isAbandoned {
            unacknowledged.append(attempt)
            if link == .connected { effects.append(.report(attempt, number: reported)) }
        }
        startHelped(into: &effects)
        startNext(into: &effects)
        leaveIfEmpty(into: &effects)
        if leavesWithoutHost(into: &effects) { return }
        askForHelp(into: &effects)
    }

    /// The host has the results up to this number.
    public mutating func acknowledge(through number: UInt64, into effects: inout [Effect]) {
        guard number > acknowledged else { return }
        let count = min(number - acknowledged, UInt64(unacknowledged.count))
        guard count > 0 else { return }
        unacknowledged.removeFirst(Int(count))
        acknowledged += count
        effects.append(.forget(through: acknowledged))
    }

    private mutating func startNext(into effects: inout [Effect]) {
        // What waits when its end is announced, while a host has its hello, is that host's to ask back.
        while started.isEmpty, link != .over, warning == nil, let next = waiting.first {
            guard !startBeside(next, into: &effects) else { continue }
            guard lanes.isEmpty, !granted.contains(next) else { return }
            start(waiting.removeFirst(), into: &effects)
        }
    }

    /// A child that was asked for starts on top of its parent and of nothing else. The host may have
    /// given more than one, if it was asked again before the first answer had arrived.
    private mutating func startHelped(into effects: inout [Effect]) {
        guard !children.helped.isEmpty, let top = started.last, !top.isAbandoned, link != .over else {
            return
        }
        let next = waiting.firstIndex { attempt in
            children.helped[attempt].map { children.parent(of: $0) == top.attempt } ?? false
        }
        guard let next else { return }
        start(waiting.remove(at: next), into: &effects)
    }

    private mutating func start(_ attempt: AttemptID, into effects: inout [Effect]) {
        started.append(Started(attempt: attempt))
        effects.append(.start(attempt))
    }

    private mutating func interrupt(_ index: Int, into effects: inout [Effect]) {
        guard !started[index].isInterrupted else { return }
        started[index].isInterrupted = true
        effects.append(.interrupt(started[index].attempt))
    }

    mutating func dropWaiting(into effects: inout [Effect]) {
        for attempt in waiting {
            effects.append(.discard(attempt))
            children.helped[attempt] = nil
        }
        waiting.removeAll()
        granted.removeAll()
    }

    private mutating func stopAll(into effects: inout [Effect]) {
        dropWaiting(into: &effects)
        for index in started.indices { interrupt(index, into: &effects) }
        for lane in lanes.indices { interrupt(lane: lane, into: &effects) }
    }

    /// The results are for nobody. They keep their numbers, so that later ones do not get them.
    private mutating func forgetResults(into effects: inout [Effect]) {
        guard !unacknowledged.isEmpty else { return }
        acknowledged = reported
        unacknowledged.removeAll()
        effects.append(.forget(through: acknowledged))
    }

    private mutating func stopForGood(at now: Instant, into effects: inout [Effect]) {
        forgetResults(into: &effects)
        stopAll(into: &effects)
        leaveBy = min(leaveBy, now.advanced(by: settings.stopGrace.nanoseconds))
        leaveIfEmpty(into: &effects)
    }

    /// Forgets all tasks of a host that does not know this session; numbering starts anew.
    private mutating func abandonAll(into effects: inout [Effect]) {
        forgetResults(into: &effects)
        acknowledged = 0
        stopAll(into: &effects)
        for index in started.indices { started[index].isAbandoned = true }
        for lane in lanes.indices { lanes[lane].isAbandoned = true }
        orphanAll(into: &effects)
    }

    private mutating func leaveIfEmpty(into effects: inout [Effect]) {
        guard let exit = leaveWhenEmpty, isIdle else { return }
        leave(exit, into: &effects)
    }

    mutating func leave(_ exit: Exit, into effects: inout [Effect]) {
        guard link != .over else { return }
        link = .over
        effects.append(.exit(exit))
    }
}
