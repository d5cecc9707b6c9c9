import Testing

@testable import HayateTLS

/// Certificates that are not good enough, shown by a host to our client and by a client to our host.
@Suite struct S3Tests {
    private let otherUse = "for the other use"

    /// A host of ours does not even start with a client's certificate; `openssl` does.
    private func checkOtherUse(_ own: OwnCertificate, _ client: TLSClient, _ words: String) throws {
        #expect(throws: TLSFailure.self) { try TLSServer(.certificate(own, clients: nil)) }
        let end = try OpenSSL.withDirectory { directory in
            try Certified.write(own, to: directory)
            return try SocketPump.meetServer(
                client, ["-cert", "chain.pem", "-key", "own.pem"], in: directory)
        }
        #expect(end.failure?.message.contains(words) == true, "\(end.failure?.message ?? "accepted")")
        #expect(!end.isEstablished)
    }

    private func bad(by authority: OwnCertificate) throws -> [(
        String, (CertificateTemplate.Purpose) throws -> OwnCertificate, String
    )] {
        let other = try Certified.own(.authority, ["other"])
        let names = ["localhost"]
        let curve = ["-algorithm", "EC", "-pkeyopt"]
        let weak = try [
            Certified.weak(key: curve + ["ec_paramgen_curve:prime192v1"], by: authority),
            Certified.weak(key: curve + ["ec_paramgen_curve:secp224r1"], by: authority),
            Certified.weak(key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], by: authority),
            Certified.weak(key: curve + ["ec_paramgen_curve:P-256"], hash: "-sha1", by: authority),
        ]
        return [
            (
                "of another authority", { try Certified.own($0, names, by: other) },
                "is not signed by an authority"
            ),
            ("self-signed", { try Certified.own($0, names) }, "is not signed by an authority"),
            (
                "expired", { try Certified.own($0, names, by: authority, days: 1, beginningIn: -2 * 86_400) },
                "expired on 20"
            ),
            (
                "not yet valid",
                { try Certified.own($0, names, by: authority, days: 1, beginningIn: 86_400) },
                "is not valid before 20"
            ),
            (
                otherUse, { try Certified.own($0 == .server ? .client : .server, names, by: authority) },
                "was not made for a"
            ),
            ("curve secp192r1", { _ in weak[0] }, "too weak (the curve secp192r1)"),
            ("curve secp224r1", { _ in weak[1] }, "too weak (the curve secp224r1)"),
            ("RSA 1024", { _ in weak[2] }, "too weak (RSA of 1024 bits)"),
            ("SHA-1 signature", { _ in weak[3] }, "too weak (a SHA-1 signature)"),
        ]
    }

    @Test("S3: a bad certificate is refused with one clear line on each side, in both directions")
    func s3() throws {
        let authority = try Certified.own(.authority, ["authority"], days: 30)
        let good = try Certified.own(.server, ["localhost"], by: authority)
        let trust = Trust.authorities(authority.chain)
        var refused = 0
        func check(_ name: String, _ judge: TLSFailure?, _ shower: TLSFailure?, _ words: String) {
            #expect(judge?.message.contains(words) == true, "\(name): \(judge?.message ?? "accepted")")
            #expect(
                shower?.message.contains("did not accept this side's certificate: ") == true,
                "\(name): \(shower?.message ?? "told nothing")")
            #expect(judge?.message.contains("\n") == false && shower?.message.contains("\n") == false)
            if judge != nil, shower != nil { refused += 1 }
        }
        for (name, make, words) in try bad(by: authority) {
            let client = try TLSClient(.certificate(trust: trust, own: nil), serverName: "localhost")
            Certified.letShowAnyCurve(client)
            if name == otherUse {
                try checkOtherUse(make(.server), client, words)
            } else {
                let server = try TLSServer(.certificate(make(.server), clients: nil))
                let first = Certified.meet(server, client)
                check("host's, " + name, first.client.failure, first.server.failure, words)
                #expect(!first.server.isEstablished && !first.client.isEstablished)
            }

            let strict = try TLSServer(.certificate(good, clients: trust))
            let shower = try TLSClient(
                .certificate(trust: trust, own: make(.client)), serverName: "localhost")
            let second = Certified.meet(strict, shower)
            check("client's, " + name, second.server.failure, second.client.failure, words)
            #expect(!second.server.isEstablished)
        }
        for (names, dialled) in [
            (["node1"], "localhost"), (["127.0.0.1"], "127.0.0.2"), (["localhost"], "127.0.0.1"),
        ] {
            let server = try TLSServer(
                .certificate(Certified.own(.server, names, by: authority), clients: nil))
            let ends = Certified.meet(
                server, try TLSClient(.certificate(trust: trust, own: nil), serverName: dialled))
            check(
                "for \(names) dialled as \(dialled)", ends.client.failure, ends.server.failure,
                "not for \(dialled)")
        }
        // The measure itself: what is good passes.
        let ends = Certified.meet(
            try TLSServer(.certificate(good, clients: trust)),
            try TLSClient(
                .certificate(trust: trust, own: Certified.own(.client, ["node1"], by: authority)),
                serverName: "localhost"))
        #expect(ends.server.isEstablished && ends.client.isEstablished)
        #expect(refused == 20)
        report(
            "S3", "bad certificates, shown by hosts and by clients",
            "\(refused + 1) of 21 refused, a sentence on each side")
    }
}
