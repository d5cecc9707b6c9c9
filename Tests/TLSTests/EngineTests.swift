import Testing

@testable import HayateTLS

@Suite struct EngineTests {
    private let secret = PoolSecret()

    private func server(_ secrets: PoolSecret..., tickets: Duration = .seconds(60)) throws -> TLSServer {
        let keys = secrets.flatMap { secret in KeyRole.allCases.map { secret.key(for: $0) } }
        return try TLSServer(.keys { keys }, ticketLifetime: tickets)
    }

    private func client(_ secret: PoolSecret, _ role: KeyRole = .daemon) throws -> TLSClient {
        try TLSClient(.key(secret.key(for: role)), serverName: "127.0.0.1")
    }

    @Test(arguments: [Int.max, 1, 7, 1_000])
    func bothSidesKnowEachOther(slice: Int) throws {
        var pair = Pair(try server(secret), try client(secret))
        // What is said before the handshake is over waits for its end.
        try pair.client.send("hello host")
        pair.run(slice: slice)
        #expect(pair.clientFailure == nil && pair.serverFailure == nil)
        #expect(pair.server.peer == .key(.daemon, id: secret.key(for: .daemon).id))
        #expect(pair.atServer == Array("hello host".utf8))
        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try pair.server.send(large)
        pair.run(slice: slice)
        #expect(pair.atClient == large)
    }

    @Test(arguments: KeyRole.allCases)
    func theHostKnowsTheRole(role: KeyRole) throws {
        var pair = Pair(try server(secret), try client(secret, role))
        pair.run()
        #expect(pair.server.peer == .key(role, id: secret.key(for: role).id))
    }

    @Test func anotherPoolsKeyIsRefusedOnBothSides() throws {
        var pair = Pair(try server(secret), try client(PoolSecret()))
        pair.run()
        #expect(pair.serverFailure?.kind == .unknownKey)
        #expect(pair.clientFailure?.kind == .keyRefused)
        #expect(pair.server.phase == .ended && pair.client.phase == .ended)
        #expect(pair.server.peer == .anonymous)
    }

    @Test func aTicketSparesTheKeyExchange() throws {
        let server = try server(secret)
        let client = try client(secret, .client)
        var first = Pair(server, client)
        first.run()
        #expect(!first.server.isResumed && !first.client.isResumed)
        var second = Pair(server, client)
        second.run()
        #expect(second.server.isResumed && second.client.isResumed)
        #expect(second.server.peer == .key(.client, id: secret.key(for: .client).id))
        try second.client.send("again")
        second.run()
        #expect(second.atServer == Array("again".utf8))
    }
}
