extension Dispatch {
    /// Calls for each unfinished task that does not simply wait for a daemon: which it is, what it does, and where.
    /// Linear in the table of tasks.
    public func forEachTaskInMotion(_ body: (TaskID, TaskStatus.State, DaemonID?) -> Void) {
        for index in tasks.indices {
            let record = tasks[index]
            switch record.phase {
            case .free, .tombstone, .queued, .stopping: continue
            case .blocked: body(taskID(UInt32(index)), .blocked, nil)
            case .delayed: body(taskID(UInt32(index)), .delayed, nil)
            case .assigned:
                body(taskID(UInt32(index)), isStarted(UInt32(index)) ? .running : .sentAhead, daemonID(record.daemon))
            }
        }
    }

    /// How far an unfinished task has come; nil: it has ended, or is unknown.
    public func progress(of task: TaskID) -> TaskProgress? {
        record(task) == nil ? nil : progress(of: task.slot)
    }
}
