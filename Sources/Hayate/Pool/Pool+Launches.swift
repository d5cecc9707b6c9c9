import HayateCore

/// What the dispatcher tells of launches goes to whoever has started them.
extension Pool {
    /// What starts its daemons elsewhere.
    var elsewhere: (any DistantLauncher)? { cluster ?? remote }

    func arrived(_ launch: UInt64, from host: String) {
        elsewhere?.arrived(launch, from: host)
        sizing.withLock { $0.value.arrived(launch) }
    }

    func joined(_ launch: UInt64) {
        elsewhere?.joined(launch)
        sizing.withLock { $0.value.joined(launch) }
    }

    func disconnected(_ launch: UInt64) { elsewhere?.disconnected(launch) }

    func departed(_ launch: UInt64, _ departure: Dispatcher.Departure) {
        elsewhere?.departed(launch, departure)
        size { $0.ended(launch, wasIdle: departure == .idle, at: .now, into: &$1) }
    }

    func expelled(_ launch: UInt64) {
        elsewhere?.expelled(launch)
        launcher?.kill(launch)
    }

    func owns(_ launch: UInt64, process: UInt32) -> Bool {
        if elsewhere?.owns(launch) == true { return true }
        return launcher?.owns(launch, process: process) ?? false
    }

    /// Tasks wait: daemons that left because they were idle are started again.
    func demanded() {
        elsewhere?.demanded()
        size { $0.demanded(at: .now, into: &$1) }
    }
}
