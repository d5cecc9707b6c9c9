/// The servers and clients whose engines are attacked. Made once; random numbers repeat themselves, so that an
/// input does the same each time.
final class FuzzParties: Sendable {
    static let shared = FuzzParties(isRepeatable: true)
    /// Those whose exchanges are first inputs. With the random numbers of the others, what a client said to one of
    /// them would be right for another server in the same second, and a stranger could say it.
    static let recorded = FuzzParties(isRepeatable: false)

    let keyServer: TLSServer
    let certificateServer: TLSServer
    private let isRepeatable: Bool
    private let key: RoleKey
    private let trust: Trust
    /// They hold the tickets that others come back with.
    private let keyTickets: TLSClient
    private let certificateTickets: TLSClient

    private init(isRepeatable: Bool) {
        self.isRepeatable = isRepeatable
        func randomness(_ seed: UInt64) -> Randomness { isRepeatable ? .seeded(seed) : .system }
        let pool = PoolSecret(SecretBytes([UInt8](repeating: 7, count: PoolSecret.size)))
        guard let pool else { fatalError("no secret") }
        let keys = KeyRole.allCases.map { pool.key(for: $0) }
        key = pool.key(for: .daemon)
        do throws(TLSFailure) {
            keyServer = try TLSServer(
                .keys { keys }, ticketLifetime: .seconds(604_800), randomness: randomness(1))
            let certificates = try Certificates(pem: Self.certificate)
            trust = .authorities(certificates)
            let own = try OwnCertificate(chain: certificates, key: try PrivateKey(pem: Self.privateKey))
            certificateServer = try TLSServer(
                .certificate(own, clients: nil), ticketLifetime: .seconds(604_800), randomness: randomness(2))
            keyTickets = try TLSClient(.key(key), serverName: "fuzz", randomness: randomness(3))
            certificateTickets = try TLSClient(
                .certificate(trust: trust, own: nil), serverName: "fuzz", randomness: randomness(4))
        } catch {
            fatalError("\(error)")
        }
        getTicket(keyTickets, from: keyServer)
        getTicket(certificateTickets, from: certificateServer)
    }

    private func randomness(_ seed: UInt64) -> Randomness { isRepeatable ? .seeded(seed) : .system }

    func keyClient(withTicket: Bool = false) -> TLSClient {
        do throws(TLSFailure) {
            let client = try TLSClient(.key(key), serverName: "fuzz", randomness: randomness(5))
            if withTicket { client.takeSession(of: keyTickets) }
            return client
        } catch {
            fatalError("\(error)")
        }
    }

    func certificateClient(withTicket: Bool = false, isTrusting: Bool = true) -> TLSClient {
        do throws(TLSFailure) {
            let client = try TLSClient(
                .certificate(trust: isTrusting ? trust : .pinned([try Fingerprint(Self.noFingerprint)]), own: nil),
                serverName: "fuzz", randomness: randomness(6))
            if withTicket { client.takeSession(of: certificateTickets) }
            return client
        } catch {
            fatalError("\(error)")
        }
    }

    private func getTicket(_ client: TLSClient, from server: TLSServer) {
        var (host, daemon) = (FuzzEnd(server.engine()), FuzzEnd(client.engine()))
        daemon.begin()
        while host.engine.hasOutput || daemon.engine.hasOutput {
            host.receive(daemon.takeOutput(), slice: 1 << 20)
            daemon.receive(host.takeOutput(), slice: 1 << 20)
        }
        guard client.hasSession else {
            fatalError("no ticket: \(host.failure.debugDescription) \(daemon.failure.debugDescription)")
        }
    }

    private static let noFingerprint = "SHA256:" + String(repeating: "0", count: 64)
    /// For this fuzzer alone: nobody trusts it.
    private static let privateKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIENyxIPuRWZ0nak9C6vTM0y7p+K3TdSyIxDVPO9yTNNMoAoGCCqGSM49
        AwEHoUQDQgAE6j3t1pD7//8+KDtpTtGnqTQnUMPgQ6aKv1nzItxh5ONhgjfHAJvY
        UquyTo+t+OpgBsqBcUXQYlw1F1zx4Sg4kg==
        -----END EC PRIVATE KEY-----

        """
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASygAwIBAgIUahzCQ6c7DC7XCvBxlsyYRofRlwkwCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjIyMzEwMTZaGA8yMTI2MTAyOTIzMTAx
        NlowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOo9
        7daQ+///Pig7aU7Rp6k0J1DD4EOmir9Z8yLcYeTjYYI3xwCb2FKrsk6PrfjqYAbK
        gXFF0GJcNRdc8eEoOJKjZDBiMB0GA1UdDgQWBBScrOqBSkGqyRUGr272is9tRAHr
        JjAfBgNVHSMEGDAWgBScrOqBSkGqyRUGr272is9tRAHrJjAPBgNVHRMBAf8EBTAD
        AQH/MA8GA1UdEQQIMAaCBGZ1enowCgYIKoZIzj0EAwIDSAAwRQIgQxGW+9V5tPGw
        k9y1e4YDyEoKTmzG1BnFoyRn7T2GoRUCIQC+IIC7M9XHQOU9mt3Lbp/Fsi3g9+tz
        YxzXKA07XkRptg==
        -----END CERTIFICATE-----

        """
}
