import HayateCore
import HayateTransport
import HayateWire

extension Dispatcher {
    /// Resolves every task as closed and tells every daemon to stop and leave; with `ending` those too that
    /// would stay for the next host.
    /// - Returns: the launches whose daemons were told.
    @discardableResult
    func close(ending: Bool = false) -> Set<UInt64> {
        withCore { state in
            guard !state.isClosed else { return Set(state.launches.keys) }
            state.isClosed = true
            state.core.close(at: .now, into: &state.effects)
            perform(&state)
            endSearch(&state)
            for link in state.links.values {
                guard let wire = link.wire else { continue }
                wire.write(.close(ending: ending))
                markDirty(wire, &state)
            }
            state.afterwards.room += state.waitingForRoom.values
            state.waitingForRoom.removeAll()
            return Set(state.launches.keys)
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends all connections; what was written to them still goes out. Daemons close theirs themselves.
    func cut() {
        let (wires, timer) = state.withLock { state in
            defer {
                state.wires.removeAll()
                state.links.removeAll()
                state.sessions.removeAll()
                state.launches.removeAll()
            }
            return (Array(state.wires.values), state.timer)
        }
        if let timer { TimerQueue.shared.cancel(timer) }
        for wire in wires {
            if wire.link != nil {
                wire.connection.awaitPeersClose(deadline: .seconds(2))
            } else {
                wire.connection.drainAndClose(deadline: .seconds(2))
            }
        }
    }

    /// No daemon is there and none will come: tasks that wait get this as their error.
    func abandon(_ reason: String) {
        withCore { state in
            state.abandonment = reason
            state.core.abandon(at: .now, into: &state.effects)
        }
    }

    /// Daemons are started again: tasks may wait for them.
    func expectDaemons() { state.withLock { $0.abandonment = nil } }

    /// A launch is not wanted any more: its daemon drains if it has joined, and is ended otherwise.
    func endLaunch(_ launch: UInt64, orElse kill: () -> Void) {
        let hasJoined = withCore { state in
            guard let link = state.launches[launch] else { return false }
            state.core.drain(link.id, .requested, at: .now, into: &state.effects)
            return true
        }
        if !hasJoined { kill() }
    }
}
