import HayateTLS

/// TLS in a simulated world: the same engines as on real connections, with repeatable random numbers.
///
/// mbedTLS puts the time of day into hellos and the keys of tickets are the system's; neither changes the length of
/// anything, so the events of a world stay the same.
final class Protection {
    /// The two engines of one link, and what is on its way between them.
    final class Ends {
        let host: TLSEngine
        let daemon: TLSEngine
        /// What was given to one engine and did not yet come out of the other.
        var toHost: [UInt8] = []
        var toDaemon: [UInt8] = []
        /// Set once a byte was changed on its way: that end must fail, or wait for bytes that never come.
        var isDamaged = false

        init(host: TLSEngine, daemon: TLSEngine) {
            self.host = host
            self.daemon = daemon
        }
    }

    /// Who dials without being one of the pool's daemons.
    enum Stranger: Int, CaseIterable {
        /// Says hello without TLS.
        case plain
        /// Has the daemons' key of another pool.
        case wrongKey
        /// Has the key of this pool's monitors.
        case wrongRole
    }

    private static let pool = secret(1)
    private static let otherPool = secret(2)

    private let seed: UInt64
    /// Whether hosts of many worlds share a server and its tickets, since a key exchange costs as much as two
    /// worlds: so that the usual runs can afford some worlds under TLS.
    private let isThrifty: Bool
    private var server: TLSServer
    private var clients: [Int: TLSClient] = [:]
    /// Has the ticket that new processes begin with, so that a world costs one key exchange or two.
    private var withTicket: TLSClient?
    /// By the number of the link.
    var ends: [Int: Ends] = [:]

    init(seed: UInt64, isThrifty: Bool) {
        self.seed = seed
        self.isThrifty = isThrifty
        server = isThrifty ? Self.shared.server : Self.server(seed)
        withTicket = isThrifty ? Self.shared.client : nil
    }

    private static let shared: (server: TLSServer, client: TLSClient) = {
        let server = Protection.server(1)
        let client = Protection.client(pool.key(for: .daemon), 1)
        let (host, daemon) = (server.engine(), client.engine())
        func carry(_ sender: TLSEngine, _ receiver: TLSEngine) {
            var bytes: [UInt8] = []
            sender.takeOutput { bytes = Array($0) }
            do throws(TLSFailure) {
                _ = try bytes.withUnsafeBytes { bytes -> Result<Int, TLSFailure> in
                    do throws(TLSFailure) { return .success(try receiver.receive(bytes).count) } catch {
                        return .failure(error)
                    }
                }.get()
            } catch {
                fatalError("the first handshake failed: \(error)")
            }
        }
        do throws(TLSFailure) { try daemon.start() } catch { fatalError("\(error)") }
        while host.hasOutput || daemon.hasOutput {
            carry(daemon, host)
            carry(host, daemon)
        }
        return (server, client)
    }()

    private static func secret(_ byte: UInt8) -> PoolSecret {
        guard let secret = PoolSecret(SecretBytes([UInt8](repeating: byte, count: PoolSecret.size))) else {
            fatalError("a secret of the right size was refused")
        }
        return secret
    }

    private static func server(_ seed: UInt64) -> TLSServer {
        let keys = KeyRole.allCases.map { pool.key(for: $0) }
        do throws(TLSFailure) {
            return try TLSServer(.keys { keys }, randomness: .seeded(seed))
        } catch {
            fatalError("\(error)")
        }
    }

    private static func client(_ key: RoleKey, _ seed: UInt64) -> TLSClient {
        do throws(TLSFailure) {
            return try TLSClient(.key(key), serverName: "host", randomness: .seeded(seed))
        } catch {
            fatalError("\(error)")
        }
    }

    /// Another host has the same keys, and knows no tickets of the one before.
    func restartServer() {
        guard !isThrifty else { return }
        server = Self.server(seed)
        withTicket = nil
    }

    func connect(process: Int, link: Int) -> TLSFailure? {
        let client: TLSClient
        if let known = clients[process] {
            client = known
        } else {
            client = Self.client(Self.pool.key(for: .daemon), seed &+ UInt64(process))
            if let withTicket { client.takeSession(of: withTicket) }
            clients[process] = client
        }
        if withTicket == nil, client.hasSession { withTicket = client }
        return connect(client, link)
    }

    func connect(_ stranger: Stranger, link: Int) -> TLSFailure? {
        let key = stranger == .wrongRole ? Self.pool.key(for: .monitor) : Self.otherPool.key(for: .daemon)
        return connect(Self.client(key, seed ^ 0xBAD), link)
    }

    private func connect(_ client: TLSClient, _ link: Int) -> TLSFailure? {
        let made = Ends(host: server.engine(), daemon: client.engine())
        ends[link] = made
        do throws(TLSFailure) { try made.daemon.start() } catch { return error }
        return nil
    }

    /// Whether whoever is at the other end of a link may be a daemon.
    func isDaemon(_ link: Int) -> Bool {
        ends[link]?.host.peer == .key(.daemon, id: Self.pool.key(for: .daemon).id)
    }
}
