import HayateCore
import HayateTransport
import HayateWire

extension Dispatcher {
    // MARK: Who can read memory files

    /// Under the lock, behind the welcome: asks a daemon behind a Unix socket whether it can read a memory
    /// file of this process. It counts as a set-up until it has answered, and what must be sent to it meanwhile
    /// waits, so that even its first task's contents need no copy.
    func probe(_ link: DaemonLink, _ wire: DaemonWire, _ state: inout State) {
        switch link.memory {
        case .readable, .unreadable: return
        case .untried:
            if case .local = wire.connection.peer, state.probe == nil { state.probe = MemoryProbe() }
            guard case .local = wire.connection.peer, state.probe != nil else {
                link.memory = .unreadable
                return
            }
            link.memory = .asked(.now)
            link.pendingSetups += 1
        case .asked:
            // The answer was lost with the last connection.
            link.memory = .asked(.now)
        }
        guard let probe = state.probe else { return }
        wire.isProbed = true
        wire.heldBack = []
        wire.write(.probe(probe.file))
    }

    /// Under the lock: the daemon says what the probe holds.
    func seen(_ proof: [UInt8], by link: DaemonLink, _ wire: DaemonWire, _ state: inout State) {
        guard wire.isProbed else {
            wire.connection.close(.refused("\(WireFailure.unexpected(.seen))"))
            return
        }
        // A late one changes nothing any more.
        guard case .asked = link.memory, wire.heldBack != nil else { return }
        decide(link, wire, proof == state.probe?.bytes ? .readable : .unreadable, &state)
    }

    /// Under the lock: a daemon that does not answer gets contents as bytes.
    func giveUpProbe(of link: DaemonLink, _ wire: DaemonWire, _ state: inout State) {
        guard case .asked(let since) = link.memory, wire.heldBack != nil,
            Instant.now.since(since) > settings.limits.suspectAfter.nanoseconds
        else { return }
        decide(link, wire, .unreadable, &state)
    }

    private func decide(
        _ link: DaemonLink, _ wire: DaemonWire, _ access: MemoryAccess, _ state: inout State
    ) {
        link.memory = access
        wire.release(to: link, ledger)
        markDirty(wire, &state)
        oneLess(of: link, &state)
    }

    // MARK: The end of shared contents

    /// Nobody means these contents any more: every daemon that has them forgets them.
    func unshare(_ numbers: [UInt64]) {
        withCore { state in
            for link in state.links.values where !link.shared.isEmpty {
                for number in numbers where link.shared.remove(number) != nil {
                    guard let wire = link.wire, !wire.awaitsHolding else {
                        link.unshared.append(number)
                        continue
                    }
                    wire.shared.remove(number)
                    wire.write(.unshare(number))
                    markDirty(wire, &state)
                }
            }
        }
    }

    /// Under the lock: a daemon that was away hears what it has missed.
    func unshareLate(_ link: DaemonLink, _ wire: DaemonWire) {
        for number in link.unshared { wire.write(.unshare(number)) }
        link.unshared = []
    }
}
