import Testing

@testable import HayateTLS

@Suite struct CertificateReadingTests {
    private func text(_ secret: SecretBytes) -> String {
        secret.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "nothing was thrown"
    }

    @Test(arguments: [PrivateKey.NewKind.p256, .p384, .rsa(2_048)])
    func keysAreWrittenAndReadAgain(kind: PrivateKey.NewKind) throws {
        let key = try PrivateKey.generate(kind)
        let certificate = try CertificateTemplate(.server, names: [.dns("localhost")]).selfSigned(with: key)
        let bare = text(try key.pem())
        #expect(bare.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let own = try OwnCertificate(pem: certificate.pem + bare)
        #expect(own.key.kind == key.kind)
        #expect(
            try Pair.talk(try Made.server(own), try Made.client(.pinned([own.fingerprint]))).hasTalked)
    }

    @Test func encryptedKeysAskForTheirPassword() throws {
        let key = try PrivateKey.generate()
        let certificate = try CertificateTemplate(.server, names: [.dns("localhost")]).selfSigned(with: key)
        let sealed = try key.pem(password: "open sesame")
        #expect(text(sealed).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"))
        var asked = 0
        _ = try OwnCertificate(chainPEM: certificate.pem, keyPEM: sealed) {
            asked += 1
            return "open sesame"
        }
        #expect(asked == 1)
        #expect(
            message { _ = try PrivateKey(pem: sealed) { "wrong" } }
                == "the password of the private key is wrong")
        #expect(
            message { _ = try PrivateKey(pem: sealed) }
                .hasPrefix("the private key is encrypted and no password was given for it: "))
        #expect(message { _ = try PrivateKey(pem: sealed) { "" } }.contains("is empty"))
        struct NoTerminal: Error, CustomStringConvertible { var description: String { "no terminal" } }
        #expect(message { _ = try PrivateKey(pem: sealed) { throw NoTerminal() } }.hasSuffix("no terminal"))
    }

    @Test func aKeyInTheOpenAsksNobody() throws {
        let bare = try PrivateKey.generate().pem()
        _ = try PrivateKey(pem: bare) {
            Issue.record("it asked for a password")
            return ""
        }
    }

    @Test func anotherKeyIsRefused() throws {
        let own = try Made.own(.server, "localhost")
        let other = try Made.own(.server, "other")
        #expect(
            message { _ = try OwnCertificate(chain: own.chain, key: other.key) }
                .contains("the private key does not belong to the certificate of 'CN=localhost'"))
        let wrongOrder = try Certificates(pem: other.chain.pem + own.chain.pem)
        #expect(
            message { _ = try OwnCertificate(chain: wrongOrder, key: own.key) }
                .contains("belongs to certificate 2 of the text: put that one first"))
    }

    @Test func whatIsNoCertificateOrKeyIsSaid() throws {
        #expect(
            message { _ = try Certificates(pem: "hello") }.hasPrefix("there is no certificate in the text"))
        #expect(message { _ = try PrivateKey(pem: "hello") }.hasPrefix("there is no private key in the text"))
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(message { _ = try Certificates(pem: broken) }.hasPrefix("the certificate cannot be read"))
        let good = try Made.own(.server, "localhost").chain.pem
        #expect(message { _ = try Certificates(pem: good + broken) }.hasPrefix("one of the certificates"))
    }

    @Test func aSummaryTellsWhatAPersonAsks() throws {
        let key = try PrivateKey.generate(.p384)
        let names = try ["node1", "10.0.0.7"].map { try CertificateName($0) }
        let certificate = try CertificateTemplate(.client, names: names, days: 2).selfSigned(with: key)
        let summary = try #require(certificate.summaries.first)
        #expect(summary.subject == "CN=node1" && summary.issuer == "CN=node1" && summary.isSelfIssued)
        #expect(summary.names == ["node1", "10.0.0.7"] && !summary.isAuthority)
        #expect(summary.keyKind == .curve("P-384") && summary.keyBits == 384 && summary.weakness == nil)
        #expect(summary.isForClients && !summary.isForServers)
        #expect(summary.notAfterSeconds - summary.notBeforeSeconds == 2 * 86_400 + 3_600)
        #expect(summary.notAfter.hasSuffix(" UTC") && summary.notAfter.utf8.count == 23)
    }

    @Test func onlyAuthoritiesSign() throws {
        let own = try Made.own(.server, "localhost")
        #expect(message { _ = try Made.own(.server, "other", by: own) }.contains("is no authority"))
    }
}
