import HayateCore
import HayateLaunch
import HayateTransport
import Synchronization

/// Has a pool's daemons started on other machines, each of which has a `HostLauncher`.
///
/// A machine that cannot be used does not concern the others; when none can be used any more, tasks that wait end with
/// the reasons.
final class RemoteLauncher: DistantLauncher {
    private let hosts: [HostLauncher]
    private let dispatcher: Dispatcher
    private let daemonsPerHost: Int
    private let shared: Shared
    /// Whether the session goes on with other hosts.
    private let isDurable: Bool
    /// Launches of the last host on machines that are no more in the list.
    private let strangers: [UInt64]

    /// What the machines' launchers tell, who must not own the one that owns them.
    private final class Shared: Sendable {
        /// The next daemon's place among all of the pool.
        let nextIndex = Atomic<Int>(0)
        let watch = Mutex<(@Sendable () -> Void)?>(nil)
        let weighing = Mutex(Weighing())
        let run: Mutex<RemoteRun>

        init(_ run: RemoteRun) { self.run = Mutex(run) }
    }

    /// One weighs at a time, so that the last word is that of how things stand; it is told outside of all locks.
    private struct Weighing {
        /// Whether tasks have been told that there is no hope.
        var isAbandoned = false
        var isBusy = false
        var isStale = false
    }

    /// - Throws: `HayateError.invalidArgument` for what is no name of a machine.
    init(
        _ place: RemotePlace, _ daemons: Daemons, at endpoint: Endpoint, _ security: HostSecurity,
        _ dispatcher: Dispatcher
    ) throws(HayateError) {
        self.dispatcher = dispatcher
        daemonsPerHost = place.daemonsPerHost
        isDurable = daemons.durability != nil
        let machines = try place.machines()
        let names = machines.map(\.description)
        let noted = daemons.durability?.contents.notes[RemoteRun.note].flatMap { RemoteRun(reading: $0) }
        // Launches are numbered by the places of their machines in the list.
        let last = noted?.machines == names ? noted : nil
        let orders = RemoteOrders(place, daemons, at: endpoint, security, run: last?.name)
        var run = last ?? RemoteRun(orders.run, names)
        run.hosts = (noted?.hosts ?? 0) + 1
        let shared = Shared(run)
        shared.nextIndex.store(run.firstIndex, ordering: .relaxed)
        self.shared = shared
        var hosts: [HostLauncher] = []
        for name in machines {
            let index = hosts.count
            hosts.append(
                HostLauncher(
                    index, RemoteMachine(name, by: place.connector, patience: place.patience), orders,
                    dispatcher, limits: daemons.replacement,
                    nextIndex: { shared.nextIndex.wrappingAdd(1, ordering: .relaxed).oldValue },
                    tunnelled: { [weak dispatcher] port in
                        guard let dispatcher, daemons.durability != nil else { return }
                        let note = shared.run.withLock { run in
                            run.ports[index] = port
                            return run.written
                        }
                        dispatcher.write([.note(RemoteRun.note, note)]) { _ in }
                    },
                    changed: { shared.watch.withLock { $0 }?() }))
        }
        self.hosts = hosts
        let restored = (daemons.durability?.contents.daemons ?? []).compactMap { RemoteLaunch($0.launch) }
        if let durability = daemons.durability, let last {
            for (index, host) in hosts.enumerated() {
                let launches = restored.filter { $0.host == index }.map(\.number)
                let port = last.ports[index] == 0 ? nil : last.ports[index]
                host.restore(launches, numbersAbove: run.lastNumber, port: port, lease: durability.lease)
            }
            strangers = []
        } else {
            strangers = restored.map(\.rawValue)
        }
        shared.watch.withLock { $0 = { [weak self] in self?.weigh() } }
    }

    func start() {
        // Nobody can tell what becomes of daemons on machines that the session no longer has.
        for launch in strangers { dispatcher.jobEnded(of: launch, .disconnected) }
        guard isDurable else { return begin() }
        // The next host must find what this one starts.
        let note = shared.run.withLock { $0.written }
        dispatcher.write([.note(RemoteRun.note, note)]) { [weak self] result in
            if case .success = result { self?.begin() }
        }
    }

    private func begin() { for host in hosts { host.resize(to: daemonsPerHost) } }

    /// Tells tasks whether daemons may come.
    private func weigh() {
        let isFirst = shared.weighing.withLock { weighing in
            defer { weighing.isBusy = true }
            weighing.isStale = weighing.isBusy
            return !weighing.isBusy
        }
        guard isFirst else { return }
        while true {
            let standings = hosts.map(\.standing).filter { $0.target > 0 }
            let reasons = standings.compactMap(\.hopelessBecause)
            let isHopeless = !standings.isEmpty && reasons.count == standings.count
            let hasChanged = shared.weighing.withLock { weighing in
                defer { weighing.isAbandoned = isHopeless }
                return weighing.isAbandoned != isHopeless
            }
            if hasChanged, isHopeless { dispatcher.abandon(Self.list(reasons)) }
            if hasChanged, !isHopeless { dispatcher.expectDaemons() }
            let isDone = shared.weighing.withLock { weighing in
                defer { weighing.isStale = false }
                weighing.isBusy = weighing.isStale
                return !weighing.isStale
            }
            if isDone { return }
        }
    }

    /// The first few of many.
    private static func list(_ reasons: [String]) -> String {
        let shown = reasons.prefix(4).joined(separator: "; ")
        return reasons.count > 4 ? "\(shown); and \(reasons.count - 4) more machines" : shown
    }

    private func host(of launch: UInt64, _ body: (HostLauncher, UInt64) -> Void) {
        guard let launch = RemoteLaunch(launch), launch.host < hosts.count else { return }
        body(hosts[launch.host], launch.number)
    }

    // MARK: Daemons

    func owns(_ launch: UInt64) -> Bool {
        guard let launch = RemoteLaunch(launch), launch.host < hosts.count else { return false }
        return hosts[launch.host].owns(launch.number)
    }

    func arrived(_ launch: UInt64, from host: String) { self.host(of: launch) { $0.arrived($1) } }
    func joined(_ launch: UInt64) { host(of: launch) { $0.joined($1) } }
    func disconnected(_ launch: UInt64) { host(of: launch) { $0.disconnected($1) } }
    func departed(_ launch: UInt64, _ departure: Dispatcher.Departure) {
        host(of: launch) { $0.departed($1, departure) }
    }
    func expelled(_ launch: UInt64) { host(of: launch) { $0.expelled($1) } }
    func demanded() { for host in hosts { host.demanded() } }

    /// So many in all, spread evenly, the first machines of the list with one more where that does not come out even.
    func resize(to count: Int) {
        let (each, more) = count.quotientAndRemainder(dividingBy: hosts.count)
        for (index, host) in hosts.enumerated() { host.resize(to: each + (index < more ? 1 : 0)) }
    }

    // MARK: For people

    var expected: Int { hosts.reduce(0) { $0 + $1.standing.target } }
    var coming: Int { hosts.reduce(0) { $0 + $1.standing.coming } }

    var waitReason: String? {
        let reasons = hosts.compactMap { $0.standing.waitReason }
        return reasons.isEmpty ? nil : Self.list(reasons)
    }

    var lastFailure: HayateError? {
        hosts.compactMap { $0.standing.failure }.last.map { HayateError(.launchFailed, $0.description) }
    }

    func hold() { for host in hosts { host.hold() } }

    func end(all: Bool) async {
        await withTaskGroup { group in
            for host in hosts { group.addTask { await host.end(all: all) } }
        }
    }
}
