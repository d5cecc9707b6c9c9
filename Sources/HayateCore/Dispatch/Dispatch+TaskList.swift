/// One task that has not let go of the dispatcher yet, as its dispatcher sees it.
public struct TaskStatus: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        /// Waits for a daemon.
        case queued
        /// Waits for tasks that it needs.
        case blocked
        /// Waits for the pause before its next attempt.
        case delayed
        /// At a daemon, behind others.
        case sentAhead
        /// The task that its daemon runs.
        case running
        /// It has its outcome, but its daemon has not let go of it.
        case stopping
    }

    public var id: TaskID
    public var state: State
    /// 0 before the first start.
    public var attempt: UInt32
    public var submitted: Instant
    public var priority: Int8
    /// Size of the encoded task.
    public var bytes: Int
    /// Where it is, unless it waits.
    public var daemon: DaemonID?
}

extension Dispatch {
    /// The unfinished tasks in order of submission, at most `limit` of them. Linear in the table of tasks.
    public func taskStatus(limit: Int = .max) -> [TaskStatus] {
        let slots = tasks.indices.filter { index in
            switch tasks[index].phase {
            case .free, .tombstone: false
            case .queued, .blocked, .delayed, .assigned, .stopping: true
            }
        }
        let oldest = slots.sorted { tasks[$0].sequence < tasks[$1].sequence }.prefix(max(0, limit))
        return oldest.map { index in
            let record = tasks[index]
            let isHeld = record.daemon != TaskRecord.none
            let state: TaskStatus.State =
                switch record.phase {
                case .delayed: .delayed
                case .blocked: .blocked
                case .stopping: .stopping
                case .assigned:
                    isStarted(UInt32(index)) ? .running : .sentAhead
                case .free, .tombstone, .queued: .queued
                }
            return TaskStatus(
                id: taskID(UInt32(index)), state: state, attempt: record.attempt,
                submitted: record.submitted, priority: record.priority, bytes: Int(record.bytes),
                daemon: isHeld ? daemonID(record.daemon) : nil)
        }
    }
}
