/// Tasks that a daemon brings along when it comes back and that are nobody's here: children of tasks and tasks that
/// had their outcome, of a host that was killed since.
///
/// They are told to stop. Until the daemon has let go of them it is given nothing, since that would wait behind them,
/// for ever if one waits for it in turn. One that does not stop in time is ended with its daemon, like other tasks.
extension Dispatch {
    /// What the daemon holds and should not, at its return.
    mutating func meet(_ attempts: Set<AttemptID>, at slot: UInt32, at now: Instant) {
        strangers[slot] = attempts.isEmpty ? nil : attempts
        daemons[Int(slot)].strangers = attempts.count
        daemons[Int(slot)].strangersSince = now
    }

    /// The daemon has let go of an attempt that is not current.
    mutating func letGo(of attempt: AttemptID, by daemon: DaemonID, at now: Instant, into effects: inout Effects) {
        guard !strangers.isEmpty, isKnown(daemon), strangers[daemon.slot]?.remove(attempt) != nil else { return }
        daemons[Int(daemon.slot)].strangers -= 1
        guard daemons[Int(daemon.slot)].strangers == 0 else { return }
        strangers[daemon.slot] = nil
        update(daemon.slot, at: now)
        pump(at: now, into: &effects)
    }

    /// When a daemon that does not let go of a stranger is ended; never if nothing takes its place.
    func strangersEnd(_ daemon: DaemonRecord) -> Instant {
        guard daemon.strangers > 0, daemon.terms.isReplaceable, daemon.phase == .ready else { return .distantFuture }
        return daemon.strangersSince.advanced(by: max(1_000_000, limits.stopGrace.nanoseconds))
    }

    func checkStrangers() -> String? {
        for slot in daemons.indices where daemons[slot].strangers != strangers[UInt32(slot)]?.count ?? 0 {
            return "daemon \(slot) has \(daemons[slot].strangers) strangers, listed otherwise"
        }
        return nil
    }
}
