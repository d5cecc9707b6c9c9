import HayateCore
import HayateTransport

/// What the pool hears of this machine's daemons.
extension HostLauncher {
    func resize(to count: Int) {
        step { state in
            state.target = max(0, count)
            switch state.phase {
            case .ready: state.sizing.want(state.target, at: .now, into: &state.effects)
            case .unreachable: state.phase = .wanted
            case .wanted, .preparing, .failed: break
            }
        }
    }

    /// Nothing is started any more.
    func hold() {
        step { state in
            state.target = 0
            state.sizing.want(0, endingSurplus: false, at: .now, into: &state.effects)
            for launch in state.batch {
                state.launches[launch] = nil
                state.sizing.ended(launch, at: .now, into: &state.effects)
            }
            state.batch.removeAll()
        }
    }

    func owns(_ launch: UInt64) -> Bool {
        state.withLock { state in
            guard let known = state.launches[launch] else { return false }
            return !known.isDeparted && !known.isGone
        }
    }

    func arrived(_ launch: UInt64) {
        step { state in
            state.launches[launch]?.hasArrived = true
            state.launches[launch]?.nextLook = nil
            state.sizing.arrived(launch)
        }
    }

    func joined(_ launch: UInt64) { step { $0.sizing.joined(launch) } }

    func demanded() { step { $0.sizing.demanded(at: .now, into: &$0.effects) } }

    /// Its process may have ended; many often break at the same time, and are looked at together.
    func disconnected(_ launch: UInt64) {
        step { state in
            state.launches[launch]?.looks = 0
            state.launches[launch]?.nextLook = Instant.now.advanced(by: 50_000_000)
        }
    }

    func departed(_ launch: UInt64, _ departure: Dispatcher.Departure) {
        step { state in
            guard let known = state.launches[launch], !known.isDeparted else { return }
            state.launches[launch]?.isDeparted = true
            if known.isGone || !known.wasStarted {
                state.launches[launch] = nil
            } else if departure == .lost {
                // It may live on and dial again: it is not waited for.
                state.toEnd.insert(launch)
            } else {
                state.launches[launch]?.looks = 0
                state.launches[launch]?.nextLook = Instant.now.advanced(by: 2_000_000_000)
            }
            state.sizing.ended(launch, wasIdle: departure == .idle, at: .now, into: &state.effects)
        }
    }

    func expelled(_ launch: UInt64) { step { if $0.launches[launch] != nil { $0.toEnd.insert(launch) } } }
}
