import Testing

@testable import HayateTLS

@Suite struct CertificateNameTests {
    @Test(arguments: [
        (["node1.cluster"], "node1.cluster", true), (["node1.cluster"], "NODE1.cluster.", true),
        (["*.cluster"], "node1.cluster", true), (["*.cluster"], "a.node1.cluster", false),
        (["*.cluster"], "cluster", false), (["node1.cluster"], "node2.cluster", false),
        (["node1", "10.0.0.7", "::1"], "10.0.0.7", true), (["node1", "10.0.0.7", "::1"], "[::1]", true),
        (["node1", "10.0.0.7"], "10.0.0.8", false), (["node1"], "10.0.0.7", false),
        (["10.0.0.7"], "node1", false), (["*.0.0.7"], "10.0.0.7", false),
    ])
    func theDialledNameMustBeAmongThem(names: [String], dialled: String, isGood: Bool) throws {
        let authority = try Made.authority()
        let list = try names.map { try CertificateName($0) }
        let key = try PrivateKey.generate()
        let chain = try CertificateTemplate(.server, names: list).signed(by: authority, for: key)
        let server = try Made.server(try OwnCertificate(chain: chain, key: key))
        let pair = try Pair.talk(server, try Made.client(Made.trust(authority), dialling: dialled))
        if isGood {
            #expect(pair.hasTalked, "\(String(describing: pair.clientFailure))")
        } else {
            #expect(
                pair.clientFailure?.kind
                    == .certificate(.wrongHost(dialled: dialled, names: list.map(\.description))))
            #expect(pair.clientFailure?.message.contains("not for \(dialled)") == true)
            #expect(pair.serverFailure?.kind == .refusedByPeer(42))
            #expect(pair.serverFailure?.message.contains("not for the name that was dialled") == true)
        }
    }

    @Test func onlyNamesAreSaidInTheOpen() {
        #expect(ServerName("node1.cluster.").forIndication == "node1.cluster")
        #expect(ServerName("10.0.0.7").forIndication == nil)
        #expect(ServerName("[::1]").forIndication == nil)
        #expect(ServerName("fe80::1%eth0").forIndication == nil)
    }

    @Test(arguments: ["", "a b", "a..b", "*", "a.*.b", "-\u{e4}", String(repeating: "a", count: 64)])
    func whatIsNoNameIsRefused(text: String) {
        #expect(throws: TLSFailure.self) { try CertificateName(text) }
    }

    @Test func fingerprintsAreReadAsTheyAreWrittenAnywhere() throws {
        let fingerprint = try SelfSigned.make(for: "localhost").fingerprint
        let hex = fingerprint.description.dropFirst("SHA256:".count)
        var colons = ""
        for (place, digit) in hex.uppercased().enumerated() {
            if place > 0, place.isMultiple(of: 2) { colons += ":" }
            colons.append(digit)
        }
        for text in [fingerprint.description, String(hex), colons, "sha256 Fingerprint=" + colons] {
            #expect(try Fingerprint(text) == fingerprint)
        }
        for text in ["", "SHA256:", String(hex.dropLast()), hex + "00", "SHA1:" + hex] {
            #expect(throws: TLSFailure.self) { try Fingerprint(text) }
        }
    }
}
