/// A signal that announces the end of the process, as batch schedulers send it before they kill a job.
extension DaemonSession {
    /// A signal announced that the process will be ended. From now on it begins no task, but children of those
    /// that run: what waits is given back. The host is told, and dismisses the daemon when it holds nothing;
    /// without a host it leaves by itself as soon as nothing is left to tell one.
    /// - Parameter isAwaited: whether a host has its hello and has not answered yet.
    /// - Returns: whether it is the first that did.
    @discardableResult
    public mutating func warned(
        by signal: UInt8, isAwaited: Bool, into effects: inout [Effect]
    ) -> Bool {
        guard link != .over, warning == nil else { return false }
        warning = signal
        guard link == .connected else {
            // The host may have given it tasks already, that nobody would say were never begun.
            if !isAwaited { _ = leavesWithoutHost(into: &effects) }
            return true
        }
        announce(into: &effects)
        // Those that a running task waits for stay: it could not end without them.
        let unstarted = waiting.filter { children.helped[$0] == nil }
        waiting.removeAll { children.helped[$0] == nil }
        granted.subtract(unstarted)
        for attempt in unstarted { refuse(attempt, into: &effects) }
        return true
    }

    func announce(into effects: inout [Effect]) {
        if let warning { effects.append(.announce(signal: warning)) }
    }

    /// Gives back a task that will not be begun.
    mutating func refuse(_ attempt: AttemptID, into effects: inout [Effect]) {
        effects.append(.discard(attempt))
        effects.append(.giveBack(attempt))
        // If the connection breaks now, or the host is killed, the next one would take the task for begun.
        isOwing = true
    }

    /// Whether it leaves now, since its end was announced, no host is there and none is owed a word.
    mutating func leavesWithoutHost(into effects: inout [Effect]) -> Bool {
        guard warning != nil, case .dialing = link else { return false }
        if !waiting.isEmpty {
            // What a resuming daemon does not mention, its host takes back.
            dropWaiting(into: &effects)
            isOwing = true
        }
        guard isIdle, !isOwing, unacknowledged.isEmpty else { return false }
        leave(.warned, into: &effects)
        return true
    }
}
