import Testing

@testable import HayateTLS

@Suite struct CertificateTrustTests {
    @Test func aSelfSignedCertificateIsGoodIfPinnedWhateverTheName() throws {
        let made = try SelfSigned.make(for: "node17")
        let server = try Made.server(made.own)
        for name in ["node17", "another", "127.0.0.1"] {
            let pair = try Pair.talk(server, try Made.client(.pinned([made.fingerprint]), dialling: name))
            #expect(pair.hasTalked, "\(name): \(String(describing: pair.clientFailure))")
            guard case .certificate(let host) = pair.client.peer else {
                Issue.record("the client knows no host")
                return
            }
            #expect(host.fingerprint == made.fingerprint && host.names == ["node17"])
            #expect(pair.server.peer == .anonymous)
        }
    }

    @Test func aSelfSignedCertificateIsGoodIfGivenAsAWhole() throws {
        let made = try SelfSigned.make(for: "localhost")
        let trust = Trust.authorities(try Certificates(pem: made.certificatePEM))
        #expect(try Pair.talk(try Made.server(made.own), try Made.client(trust)).hasTalked)
    }

    @Test func anotherFingerprintIsRefused() throws {
        let made = try SelfSigned.make(for: "localhost")
        let other = try SelfSigned.make(for: "localhost")
        let pair = try Pair.talk(try Made.server(made.own), try Made.client(.pinned([other.fingerprint])))
        #expect(pair.clientFailure?.kind == .certificate(.notPinned(made.fingerprint.description)))
        #expect(pair.serverFailure?.kind == .refusedByPeer(49))
        #expect(pair.serverFailure?.message.contains("fingerprint is none of those") == true)
    }

    @Test func aChainOverTwoAuthoritiesIsFollowed() throws {
        let root = try Made.authority("root")
        let between = try Made.own(.authority, "between", by: root)
        let host = try Made.own(.server, "localhost", by: between)
        #expect(host.chain.summaries.map(\.subject) == ["CN=localhost", "CN=between"])
        #expect(try Pair.talk(try Made.server(host), try Made.client(Made.trust(root))).hasTalked)
    }

    @Test(arguments: [Int.max, 1, 100])
    func bothSidesShowCertificates(slice: Int) throws {
        let authority = try Made.authority()
        let server = try Made.server(
            try Made.own(.server, "localhost", by: authority), clients: Made.trust(authority))
        let own = try Made.own(.client, "node3", by: authority)
        var pair = Pair(server, try Made.client(Made.trust(authority), own: own))
        try pair.client.send("hello")
        pair.run(slice: slice)
        #expect(pair.atServer == Array("hello".utf8))
        guard case .certificate(let peer) = pair.server.peer else {
            Issue.record("the server knows no client")
            return
        }
        #expect(peer.fingerprint == own.fingerprint && peer.subject == "CN=node3")
    }

    @Test func clientsMayBePinnedToo() throws {
        let made = try SelfSigned.make(for: "localhost")
        let own = try Made.own(.client, "node3")
        let server = try Made.server(made.own, clients: .pinned([own.fingerprint]))
        let trust = Trust.pinned([made.fingerprint])
        #expect(try Pair.talk(server, try Made.client(trust, own: own)).hasTalked)
        let stranger = try Pair.talk(server, try Made.client(trust, own: try Made.own(.client, "node3")))
        #expect(stranger.clientFailure?.kind == .refusedByPeer(49))
        #expect(
            stranger.serverFailure?.message.hasPrefix("the peer's certificate has the fingerprint") == true)
    }

    @Test func aClientWithoutCertificateIsToldWhatIsMissing() throws {
        let made = try SelfSigned.make(for: "localhost")
        let server = try Made.server(made.own, clients: .pinned([made.fingerprint]))
        let pair = try Pair.talk(server, try Made.client(.pinned([made.fingerprint])))
        #expect(pair.serverFailure?.kind == .certificate(.missing))
        #expect(pair.clientFailure?.kind == .certificate(.missing))
        #expect(pair.clientFailure?.message.contains("start with --certificate") == true)
    }

    @Test func aTicketKeepsWhoTheClientIs() throws {
        let authority = try Made.authority()
        let server = try Made.server(
            try Made.own(.server, "localhost", by: authority), clients: Made.trust(authority))
        let own = try Made.own(.client, "node3", by: authority)
        let client = try Made.client(Made.trust(authority), own: own)
        #expect(try Pair.talk(server, client).hasTalked)
        let second = try Pair.talk(server, client)
        #expect(second.hasTalked && second.server.isResumed && second.client.isResumed)
        guard case .certificate(let peer) = second.server.peer else {
            Issue.record("the server has forgotten the client")
            return
        }
        #expect(peer.fingerprint == own.fingerprint)
    }

    @Test func keysAndCertificatesDoNotMix() throws {
        let made = try SelfSigned.make(for: "localhost")
        let key = PoolSecret().key(for: .daemon)
        let withKey = try TLSClient(.key(key), serverName: "localhost")
        let first = try Pair.talk(try Made.server(made.own), withKey)
        #expect(first.serverFailure?.kind == .noSharedSuite && first.clientFailure?.kind == .noSharedSuite)
        let second = try Pair.talk(
            try TLSServer(.keys { [key] }), try Made.client(.pinned([made.fingerprint])))
        #expect(second.serverFailure?.kind == .noSharedSuite && second.clientFailure?.kind == .noSharedSuite)
        #expect(second.clientFailure?.message.contains("--key-file") == true)
    }

    @Test func noPinTrustsNobody() throws {
        #expect(throws: TLSFailure.self) { try Made.client(.pinned([])) }
    }

    @Test func theSystemsListIsReadOrMissedAloud() throws {
        #expect(throws: TLSFailure.self) { try SystemAuthorities.read(from: ["/nowhere/list.pem"]) }
        let made = try SelfSigned.make(for: "localhost")
        guard let client = try? Made.client(.system) else { return }
        let pair = try Pair.talk(try Made.server(made.own), client)
        #expect(pair.clientFailure?.kind == .certificate(.unknownAuthority))
    }
}
