import HayateCluster
import HayateCore

extension ClusterLauncher: DistantLauncher {
    func owns(_ launch: UInt64) -> Bool { DaemonLaunch(launch).map { owns($0) } ?? false }

    func arrived(_ launch: UInt64, from host: String) {
        if let launch = DaemonLaunch(launch) { arrived(launch, from: host) }
    }

    /// A daemon counts as soon as it has dialled in.
    func joined(_ launch: UInt64) {}

    func disconnected(_ launch: UInt64) {
        if let launch = DaemonLaunch(launch) { disconnected(launch) }
    }

    func departed(_ launch: UInt64, _ departure: Dispatcher.Departure) {
        if let launch = DaemonLaunch(launch) { departed(launch, departure) }
    }

    func expelled(_ launch: UInt64) {
        if let launch = DaemonLaunch(launch) { expelled(launch) }
    }

    /// It looks once a second how many tasks wait.
    func demanded() {}

    func resize(to count: Int) { resize(to: count...count) }

    /// What it asks for between here and the end is cancelled before it runs.
    func hold() {}

    /// What its jobs said is in `waitReason`.
    var lastFailure: HayateError? { nil }
}
