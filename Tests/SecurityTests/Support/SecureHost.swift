import HayateTLS
import HayateWire
import Logging
import Synchronization

@testable import Hayate
@testable import HayateTransport

/// The host of a pool, with keys and limits of a test's choice: the real listener and dispatcher.
final class SecureHost: Sendable {
    let secret = PoolSecret()
    let dispatcher: Dispatcher
    let listener: Listener
    private let lines: LogLines

    /// What it has logged about strangers.
    var log: [String] { lines.all.withLock { $0 } }

    private final class LogLines: Sendable {
        let all = Mutex<[String]>([])
    }

    private final class Keys: Sendable {
        let current: Mutex<[RoleKey]>
        init(_ keys: [RoleKey]) { current = Mutex(keys) }
    }

    private let box: Keys

    init(
        at address: String = "tcp://127.0.0.1:0", limits: TransportLimits = TransportLimits(),
        tickets: Duration = .seconds(86_400), isPlain: Bool = false
    ) throws {
        let lines = LogLines()
        self.lines = lines
        var settings = DispatcherSettings()
        // Visitors are soon forgotten.
        settings.limits.reconnectWithin = .milliseconds(200)
        let dispatcher = Dispatcher(
            settings: settings, observer: Dispatcher.Observer(),
            refusals: RefusalLog { line, _ in lines.all.withLock { $0.append(line) } })
        self.dispatcher = dispatcher
        let secret = secret
        let box = Keys(KeyRole.allCases.map { secret.key(for: $0) })
        self.box = box
        let endpoint = try Endpoint(address)
        let security = isPlain
            ? ServerSecurity()
            : ServerSecurity(
                keys: try TLSServer(.keys { box.current.withLock { $0 } }, ticketLifetime: tickets))
        listener = try Listener(
            endpoint, limits: limits, security: security.connections(at: endpoint),
            turnedAway: { dispatcher.refusals.note($0, "only this user's own processes may connect") }
        ) { dispatcher.accept($0) }
    }

    func accept(keys: [RoleKey]) { box.current.withLock { $0 = keys } }

    var port: UInt16 { listener.endpoint.port ?? 0 }
    var daemonKey: RoleKey { secret.key(for: .daemon) }
    /// Daemons that were welcomed, ever.
    var joined: UInt64 { dispatcher.overview().0.joined }
    var refused: Int { dispatcher.refusals.total }

    func client(_ role: KeyRole = .daemon) throws -> TLSClient {
        try TLSClient(.key(secret.key(for: role)), serverName: "127.0.0.1")
    }

    func close() {
        dispatcher.close()
        listener.close()
        dispatcher.cut()
        Transport.waitUntilIdle()
    }
}
