import HayateLaunch

extension HostLauncher {
    /// How things stand on a machine.
    struct Standing: Sendable {
        /// How many daemons are wanted.
        var target: Int
        /// How many of them have not joined and may still.
        var coming: Int
        /// Why none will come; nil if some may.
        var hopelessBecause: String?
        /// Why none have come yet; nil if nothing is in the way.
        var waitReason: String?
        /// Why the last that could not join could not.
        var failure: RemoteError?
    }

    /// Under the lock: whether no daemons will come; nil if none are wanted.
    static func isHopeless(_ state: State) -> Bool? {
        guard state.target > 0 else { return nil }
        switch state.phase {
        case .wanted, .preparing: return false
        case .ready: return state.sizing.hasGivenUp
        case .unreachable, .failed: return true
        }
    }

    var standing: Standing {
        state.withLock { state in
            var standing = Standing(target: state.target, coming: 0, failure: state.failure)
            guard state.target > 0 else { return standing }
            switch state.phase {
            case .wanted, .preparing:
                standing.coming = state.target
                standing.waitReason = "\(name) is being connected to"
            case .ready:
                standing.coming = state.sizing.onTheirWay
                if state.sizing.hasGivenUp {
                    standing.hopelessBecause = state.failure?.description
                        ?? "\(name): daemons end before they join, so no more are started"
                } else if standing.coming > 0 {
                    standing.waitReason = "\(standing.coming) daemons are starting on \(name)"
                }
            case .unreachable(let error, _), .failed(let error): standing.hopelessBecause = error.description
            }
            standing.waitReason = standing.waitReason ?? standing.hopelessBecause
            return standing
        }
    }
}
