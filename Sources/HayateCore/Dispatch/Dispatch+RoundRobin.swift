extension Dispatch {
    /// The daemon whose turn it is: the next after the last one that got a task, among those that may take
    /// this one. A task that must be alone goes to one that holds nothing.
    mutating func nextInTurn(alone: Bool) -> UInt32? {
        let free = idle.next(after: hungryCursor)
        let other = alone ? nil : hungry.next(after: hungryCursor)
        let next: UInt32?
        if let free, let other {
            next = distance(to: free) <= distance(to: other) ? free : other
        } else {
            next = free ?? other
        }
        if let next { hungryCursor = next }
        return next
    }

    /// Steps from the cursor, which comes last itself.
    private func distance(to slot: UInt32) -> UInt32 {
        slot > hungryCursor ? slot - hungryCursor : slot + SlotSet.capacity - hungryCursor
    }

    /// Whether a daemon that holds something may be sent more.
    func mayTakeMore(_ daemon: DaemonRecord) -> Bool {
        switch limits.scheduling {
        case .dispatched: daemon.revoking == 0 && daemon.held < depth(daemon)
        case .roundRobin: daemon.heldBytes < limits.backlogBytes
        }
    }

    /// Whether a task that may start only once is alone at its daemon from the beginning: it is then
    /// certain that what was lost with a daemon had started.
    func isAlone(_ spec: TaskSpec) -> Bool {
        spec.retry.losses == 0 && limits.scheduling == .dispatched
    }
}
