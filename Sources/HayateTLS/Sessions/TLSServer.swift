import CMbedTLS
import Synchronization

/// What the connections of one listener have in common.
public final class TLSServer: Sendable {
    /// How the two sides show who they are.
    public enum Authentication: Sendable {
        /// By pre-shared keys, both. `keys` is asked in each handshake, so that keys can be replaced while it
        /// listens.
        case keys(@Sendable () -> [RoleKey])
        /// The server by a certificate. Clients by one that `clients` trusts; nil: anybody may be one.
        case certificate(OwnCertificate, clients: Trust?)
    }

    let authentication: Authentication
    let configuration: TLSConfiguration
    /// Which clients' certificates are good; nil with keys, and if anybody may be one.
    let clients: TrustAnchors?
    let tickets: TicketKeeper
    /// What clients are asked for that name a key that is not known.
    let nobodysKey = SecretBytes(count: PoolSecret.size) { SystemRandom.fill($0) }
    private let randomness: Randomness
    private let counted = Mutex(Handshakes())

    /// How clients came in.
    public struct Handshakes: Sendable, Hashable {
        /// By a key exchange.
        public var full = 0
        /// By the ticket of an earlier one.
        public var resumed = 0
    }

    /// - Parameter ticketLifetime: how long after a key exchange a client may come back without another; in
    ///   whole seconds, one second to seven days.
    public init(
        _ authentication: Authentication, ticketLifetime: Duration = .seconds(86_400),
        randomness: Randomness = .system
    ) throws(TLSFailure) {
        self.authentication = authentication
        self.randomness = randomness
        tickets = TicketKeeper(
            lifetime: UInt32(min(max(ticketLifetime.components.seconds, 1), 604_800)))
        let withKeys = if case .keys = authentication { true } else { false }
        if case .certificate(let own, _) = authentication,
            !CertificateUse.server.isAllowed(by: own.chain.pointer)
        {
            // mbedTLS would not show it, and tell every client that there is nothing in common.
            throw TLSFailure(
                .certificate(.wrongUse(.server)),
                "this host's certificate \(CertificateProblem.wrongUse(.server).sentence)")
        }
        let clients: TrustAnchors?
        if case .certificate(_, let trust?) = authentication {
            clients = try TrustAnchors(trust)
        } else {
            clients = nil
        }
        self.clients = clients
        configuration = try TLSConfiguration(isServer: true, withKeys: withKeys) { configuration in
            guard case .certificate(let own, _) = authentication else { return 0 }
            return own.use(in: configuration) ?? TrustAnchors.use(clients, in: configuration)
        }
    }

    /// The engine of one connection.
    public func engine() -> TLSEngine { TLSEngine(.server(self), randomness: randomness) }

    /// So far.
    public var handshakes: Handshakes { counted.withLock { $0 } }

    func countHandshake(isResumed: Bool) {
        counted.withLock { if isResumed { $0.resumed += 1 } else { $0.full += 1 } }
    }

    var usesKeys: Bool { if case .keys = authentication { true } else { false } }
    var usesCertificates: Bool { !usesKeys }

    func keys() -> [RoleKey] {
        if case .keys(let keys) = authentication { return keys() }
        return []
    }
}
