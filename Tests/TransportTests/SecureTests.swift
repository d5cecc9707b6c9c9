import HayateTLS
import Synchronization
import Testing

@testable import HayateTransport

/// Real sockets under TLS.
@Suite struct SecureTests {
    private let secret = PoolSecret()

    private func serverSecurity(_ secret: PoolSecret) throws -> ServerSecurity {
        let keys = KeyRole.allCases.map { secret.key(for: $0) }
        return ServerSecurity(keys: try TLSServer(.keys { keys }))
    }

    private func clientSecurity(_ secret: PoolSecret) throws -> ClientSecurity {
        ClientSecurity(keys: try TLSClient(.key(secret.key(for: .daemon)), serverName: "127.0.0.1"))
    }

    @Test(arguments: ["tcp", "tls+tcp"])
    func largeBytesPassBothWays(scheme: String) throws {
        let address = try Endpoint("\(scheme)://127.0.0.1:0")
        let identities = Events<TLSPeer>()
        let listener = try Listener(
            address, security: try serverSecurity(secret).connections(at: address)
        ) { connection in
            connection.start(
                onBytes: { bytes in
                    if connection.pendingBytes == 0 { identities.add(connection.identity) }
                    connection.append { $0.append(bytes) }
                    connection.flush()
                    return .any
                }, onClose: { _ in })
        }
        defer { listener.close() }
        let connection = try dial(
            listener.endpoint,
            security: try clientSecurity(secret).connections(to: listener.endpoint))
        defer { connection.close() }
        let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let results = Events<[UInt8]>()
        connection.start(
            onBytes: { .large(count: payload.count, buffered: $0.count) },
            onLarge: { results.add($0) }, onClose: { _ in })
        connection.append(bytes: payload)
        connection.flush()
        #expect(results.wait(count: 1) == [payload])
        #expect(identities.all.first == .key(.daemon, id: secret.key(for: .daemon).id))
        #expect(connection.isProtected && connection.pendingBytes == 0)
    }

    @Test func aWrongKeyIsSaidOnBothSides() throws {
        let address = try Endpoint("tls+tcp://127.0.0.1:0")
        let closed = Events<CloseReason>()
        let listener = try Listener(
            address, security: try serverSecurity(secret).connections(at: address)
        ) { connection in
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
        }
        defer { listener.close() }
        let connection = try dial(
            listener.endpoint,
            security: try clientSecurity(PoolSecret()).connections(to: listener.endpoint))
        let here = Events<CloseReason>()
        connection.start(onBytes: { _ in .any }, onClose: { here.add($0) })
        connection.append(bytes: [1, 2, 3])
        connection.flush()
        #expect("\(closed.wait(count: 1))".contains("none of this pool's"))
        #expect("\(here.wait(count: 1))".contains("did not accept this daemon key"))
    }
}
