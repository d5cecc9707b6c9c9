/// Why a task has no outcome yet. Every unfinished task has exactly one.
public enum WaitReason: Hashable, Sendable {
    /// No daemon has joined, and the task waits for one.
    case noDaemons
    /// All daemons are silent, disconnected, leaving or being prepared.
    case noUsableDaemon(daemons: Int)
    /// Daemons are busy; `ahead` tasks are before it.
    case queued(ahead: Int)
    /// It asks for so much time, and the daemon with the most time left has `mostLeft`.
    case needsTime(Duration, mostLeft: Duration)
    /// It may only run alone and waits until a daemon holds nothing.
    case waitsForIdleDaemon
    /// It needs tasks that have not ended: so many, this one among them.
    case needs(TaskID, unfinished: Int)
    /// It asks for more than any daemon has free; `total` tells whether one has it in all.
    case needsResources(ResourceRequest, exists: Bool)
    /// It failed and its pause is not over.
    case retryPause(failures: Int)
    /// At a daemon behind `ahead` others, sent early to hide the round trip.
    case prefetched(DaemonID, ahead: Int)
    /// Running since about this instant.
    case running(DaemonID, since: Instant, attempt: UInt32)
    /// Assigned to a daemon that has been silent for a while.
    case daemonSilent(DaemonID, lastHeard: Instant)
    /// Assigned to a daemon whose connection broke; it is lost at `until` if it does not come back.
    case daemonAway(DaemonID, until: Instant)
}

/// One daemon as its dispatcher sees it.
public struct DaemonStatus: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case preparing, idle, busy, draining, suspect, away, leaving
    }

    public var id: DaemonID
    public var state: State
    public var joined: Instant
    public var lastHeard: Instant
    /// When its wall time is over and it takes no task any more; nil for never.
    public var takesUntil: Instant?
    /// Tasks it was given, ever.
    public var assigned: UInt64
    /// Results it sent, ever.
    public var done: UInt64
    /// Tasks it holds now.
    public var held: Int
    /// The task at the head of its list.
    public var current: TaskID?
    /// Smoothed run time of its tasks in nanoseconds, 0 before the first.
    public var taskTime: Int64
    /// Smoothed round trip without the task in nanoseconds, 0 before the first.
    public var roundTrip: Int64
    /// What it has for tasks that run beside each other; nil: it runs one at a time.
    public var resources: DaemonResources?
    /// What of it is free.
    public var free: DaemonResources?
}

extension Dispatch {
    /// Why this task has no outcome yet; nil if it has one or is unknown. Linear in the queue.
    public func waitReason(of task: TaskID, at now: Instant) -> WaitReason? {
        guard let record = record(task) else { return nil }
        switch record.phase {
        case .free, .stopping, .tombstone:
            return nil
        case .blocked:
            return needReason(of: task.slot)
        case .delayed:
            return .retryPause(failures: Int(record.failures))
        case .queued:
            return queueReason(of: task.slot, at: now)
        case .assigned:
            let daemon = daemons[Int(record.daemon)]
            let id = daemonID(record.daemon)
            switch daemon.phase {
            case .away: return .daemonAway(id, until: daemon.awayUntil)
            case .suspect: return .daemonSilent(id, lastHeard: daemon.lastHeard)
            case .free, .preparing, .ready, .leaving: break
            }
            var ahead = 0
            var other = record.previous
            while other != TaskRecord.none {
                ahead += 1
                other = tasks[Int(other)].previous
            }
            if let held = shared.held[task.slot] {
                return .running(id, since: held.since, attempt: record.attempt)
            }
            if ahead > 0, !record.flags.contains(.parent) { return .prefetched(id, ahead: ahead) }
            return .running(id, since: daemon.headSince, attempt: record.attempt)
        }
    }

    private func queueReason(of slot: UInt32, at now: Instant) -> WaitReason {
        if counts.daemons == 0 { return .noDaemons }
        let usable = daemons.contains { $0.phase == .ready && $0.draining == nil }
        guard usable else { return .noUsableDaemon(daemons: counts.daemons) }
        if let reason = timeReason(of: slot, at: now) ?? resourceReason(of: slot) { return reason }
        let own = tasks[Int(slot)]
        var ahead = 0
        for task in tasks where task.phase == .queued {
            let isBefore =
                task.priority > own.priority
                || task.priority == own.priority && task.sequence < own.sequence
            if isBefore { ahead += 1 }
        }
        if ahead == 0, own.flags.contains(.alone), needsAll(slot) || shared.slots.isEmpty { return .waitsForIdleDaemon }
        return .queued(ahead: ahead)
    }

    /// One row per daemon, in order of arrival of their slots.
    public func daemonStatus() -> [DaemonStatus] {
        daemons.indices.compactMap { index in
            let daemon = daemons[index]
            guard daemon.phase != .free else { return nil }
            let free = shared.resources[UInt32(index)]
            let state: DaemonStatus.State =
                switch daemon.phase {
                case .free, .leaving: .leaving
                case .preparing: .preparing
                case .suspect: .suspect
                case .away: .away
                case .ready:
                    daemon.draining != nil ? .draining : daemon.held + daemon.strangers > 0 ? .busy : .idle
                }
            return DaemonStatus(
                id: daemonID(UInt32(index)), state: state, joined: daemon.joined,
                lastHeard: daemon.lastHeard,
                takesUntil: daemon.until == .distantFuture ? nil : daemon.until,
                assigned: daemon.assigned, done: daemon.done, held: daemon.held,
                current: daemon.head == TaskRecord.none ? nil : taskID(daemon.head),
                taskTime: daemon.taskTime, roundTrip: daemon.roundTrip,
                resources: free?.all, free: free?.rest)
        }
    }

    /// How many daemons take tasks now, busy or not.
    public var usableDaemons: Int {
        daemons.count { $0.phase == .ready && $0.draining == nil }
    }

    /// How many tasks run whose callers still wait.
    public var executing: Int {
        let one = daemons.count {
            !$0.isShared && $0.head != TaskRecord.none && tasks[Int($0.head)].phase == .assigned
        }
        return shared.held.keys.reduce(one) { $0 + (tasks[Int($1)].phase == .assigned ? 1 : 0) }
    }

    /// How many tasks of one processor could run at once at the daemons that are known.
    public var places: Int {
        shared.resources.values.reduce(counts.daemons) { $0 + $1.all.cpus - 1 }
    }

    /// The ids of the daemons that are connected or may come back.
    public var daemonIDs: [DaemonID] {
        daemons.indices.compactMap { index in
            let phase = daemons[index].phase
            return phase == .free || phase == .leaving ? nil : daemonID(UInt32(index))
        }
    }
}
