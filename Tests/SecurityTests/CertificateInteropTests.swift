import Foundation
import Testing

@testable import HayateTLS

/// What `openssl` writes is read here, and the other way round.
@Suite struct CertificateInteropTests {
    @Test(arguments: [
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes-256-cbc"],
        ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-aes-128-cbc"],
        ["genrsa", "-traditional", "-aes256"],
    ])
    func encryptedKeysAreRead(arguments: [String]) throws {
        try OpenSSL.withDirectory { directory in
            // A password of a test, which protects nothing.
            let last =
                arguments[0] == "genrsa"
                ? ["-passout", "pass:sesame", "-out", "key.pem", "2048"]
                : ["-pass", "pass:sesame", "-out", "key.pem"]
            try OpenSSL.run(arguments + last, in: directory)
            let text = SecretBytes(Array(try Data(contentsOf: directory.appendingPathComponent("key.pem"))))
            _ = try PrivateKey(pem: text) { "sesame" }
            for wrong in ["Sesame", "sesam", "x"] {
                #expect(throws: PrivateKey.wrongPassword) { try PrivateKey(pem: text) { wrong } }
            }
        }
    }

    @Test func ourEncryptedKeysAndRequestsAreRead() throws {
        try OpenSSL.withDirectory { directory in
            let key = try PrivateKey.generate()
            let sealed = try key.pem(password: "sesame").withBytes { Data($0) }
            try sealed.write(to: directory.appendingPathComponent("key.pem"))
            try OpenSSL.run(
                ["pkey", "-in", "key.pem", "-passin", "pass:sesame", "-noout", "-check"], in: directory)
            let template = CertificateTemplate(
                .server, names: [.dns("node1.cluster"), .address([10, 0, 0, 1])])
            try Data(try template.request(with: key).utf8).write(
                to: directory.appendingPathComponent("it.csr"))
            let said = try OpenSSL.run(
                ["req", "-in", "it.csr", "-verify", "-noout", "-text"], in: directory)
            #expect(said.contains("DNS:node1.cluster, IP Address:10.0.0.1"))
            #expect(said.contains("verify OK") && said.contains("TLS Web Server Authentication"))
        }
    }

    @Test func ourChainsAreVerified() throws {
        try OpenSSL.withDirectory { directory in
            let root = try Certified.own(.authority, ["root"])
            let between = try Certified.own(.authority, ["between"], by: root)
            try Certified.write(
                try Certified.own(.server, ["node1", "10.0.0.1"], by: between), to: directory)
            try Data(root.chain.pem.utf8).write(to: directory.appendingPathComponent("ca.pem"))
            for check in [["-verify_hostname", "node1"], ["-verify_ip", "10.0.0.1"]] {
                try OpenSSL.run(
                    [
                        "verify", "-x509_strict", "-CAfile", "ca.pem", "-untrusted", "chain.pem", "-purpose",
                        "sslserver",
                    ]
                        + check + ["chain.pem"], in: directory)
            }
            // A self-signed one is good as its own authority.
            try Certified.write(try Certified.own(.server, ["node1"]), to: directory)
            try OpenSSL.run(["verify", "-CAfile", "chain.pem", "chain.pem"], in: directory)
        }
    }
}
