/// Tasks beside each other.
///
/// A daemon that shares what it has is told with each task what part of it is the task's (`ResourceGrant`). The host
/// counts, so such a task starts at once, and waits for two things only: for a task without a part, which has the
/// daemon to itself, and for what is left of an earlier host, whose parts nobody counts any more. A task without a
/// part, which is a set-up, waits until none runs.
extension DaemonSession {
    /// Whether this task runs by itself, or waits for a child that does.
    func isOnStack(_ attempt: AttemptID) -> Bool {
        started.contains { $0.attempt == attempt && !$0.isAbandoned }
    }

    /// Starts the first of the waiting tasks if it may run beside those that run.
    /// - Returns: whether it did.
    mutating func startBeside(_ attempt: AttemptID, into effects: inout [Effect]) -> Bool {
        guard granted.contains(attempt), !lanes.contains(where: \.isAbandoned) else { return false }
        waiting.removeFirst()
        granted.remove(attempt)
        lanes.append(Started(attempt: attempt))
        effects.append(.startBeside(attempt))
        return true
    }

    mutating func interrupt(lane: Int, into effects: inout [Effect]) {
        guard !lanes[lane].isInterrupted else { return }
        lanes[lane].isInterrupted = true
        effects.append(.interrupt(lanes[lane].attempt))
    }

    /// Takes out a started task that has ended; nil if there is none of this name.
    mutating func remove(_ attempt: AttemptID) -> Started? {
        if let index = started.lastIndex(where: { $0.attempt == attempt }) { return started.remove(at: index) }
        return lanes.lastIndex { $0.attempt == attempt }.map { lanes.remove(at: $0) }
    }
}
