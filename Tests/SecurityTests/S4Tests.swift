import Testing

@testable import HayateTLS

@Suite struct S4Tests {
    @Test("S4: a daemon does not take another host's certificate, though its own authority signed it")
    func s4() throws {
        let authority = try Certified.own(.authority, ["authority"])
        let impostor = try TLSServer(
            .certificate(Certified.own(.server, ["node2", "10.0.0.2"], by: authority), clients: nil))
        let dialled = ["node1", "10.0.0.1", "node2.cluster", "::1"]
        var refused = 0
        for name in dialled {
            let daemon = try TLSClient(
                .certificate(trust: .authorities(authority.chain), own: nil), serverName: name)
            let ends = Certified.meet(impostor, daemon)
            #expect(
                ends.client.failure?.kind
                    == .certificate(.wrongHost(dialled: name, names: ["node2", "10.0.0.2"])))
            #expect(!ends.server.isEstablished && !ends.client.isEstablished)
            if ends.client.failure != nil { refused += 1 }
        }
        let honest = Certified.meet(
            impostor,
            try TLSClient(
                .certificate(trust: .authorities(authority.chain), own: nil), serverName: "10.0.0.2"))
        #expect(honest.client.isEstablished)
        report("S4", "a host with another host's valid certificate", "\(refused) of \(dialled.count) refused")
    }
}
