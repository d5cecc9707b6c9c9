import Glibc
import HayateTLS
import Synchronization
import Testing

@testable import HayateTransport

/// Connections under TLS that are closed at bad moments.
@Suite struct SecureChurnTests {
    /// Two thousand times open and close, two thirds of them while both sides send, the others while they shake
    /// hands; in a process of its own so that the descriptors and threads of other tests do not count. A cycle
    /// that takes ten seconds hangs.
    @Test(.timeLimit(.minutes(5)))
    func twoThousandCyclesUnderTLSLeakNothing() async {
        await #expect(processExitsWith: .success) {
            let pair = try SecureChurnTests.pair()
            try SecureChurnTests.cycles(60, pair)
            Transport.waitUntilIdle()
            let descriptors = openDescriptors()
            let threadCount = threads()
            try SecureChurnTests.cycles(2_000, pair)
            Transport.waitUntilIdle()
            // The library closes the last descriptors a moment later on a thread of its own, and
            // tells nobody.
            let limit = MonotonicClock.now + .seconds(20)
            while openDescriptors() > descriptors {
                guard MonotonicClock.now < limit else { exit(3) }
                usleep(1_000)
            }
            guard threads() <= threadCount else { exit(4) }
            guard TimerQueue.shared.count == 0 else { exit(5) }
        }
    }

    private struct Parties {
        var server: ServerSecurity
        var client: ClientSecurity
    }

    private static func pair() throws -> Parties {
        let secret = PoolSecret()
        let keys = KeyRole.allCases.map { secret.key(for: $0) }
        return Parties(
            server: ServerSecurity(keys: try TLSServer(.keys { keys })),
            client: ClientSecurity(
                keys: try TLSClient(.key(secret.key(for: .daemon)), serverName: "127.0.0.1")))
    }

    private static func cycles(_ count: Int, _ parties: Parties) throws {
        let address = try Endpoint("tls+tcp://127.0.0.1:0")
        for cycle in 0..<count {
            // A key exchange now and then; the others come with a ticket.
            if cycle % 16 == 0 { parties.client.keys?.forgetSession() }
            let ended = Counter()
            let (heardHere, heardThere) = (Counter(), Counter())
            let accepted = Events<Connection>()
            let listener = try Listener(
                address, security: parties.server.connections(at: address)
            ) { connection in
                connection.admitted()
                accepted.add(connection)
                chatter(connection, heardThere, ended)
            }
            let connection = try dial(
                listener.endpoint, security: parties.client.connections(to: listener.endpoint))
            chatter(connection, heardHere, ended)
            guard let host = accepted.wait(count: 1, atMost: .seconds(10)).first else { exit(6) }
            if cycle % 3 > 0 {
                for heard in [heardHere, heardThere] {
                    guard heard.wait(until: { $0 >= 3 }, atMost: .seconds(10)) else { exit(7) }
                }
            }
            // Close in every order, at once or from both sides.
            switch cycle % 5 {
            case 0: connection.close()
            case 1: host.close()
            case 2:
                listener.close()
                connection.close()
            case 3:
                connection.close()
                host.close()
            default: connection.drainAndClose(deadline: .milliseconds(1))
            }
            guard ended.wait(until: { $0 == 2 }, atMost: .seconds(10)) else { exit(8) }
            listener.close()
        }
    }

    /// Both ends answer everything they get, with a large array now and then.
    private static func chatter(_ connection: Connection, _ heard: Counter, _ ended: Counter) {
        let large = [UInt8](repeating: 7, count: 200_000)
        let calls = Mutex(0)
        connection.start(
            onBytes: { [weak connection] bytes in
                let call = calls.withLock { count in
                    count += 1
                    return count
                }
                heard.add()
                connection?.append { outbox in
                    outbox.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(1_000)))
                    if call % 10 == 0 { outbox.append(large) }
                }
                connection?.flush()
                return .any
            }, onClose: { _ in ended.add() })
        connection.append(bytes: large)
        connection.flush()
    }
}
