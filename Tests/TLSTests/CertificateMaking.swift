import CMbedTLS
import Testing

@testable import HayateTLS

/// What the tests of certificates make.
enum Made {
    static func own(
        _ purpose: CertificateTemplate.Purpose = .server, _ names: String..., days: Int = 1,
        by authority: OwnCertificate? = nil
    ) throws -> OwnCertificate {
        let list = try names.map { try CertificateName($0) }
        let template = CertificateTemplate(purpose, names: list, days: days)
        let key = try PrivateKey.generate()
        let chain =
            try authority.map { try template.signed(by: $0, for: key) } ?? template.selfSigned(with: key)
        return OwnCertificate(unchecked: chain, key)
    }

    static func authority(_ name: String = "authority") throws -> OwnCertificate {
        try own(.authority, name)
    }

    static func client(
        _ trust: Trust, dialling name: String = "localhost", own: OwnCertificate? = nil
    ) throws -> TLSClient {
        try TLSClient(.certificate(trust: trust, own: own), serverName: name)
    }

    static func server(_ own: OwnCertificate, clients: Trust? = nil) throws -> TLSServer {
        try TLSServer(.certificate(own, clients: clients))
    }

    static func trust(_ own: OwnCertificate) -> Trust { .authorities(own.chain) }
}

extension Pair {
    /// Shakes hands and says a word both ways.
    static func talk(_ server: TLSServer, _ client: TLSClient) throws -> Pair {
        var pair = Pair(server, client)
        pair.run()
        guard pair.client.phase == .established, pair.server.phase == .established else { return pair }
        try pair.client.send("from the client")
        try pair.server.send("from the server")
        pair.run()
        return pair
    }

    var hasTalked: Bool {
        atServer == Array("from the client".utf8) && atClient == Array("from the server".utf8)
            && clientFailure == nil && serverFailure == nil
    }
}
