extension Dispatch {
    /// Whether this attempt of this task is the current one and is at this daemon. What a daemon says
    /// of any other attempt is not for the caller.
    public func isCurrent(_ attempt: AttemptID, at daemon: DaemonID) -> Bool {
        guard isKnown(daemon), let record = record(attempt.task) else { return false }
        return record.phase == .assigned && record.attempt == attempt.attempt
            && record.daemon == daemon.slot
    }

    /// Whether a submission was refused for want of room and no `Effects.room` has come since.
    public var hasNoRoom: Bool { isRefusing && !isClosed }

    /// The task that is in this slot now.
    public func taskID(inSlot slot: UInt32) -> TaskID? {
        guard Int(slot) < tasks.count, tasks[Int(slot)].phase != .free else { return nil }
        return taskID(slot)
    }

    /// The tasks that a daemon holds, oldest first.
    public func tasks(at daemon: DaemonID) -> [AttemptID] {
        guard isKnown(daemon) else { return [] }
        var held: [AttemptID] = []
        var task = daemons[Int(daemon.slot)].head
        while task != TaskRecord.none {
            held.append(attemptID(task))
            task = tasks[Int(task)].next
        }
        return held
    }
}
