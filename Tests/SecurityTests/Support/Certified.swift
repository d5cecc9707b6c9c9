import CMbedTLS
import Foundation

@testable import HayateTLS

/// Certificates good and bad.
enum Certified {
    static func own(
        _ purpose: CertificateTemplate.Purpose, _ names: [String], by authority: OwnCertificate? = nil,
        days: Int = 2, beginningIn offset: Int = 0
    ) throws -> OwnCertificate {
        var template = CertificateTemplate(
            purpose, names: try names.map { try CertificateName($0) }, days: days)
        template.madeAt = Moment.now.later(by: offset)
        let key = try PrivateKey.generate()
        let chain =
            try authority.map { try template.signed(by: $0, for: key) } ?? template.selfSigned(with: key)
        return OwnCertificate(unchecked: chain, key)
    }

    /// Made by `openssl`, for we make none that are weak.
    /// - Parameter key: how `openssl genpkey` makes the key.
    static func weak(
        key: [String], hash: String = "-sha256", by authority: OwnCertificate
    ) throws -> OwnCertificate {
        try OpenSSL.withDirectory { directory in
            try write(authority, to: directory)
            try OpenSSL.run(["genpkey", "-out", "key.pem"] + key, in: directory)
            try OpenSSL.run(
                ["req", "-new", "-key", "key.pem", "-subj", "/CN=localhost", "-out", "request.pem"],
                in: directory)
            try Data("subjectAltName=DNS:localhost\n".utf8).write(
                to: directory.appendingPathComponent("names"))
            try OpenSSL.run(
                [
                    "x509", "-req", "-in", "request.pem", "-CA", "chain.pem", "-CAkey", "own.pem", "-days",
                    "2",
                    "-extfile", "names", "-out", "weak.pem", hash,
                ], in: directory)
            func text(_ name: String) throws -> String {
                try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
            }
            return OwnCertificate(
                unchecked: try Certificates(pem: text("weak.pem")), try PrivateKey(pem: text("key.pem")))
        }
    }

    /// As `chain.pem` and `own.pem`.
    static func write(_ own: OwnCertificate, to directory: URL) throws {
        try Data(own.chain.pem.utf8).write(to: directory.appendingPathComponent("chain.pem"))
        let key = try own.key.pem().withBytes { Data($0) }
        try key.write(to: directory.appendingPathComponent("own.pem"))
    }

    /// Shakes hands in memory.
    static func meet(_ server: TLSServer, _ client: TLSClient) -> (
        server: SocketPump.End, client: SocketPump.End
    ) {
        let sides = (server: server.engine(), client: client.engine())
        var ends = (server: SocketPump.End(), client: SocketPump.End())
        do throws(TLSFailure) { try sides.client.start() } catch { ends.client.failure = error }
        func carry(_ from: TLSEngine, _ to: TLSEngine, _ end: inout SocketPump.End) {
            var bytes: [UInt8] = []
            from.takeOutput { bytes = Array($0) }
            bytes.withUnsafeBytes { bytes in
                do throws(TLSFailure) { _ = try to.receive(bytes) } catch {
                    end.failure = end.failure ?? error
                }
            }
        }
        while sides.client.hasOutput || sides.server.hasOutput {
            carry(sides.client, sides.server, &ends.server)
            carry(sides.server, sides.client, &ends.client)
        }
        ends.server.isEstablished = sides.server.phase == .established
        ends.client.isEstablished = sides.client.phase == .established
        return ends
    }

    /// A client that would take any curve in the handshake, so that a server can show it a weak one.
    static func letShowAnyCurve(_ client: TLSClient) {
        mbedtls_ssl_conf_curves(
            UnsafeMutablePointer(mutating: client.configuration.pointer), mbedtls_ecp_grp_id_list())
    }
}
