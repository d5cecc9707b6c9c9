/// What becomes of a daemon's wish to run a child of its waiting task itself.
public enum HelpAnswer: Hashable, Sendable {
    /// The child is on its way there.
    case granted
    /// Another daemon holds it unstarted and was asked to give it back; then it goes there.
    case pending
    /// It has been started elsewhere, pauses between two attempts, or has ended.
    case unneeded
}

extension Dispatch {
    // MARK: Submission

    /// A task that runs at `daemon` submitted a task. It is accepted whatever waits: the queue may be
    /// full of tasks that wait for this very daemon.
    ///
    /// Its priority counts from its parent's: 0 is one above. So children go before tasks like their
    /// parents, and what was begun is finished before the next of its kind is begun.
    public mutating func submitChild(
        _ spec: TaskSpec, of daemon: DaemonID, at now: Instant, into effects: inout Effects
    ) -> Submission {
        guard isKnown(daemon) else { return .refused(.noSuchDaemon) }
        let head = daemons[Int(daemon.slot)].head
        let parent = head == TaskRecord.none ? 0 : Int(tasks[Int(head)].priority)
        var spec = spec
        spec.priority = Int8(clamping: parent + 1 + Int(spec.priority))
        return submit(spec, to: nil, isChild: true, at: now, into: &effects)
    }

    /// Whether this daemon has a task, without which it cannot submit any.
    public func holdsTask(_ daemon: DaemonID) -> Bool {
        isKnown(daemon) && daemons[Int(daemon.slot)].head != TaskRecord.none
    }

    // MARK: Helping

    /// The task that runs at `daemon` waits for this task of its own, and the daemon can run it
    /// meanwhile.
    ///
    /// If it has not been started, it goes there, before all else that the daemon holds, and whatever
    /// the daemon's terms say: its being there is what the daemon waits for. What stands behind the
    /// parent unstarted is asked back, and nothing is put there until the parent has ended.
    public mutating func help(
        _ id: TaskID, by daemon: DaemonID, at now: Instant, into effects: inout Effects
    ) -> HelpAnswer {
        guard isKnown(daemon), daemons[Int(daemon.slot)].isConnected, !isClosed,
            !daemons[Int(daemon.slot)].isShared
        else {
            return .unneeded
        }
        let head = daemons[Int(daemon.slot)].head
        guard head != TaskRecord.none, head != id.slot else { return .unneeded }
        if !tasks[Int(head)].flags.contains(.parent) {
            tasks[Int(head)].flags.insert(.parent)
            daemons[Int(daemon.slot)].parents += 1
            // It had started when the order to give it back came.
            if tasks[Int(head)].flags.contains(.revoking) {
                tasks[Int(head)].flags.remove(.revoking)
                daemons[Int(daemon.slot)].revoking -= 1
            }
        }
        revoke(.max, from: daemon.slot, into: &effects)
        update(daemon.slot, at: now)
        let answer = give(id, to: daemon, at: now, into: &effects)
        pump(at: now, into: &effects)
        return answer
    }

    private mutating func give(
        _ id: TaskID, to daemon: DaemonID, at now: Instant, into effects: inout Effects
    ) -> HelpAnswer {
        guard let record = record(id) else { return .unneeded }
        let slot = id.slot
        switch record.phase {
        case .free, .blocked, .stopping, .tombstone, .delayed:
            return .unneeded
        case .queued:
            leaveLine(slot)
            leaveQueue(slot, into: &effects)
            assign(slot, to: daemon.slot, asChild: true, at: now, into: &effects)
            update(daemon.slot, at: now)
            return .granted
        case .assigned:
            guard !isStarted(slot), !record.flags.contains(.directed) else { return .unneeded }
            wanted[slot] = daemon
            guard !record.flags.contains(.revoking) else { return .pending }
            tasks[Int(slot)].flags.insert(.revoking)
            daemons[Int(record.daemon)].revoking += 1
            effects.append(.revoke(attemptID(slot), from: daemonID(record.daemon)))
            update(record.daemon, at: now)
            return .pending
        }
    }

    /// Tasks that were asked back for a daemon and are back go there, if it is still there.
    mutating func serveWanted(at now: Instant, into effects: inout Effects) {
        for slot in wanted.keys.sorted() where tasks[Int(slot)].phase != .assigned {
            guard let daemon = wanted.removeValue(forKey: slot), isKnown(daemon),
                daemons[Int(daemon.slot)].isConnected,
                daemons[Int(daemon.slot)].head != TaskRecord.none
            else { continue }
            _ = give(taskID(slot), to: daemon, at: now, into: &effects)
        }
    }

    /// Whether this task, which is at a daemon, has been started there: it is the head, or waits for a
    /// child that is, or runs beside others.
    func isStarted(_ slot: UInt32) -> Bool {
        let record = tasks[Int(slot)]
        return record.flags.contains(.parent) || shared.held[slot] != nil || daemons[Int(record.daemon)].head == slot
    }
}
