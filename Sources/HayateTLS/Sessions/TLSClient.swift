import CMbedTLS
import Synchronization

/// What the connections of one client to one server have in common: who it is, whom it trusts, and the
/// ticket with which it can come back without another key exchange.
public final class TLSClient: Sendable {
    /// How the two sides show who they are.
    public enum Authentication: Sendable {
        /// By a pre-shared key, both.
        case key(RoleKey)
        /// The server by a certificate that `trust` accepts and that is for the name that is dialled; the
        /// client by one of its own if the server asks.
        case certificate(trust: Trust, own: OwnCertificate?)
    }

    let authentication: Authentication
    let serverName: ServerName
    /// Whose certificates are good; nil with keys.
    let hosts: TrustAnchors?
    let configuration: TLSConfiguration
    private let randomness: Randomness
    private let session = Mutex<SavedSession?>(nil)

    /// - Parameter serverName: the host name or address that is dialled; a certificate must be for it.
    public init(
        _ authentication: Authentication, serverName: String, randomness: Randomness = .system
    ) throws(TLSFailure) {
        self.authentication = authentication
        self.serverName = ServerName(serverName)
        self.randomness = randomness
        let withKeys = if case .key = authentication { true } else { false }
        let hosts: TrustAnchors?
        if case .certificate(let trust, _) = authentication {
            hosts = try TrustAnchors(trust)
        } else {
            hosts = nil
        }
        self.hosts = hosts
        let ownKey: PointedKey?
        if case .key(let key) = authentication { ownKey = PointedKey(key) } else { ownKey = nil }
        configuration = try TLSConfiguration(
            isServer: false, withKeys: withKeys, ownKey: ownKey
        ) { configuration in
            switch authentication {
            case .key: return 0
            case .certificate(_, let own):
                return own?.use(in: configuration) ?? TrustAnchors.use(hosts, in: configuration)
            }
        }
    }

    /// The engine of one connection.
    public func engine() -> TLSEngine { TLSEngine(.client(self), randomness: randomness) }

    var key: RoleKey? { if case .key(let key) = authentication { key } else { nil } }
    var usesCertificates: Bool { key == nil }

    /// Dials as if for the first time.
    public func forgetSession() { session.withLock { $0 = nil } }

    /// Dials as `other`, which has the same key, would: with its ticket.
    package func takeSession(of other: TLSClient) {
        let saved = other.session.withLock { $0 }
        session.withLock { $0 = saved }
    }

    /// Whether there is a ticket to come back with.
    package var hasSession: Bool { session.withLock { $0 != nil } }

    /// - Returns: the secret of the session that it offers to the server; nil if there is none.
    func offerSession(
        to tls: UnsafeMutablePointer<mbedtls_ssl_context>, _ check: (Int32) throws(TLSFailure) -> Void
    ) throws(TLSFailure) -> SecretBytes? {
        guard let saved = session.withLock({ $0 }) else { return nil }
        // The certificate is not judged again, but a ticket shall not outlive it.
        guard TLSEngine.isStillValid(saved.pointer) else {
            forgetSession()
            return nil
        }
        try check(mbedtls_ssl_set_session(tls, saved.pointer))
        return saved.master
    }

    /// - Returns: whether the server took the session that was offered.
    func keepSession(
        of tls: UnsafeMutablePointer<mbedtls_ssl_context>, offered: SecretBytes?
    ) -> Bool {
        let saved = SavedSession()
        guard mbedtls_ssl_get_session(tls, saved.pointer) == 0 else { return false }
        session.withLock { $0 = saved }
        return offered.map { $0.isEqual(to: saved.master) } ?? false
    }
}

/// A session that can be taken up again.
///
/// Safe to share: it is filled before anyone else has it, and not changed afterwards.
private final class SavedSession: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<mbedtls_ssl_session>

    init() {
        pointer = .allocate(capacity: 1)
        mbedtls_ssl_session_init(pointer)
    }

    deinit {
        mbedtls_ssl_session_free(pointer)
        pointer.deallocate()
    }

    var master: SecretBytes {
        withUnsafeBytes(of: &pointer.pointee.master) { SecretBytes($0) }
    }
}
