import CLibSSH

/// Who wants a session's channel for a command or a subsystem, of which servers allow few at a time.
struct SessionSlots {
    /// What waits for its turn.
    protocol User: Activity {
        /// It may open a channel now.
        func begin()
    }

    /// OpenSSH allows 10 (`MaxSessions`), of which other programs get some where connections are shared.
    private var limit = 8
    private var inUse = 0
    private var waiting: [any User] = []

    /// Has `begin` called when there is room, perhaps at once.
    mutating func enter(_ user: any User) {
        waiting.append(user)
        startNext()
    }

    /// Somebody who had begun is done.
    mutating func leave() {
        inUse -= 1
        startNext()
    }

    /// The other side does not allow as many. Returns whether the user waits for others of ours to end; otherwise it
    /// was alone, and waiting is up to it. It has left in any case.
    mutating func wasRefused(_ user: any User) -> Bool {
        inUse -= 1
        guard inUse > 0 else { return false }
        limit = inUse
        waiting.insert(user, at: 0)
        return true
    }

    /// Nobody waits any more.
    mutating func removeAll() { waiting = [] }

    mutating func remove(_ user: any User) { waiting.removeAll { $0 === user } }

    private mutating func startNext() {
        while inUse < limit, !waiting.isEmpty {
            inUse += 1
            waiting.removeFirst().begin()
        }
    }
}
