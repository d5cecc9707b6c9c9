import Foundation
import Glibc
import HayateCore
import HayateDaemon
import HayateNetwork
import Synchronization
import Testing

/// Bytes through a relay of this process.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ByteRelayTests {
    /// A relay before a server that gives back what it is sent.
    private func withRelay(_ body: (UInt16, EchoServer) async throws -> Void) async throws {
        let server = try EchoServer()
        defer { server.end() }
        let relay = try ByteRelay(at: "127.0.0.1", ports: [0], to: server.port)
        let port = relay.port
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        // Given away as a whole: the thread alone uses it.
        nonisolated(unsafe) let given = relay
        let over = Flag()
        Thread.detachNewThread {
            given.run { !over.value }
            continuation.finish()
        }
        defer { over.set() }
        try await body(port, server)
        over.set()
        for await _ in ends {}
    }

    private final class Flag: Sendable {
        private let isOver = Mutex(false)
        var value: Bool { isOver.withLock { $0 } }
        func set() { isOver.withLock { $0 = true } }
    }

    /// On a thread, as sockets that wait would stand in the way of Swift's tasks.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }

    @Test("A hundred connections at once each get back what they sent, and each says its last word by itself")
    func hundred() async throws {
        try await withRelay { port, server in
            let good = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        await onThread { Sockets.echo(100_000 + number, seed: UInt64(number), through: port) }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(good == 100)
            #expect(server.connections == 100)
        }
    }

    @Test("50 MB go each way unchanged")
    func much() async throws {
        try await withRelay { port, _ in
            #expect(await onThread { Sockets.echo(50_000_000, seed: 7, through: port) })
        }
    }

    @Test("Whoever dials while nobody is behind the relay is sent away")
    func nobody() async throws {
        try await withRelay { port, server in
            server.end()
            let count = await onThread { () -> Int in
                // The listener may take one more before it is gone.
                for _ in 0..<200 {
                    guard let socket = Sockets.dial(port) else { return -1 }
                    defer { close(socket) }
                    var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
                    guard poll(&entry, 1, 200) > 0 else { continue }
                    var byte: UInt8 = 0
                    return read(socket, &byte, 1)
                }
                return -2
            }
            #expect(count == 0)
        }
    }

    @Test("The second port of a range is taken where the first is in use")
    func ports() throws {
        let first = try ByteRelay(at: "127.0.0.1", ports: [0], to: 9)
        let second = try ByteRelay(at: "127.0.0.1", ports: [first.port, 0], to: 9)
        #expect(second.port != first.port)
        #expect(throws: AddressError.self) { try ByteRelay(at: "127.0.0.1", ports: [first.port], to: 9) }
        withExtendedLifetime((first, second)) {}
    }
}

@Suite struct RelayOptionsTests {
    @Test("A relay's command line is read as it was written")
    func words() throws {
        var options = RelayOptions(directory: "/home/a b/.hayate/jobs/12345678", target: 4711)
        options.dialBack = .network("10.0.0.0/8")
        options.nodes = ["n1", "n2"]
        options.ports = 9000...9100
        options.lease = .seconds(60)
        #expect(try RelayOptions(arguments: options.arguments) == options)
    }

    @Test("What is wrong with it is named", arguments: [
        ["--directory", "relative", "--to", "1"], ["--directory", "/d"], ["--directory", "/d", "--to", "0"],
        ["--directory", "/d", "--to", "1", "--ports", "9-8"], ["--directory", "/d", "--to", "1", "--dial-back", "host="],
    ])
    func wrong(words: [String]) {
        #expect(throws: DaemonError.self) { try RelayOptions(arguments: words) }
    }
}
