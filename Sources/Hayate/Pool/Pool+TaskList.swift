import HayateCore
import HayateTransport

/// One unfinished task of a pool.
public struct TaskRow: Sendable, Hashable {
    /// Its number, as in `Mirai.task`, errors and logs.
    public var task: UInt64
    /// The name of its type.
    public var type: String
    public var state: TaskStatus.State
    /// Which start this is; 0 before the first.
    public var attempt: Int
    /// How long ago it was submitted.
    public var age: Duration
    public var priority: Int8
    /// Bytes of its encoded arguments.
    public var bytes: Int
    /// Host and process of the daemon that has it.
    public var daemon: String?
}

extension Pool {
    /// The unfinished tasks in order of submission: what waits, what runs, and where.
    ///
    /// Linear in the number of tasks, and nothing else of the pool goes on meanwhile: for people and for
    /// monitors that ask now and then.
    /// - Parameter limit: the most rows.
    public func tasks(limit: Int = 1_000) -> [TaskRow] { dispatcher.taskRows(limit: limit) }
}

extension Dispatcher {
    func taskRows(limit: Int) -> [TaskRow] {
        state.withLock { state in
            let now = Instant.now
            return state.core.taskStatus(limit: limit).map { status in
                TaskRow(
                    task: status.id.rawValue,
                    type: state.typeNameForPeople(state.entries[Int(status.id.slot)]),
                    state: status.state, attempt: Int(status.attempt),
                    age: .nanoseconds(max(0, now.since(status.submitted))),
                    priority: status.priority, bytes: status.bytes,
                    daemon: status.daemon.flatMap { state.links[$0.slot]?.name })
            }
        }
    }
}

extension Dispatcher.State {
    /// The type's readable name; empty for a task that is being stopped, since its entry is gone.
    fileprivate func typeNameForPeople(_ entry: Dispatcher.Entry) -> String {
        guard entry.receiver != nil, Int(entry.type) < typeNames.count else { return "" }
        let name = typeNames[Int(entry.type)]
        return _typeByName(name).map { String(reflecting: $0) } ?? name
    }
}
