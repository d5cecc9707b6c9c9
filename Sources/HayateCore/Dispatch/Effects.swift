/// Commands from the dispatcher to the world, in the order in which they must be carried out.
///
/// A value that the shell reuses, so that an event allocates nothing.
public struct Effects: Sendable {
    public enum Effect: Hashable, Sendable {
        /// Send this task to this daemon.
        case assign(AttemptID, to: DaemonID)
        /// Send this task, with what it was given, to this daemon: it starts it at once, beside others.
        indirect case assignBeside(AttemptID, ResourceGrant, to: DaemonID)
        /// Send this task to the daemon that asked to help with it: it starts it at once, on top of the
        /// task that waits for it.
        case assignChild(AttemptID, to: DaemonID)
        /// Ask the daemon to give the task back if it has not started it.
        case revoke(AttemptID, from: DaemonID)
        /// Tell the daemon to stop the task; its caller already has an outcome.
        case stop(AttemptID, on: DaemonID)
        /// The task ended without a result from a daemon: tell the caller, forget the body.
        case resolve(TaskID, Ending)
        /// The daemon holds nothing and shall leave; it will be reported lost with reason `left`.
        case dismiss(DaemonID, DrainReason)
        /// The daemon is lost already: cut its connection, end its process if it is ours.
        case expel(DaemonID, LossReason)
        /// The queue has room again for those who wait to submit.
        case room
    }

    public private(set) var list: [Effect] = []

    public init() {}

    public mutating func removeAll() { list.removeAll(keepingCapacity: true) }

    @inlinable
    public var isEmpty: Bool { list.isEmpty }

    mutating func append(_ effect: Effect) { list.append(effect) }
}

/// Why a daemon takes no more tasks although it is well.
public enum DrainReason: UInt8, Hashable, Sendable {
    case maximumTasks, idleTime, wallTime, requested
}
