import Glibc
import Synchronization
import Testing

@testable import HayateTransport

@Suite struct ChurnTests {
    /// Opens and closes everything under two-way traffic, in a process of its own so that the
    /// descriptors and threads of other tests do not count.
    @Test(.timeLimit(.minutes(5)))
    func twoThousandCyclesUnderTrafficLeakNothing() async {
        await #expect(processExitsWith: .success) {
            try ChurnTests.cycles(100)
            Transport.waitUntilIdle()
            let descriptors = openDescriptors()
            let threadCount = threads()
            try ChurnTests.cycles(2000)
            Transport.waitUntilIdle()
            // The library closes the last descriptors a moment later on a thread of its own, and
            // tells nobody.
            let limit = MonotonicClock.now + .seconds(20)
            while openDescriptors() > descriptors {
                guard MonotonicClock.now < limit else { exit(3) }
                usleep(1000)
            }
            guard threads() <= threadCount else { exit(4) }
            guard TimerQueue.shared.count == 0 else { exit(5) }
        }
    }

    private static func cycles(_ count: Int) throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        for cycle in 0..<count {
            let endpoint =
                cycle % 2 == 0
                ? try directory.endpoint(named: "socket") : try Endpoint("tcp://127.0.0.1:0")
            let ended = Counter()
            let accepted = Events<Connection>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                accepted.add(connection)
                chatter(connection, ended)
            }
            let connection = try dial(listener.endpoint)
            chatter(connection, ended)
            guard let host = accepted.wait(count: 1).first else { exit(6) }
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
            guard ended.wait(until: { $0 == 2 }) else { exit(7) }
            listener.close()
        }
    }

    /// Both ends answer everything they get, with a large array now and then.
    private static func chatter(_ connection: Connection, _ ended: Counter) {
        let large = [UInt8](repeating: 7, count: 200_000)
        let calls = Mutex(0)
        connection.start(
            onBytes: { [weak connection] bytes in
                let call = calls.withLock { count in
                    count += 1
                    return count
                }
                connection?.append { outbox in
                    outbox.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(1000)))
                    if call % 10 == 0 { outbox.append(large) }
                }
                connection?.flush()
                return .any
            }, onClose: { _ in ended.add() })
        connection.append(bytes: large)
        connection.flush()
    }

    @Test func listenerClosesWhilePeersConnect() async throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        for round in 0..<20 {
            let lateCalls = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let endpoint =
                    round % 2 == 0
                    ? try directory.endpoint(named: "socket") : try Endpoint("tcp://127.0.0.1:0")
                let accepted = Counter()
                let box = AtomicFlag()
                let listener = try Listener(endpoint) { connection in
                    if box.isSet { lateCalls.add() }
                    accepted.add()
                    echo(connection)
                }
                let address = listener.endpoint
                let results = Counter()
                for _ in 0..<100 {
                    try Dialer(address, deadline: .seconds(10)) { result in
                        if case .success(let connection) = result { connection.close() }
                        results.add()
                    }
                }
                group.addTask {
                    _ = accepted.wait(until: { $0 >= 5 + round })
                    listener.close()
                    box.set()
                }
                try await group.waitForAll()
                #expect(results.wait { $0 == 100 })
            }
            #expect(lateCalls.current == 0)
        }
    }

    @Test func listenerMayBeClosedInsideItsCallback() throws {
        let holder = Mutex<Listener?>(nil)
        let closed = Counter()
        let listener = try Listener(Endpoint("tcp://127.0.0.1:0")) { connection in
            connection.close()
            holder.withLock { $0 }?.close()
            closed.add()
        }
        holder.withLock { $0 = listener }
        let connection = try dial(listener.endpoint)
        connection.close()
        #expect(closed.wait { $0 == 1 })
        listener.close()
        holder.withLock { $0 = nil }
    }

    @Test func connectionsMayBeClosedInsideEveryCallback() throws {
        let ended = Events<CloseReason>()
        let listener = try Listener(Endpoint("tcp://127.0.0.1:0")) { connection in
            connection.start(
                onBytes: { _ in
                    connection.close(.refused("no"))
                    return .any
                },
                onClose: { reason in
                    connection.close()
                    connection.flush()
                    ended.add(reason)
                })
        }
        defer { listener.close() }
        let connection = try dial(listener.endpoint)
        connection.append(bytes: [1])
        connection.flush()
        #expect(ended.wait(count: 1) == [.refused("no")])
        // Started after the end: `onClose` is all that comes.
        connection.close(.peerTooSlow)
        let late = Events<CloseReason>()
        connection.start(onBytes: { _ in .any }, onClose: { late.add($0) })
        #expect(late.wait(count: 1) == [.peerTooSlow])
    }
}

private final class AtomicFlag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
