import Glibc
import HayateTLS
import Synchronization
import Testing

@testable import HayateTransport

/// The sum that shows whether bytes arrived whole and in order (FNV-1a over 8 bytes at a time).
private func digest(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { raw in
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for offset in stride(from: 0, to: raw.count & ~7, by: 8) {
            let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = (hash ^ word) &* 0x100_0000_01b3
        }
        for byte in raw[(raw.count & ~7)...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

private func pattern(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { space, initialized in
        var state: UInt64 = 1
        for offset in stride(from: 0, to: count, by: 8) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            for byte in offset..<min(count, offset + 8) {
                space[byte] = UInt8(truncatingIfNeeded: state >> (8 * UInt64(byte - offset)))
            }
        }
        initialized = count
    }
}

/// Runs `body` with a listener at each kind of address; IPv6 only where there is a loopback for it.
enum Kind: String, CaseIterable, Sendable {
    case local, tcp4, tcp6

    static var available: [Kind] { allCases.filter { $0 != .tcp6 || hasIPv6Loopback } }

    func with<Result>(_ body: (Endpoint) throws -> Result) throws -> Result {
        switch self {
        case .tcp4: return try body(Endpoint("tcp://127.0.0.1:0"))
        case .tcp6: return try body(Endpoint("tcp://[::1]:0"))
        case .local:
            let directory = try PrivateDirectory()
            defer { directory.remove() }
            return try body(directory.endpoint(named: "socket"))
        }
    }
}

@Suite struct EchoTests {
    @Test(.enabled(if: hasIPv6Loopback, "this machine has no IPv6 loopback address"))
    func echoOverIPv6() throws { try roundTrips(.tcp6) }

    @Test(arguments: [Kind.local, .tcp4]) func echo(kind: Kind) throws { try roundTrips(kind) }

    private func roundTrips(_ kind: Kind) throws {
        try kind.with { endpoint in
            let peers = Events<Peer>()
            let listener = try Listener(endpoint) { connection in
                peers.add(connection.peer)
                TransportTests.echo(connection)
            }
            defer { listener.close() }
            if endpoint.port == 0 { #expect(listener.endpoint.port != 0) }
            let connection = try dial(listener.endpoint)
            let received = Events<[UInt8]>()
            let closed = Events<CloseReason>()
            connection.start(
                onBytes: { bytes in
                    received.add(Array(bytes))
                    return .any
                }, onClose: { closed.add($0) })
            for round in 1...50 {
                connection.append(bytes: [UInt8](repeating: UInt8(round), count: round))
                connection.flush()
                var bytes: [UInt8] = []
                while bytes.count < round * (round + 1) / 2 {
                    let before = received.all.count
                    bytes = received.all.flatMap(\.self)
                    if bytes.count < round * (round + 1) / 2 {
                        _ = received.wait(count: before + 1)
                    }
                }
                #expect(bytes.suffix(round).allSatisfy { $0 == UInt8(round) })
            }
            switch (kind, peers.wait(count: 1).first) {
            case (.local, .local(let uid, let pid)?):
                #expect(uid == geteuid() && pid == getpid())
            case (.tcp4, .remote(let host, _)?): #expect(host == "127.0.0.1")
            case (.tcp6, .remote(let host, _)?): #expect(host == "::1")
            case (_, let peer): Issue.record("unexpected peer \(String(describing: peer))")
            }
            connection.close()
            connection.close(.peerTooSlow)
            #expect(closed.wait(count: 1) == [.requested])
            #expect(connection.append(bytes: [1]) == false)
            connection.flush()
        }
    }

    @Test(arguments: Kind.available) func hundredMegabytesComeBackIntact(kind: Kind) throws {
        try kind.with { endpoint in
            let size = 100_000_000
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                connection.start(
                    onBytes: { [weak connection] bytes in
                        // The first byte is a header, what follows belongs to the payload.
                        let header = UnsafeRawBufferPointer(rebasing: bytes[..<1])
                        connection?.append { $0.append(header) }
                        return .large(count: size, buffered: bytes.count - 1)
                    },
                    onLarge: { [weak connection] whole in
                        connection?.append(bytes: whole)
                        connection?.flush()
                    }, onClose: { _ in })
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            defer { connection.close() }
            let payload = pattern(size)
            let results = Events<UInt64>()
            connection.start(
                onBytes: { bytes in
                    #expect(bytes[0] == 42)
                    return .large(count: size, buffered: bytes.count - 1)
                }, onLarge: { results.add(digest($0)) }, onClose: { _ in })
            connection.append { outbox in
                outbox.append(UInt8(42))
                outbox.append(payload)
            }
            connection.flush()
            #expect(results.wait(count: 1) == [digest(payload)])
        }
    }

    @Test func manySmallOnesAndLargeOnesKeepTheirOrder() throws {
        // Header: length; bodies of all sizes around the bound between copied and referred to.
        try Kind.local.with { endpoint in
            let received = Events<[UInt8]>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                let reader = Mutex<[UInt8]>([])
                connection.start(
                    onBytes: { bytes in
                        reader.withLock { waiting in
                            waiting.append(contentsOf: bytes)
                            while waiting.count >= 4 {
                                let length = waiting.withUnsafeBytes {
                                    Int($0.loadUnaligned(as: UInt32.self))
                                }
                                let have = waiting.count - 4
                                if have >= length {
                                    received.add(Array(waiting[4..<(4 + length)]))
                                    waiting.removeFirst(4 + length)
                                } else if length > 100_000 {
                                    waiting = []
                                    return .large(count: length, buffered: have)
                                } else {
                                    return .any
                                }
                            }
                            return .any
                        }
                    }, onLarge: { received.add($0) }, onClose: { _ in })
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            defer { connection.close() }
            connection.start(onBytes: { _ in .any }, onClose: { _ in })
            let sizes = (0..<400).map { [1, 100, 16_383, 16_384, 70_000, 300_000][$0 % 6] + $0 }
            for (index, size) in sizes.enumerated() {
                connection.append { outbox in
                    outbox.append(UInt32(size))
                    outbox.append([UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size))
                }
                if index % 7 == 0 { connection.flush() }
            }
            connection.flush()
            let frames = received.wait(count: sizes.count)
            #expect(frames.map(\.count) == sizes)
            for (index, frame) in frames.enumerated() {
                #expect(frame.allSatisfy { $0 == UInt8(truncatingIfNeeded: index) })
            }
        }
    }

    @Test func appendsCoalesce() throws {
        try Kind.local.with { endpoint in
            // The reader counts how often it is called: at most once per write.
            let calls = Counter()
            let bytes = Events<[UInt8]>()
            let total = Counter()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                connection.start(
                    onBytes: { chunk in
                        calls.add()
                        bytes.add(Array(chunk))
                        total.add(chunk.count)
                        return .any
                    }, onClose: { _ in })
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            defer { connection.close() }
            for number in 0..<1000 { connection.append { $0.append(UInt32(number)) } }
            #expect(connection.pendingBytes == 4000)
            connection.flush()
            #expect(total.wait { $0 >= 4000 })
            #expect(calls.current == 1)
            // From many threads at once nothing is lost, and each thread's own order is kept.
            #expect(connection.pendingBytes == 0)
            let expected = bytes.all.flatMap(\.self).withUnsafeBytes { raw in
                (0..<1000).allSatisfy {
                    raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) == UInt32($0)
                }
            }
            #expect(expected)
        }
    }

    @Test func writersOnManyThreadsKeepTheirOrder() async throws {
        let directory = try PrivateDirectory()
        defer { directory.remove() }
        let bytes = Mutex<[UInt8]>([])
        let total = Counter()
        let listener = try Listener(directory.endpoint(named: "socket")) { connection in
            connection.admitted()
            connection.start(
                onBytes: { chunk in
                    bytes.withLock { $0.append(contentsOf: chunk) }
                    total.add(chunk.count)
                    return .any
                }, onClose: { _ in })
        }
        defer { listener.close() }
        let connection = try dial(listener.endpoint)
        defer { connection.close() }
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<20_000 {
                        connection.append { $0.append(UInt32(writer << 24 | number)) }
                        connection.flush()
                    }
                }
            }
        }
        #expect(total.wait { $0 >= 4 * 4 * 20_000 })
        var next = [0, 0, 0, 0]
        bytes.withLock { bytes in
            bytes.withUnsafeBytes { raw in
                for offset in stride(from: 0, to: raw.count, by: 4) {
                    let word = Int(raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                    #expect(next[word >> 24] == word & 0xff_ffff)
                    next[word >> 24] += 1
                }
            }
        }
        #expect(next == [20_000, 20_000, 20_000, 20_000])
    }

    @Test func drainSendsEverythingBeforeTheEnd() throws {
        try Kind.local.with { endpoint in
            let total = Counter()
            let ended = Events<CloseReason>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                connection.start(
                    onBytes: { chunk in
                        total.add(chunk.count)
                        return .any
                    }, onClose: { ended.add($0) })
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            let closed = Events<CloseReason>()
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
            connection.append(bytes: [UInt8](repeating: 7, count: 20_000_000))
            connection.drainAndClose(deadline: .seconds(60), .refused("done"))
            #expect(connection.append(bytes: [1]) == false)
            #expect(closed.wait(count: 1) == [.refused("done")])
            #expect(ended.wait(count: 1) == [.peerClosed])
            #expect(total.current == 20_000_000)
        }
    }

    @Test func drainEndsAtItsDeadline() throws {
        try Kind.local.with { endpoint in
            let silent = Events<Connection>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                silent.add(connection)
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            let closed = Events<CloseReason>()
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
            connection.append(bytes: [UInt8](repeating: 7, count: 20_000_000))
            connection.drainAndClose(deadline: .milliseconds(50))
            #expect(closed.wait(count: 1) == [.requested])
            for connection in silent.wait(count: 1) { connection.close() }
        }
    }

    @Test func slowPeerIsClosedAtTheBound() throws {
        try Kind.local.with { endpoint in
            let silent = Events<Connection>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                silent.add(connection)
            }
            defer { listener.close() }
            var limits = TransportLimits()
            limits.outboxBytes = 4_000_000
            let connection = try dial(listener.endpoint, limits: limits)
            let closed = Events<CloseReason>()
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
            let chunk = [UInt8](repeating: 1, count: 100_000)
            var appended = 0
            while connection.append(bytes: chunk) {
                connection.flush()
                appended += chunk.count
                guard appended < 100_000_000 else { break }
            }
            #expect(appended >= 4_000_000 && appended < 6_000_000)
            #expect(closed.wait(count: 1) == [.peerTooSlow])
            for connection in silent.wait(count: 1) { connection.close() }
        }
    }

    /// Memory that somebody keeps anyway does not count, but everything else still does.
    @Test func othersMemoryIsNoReasonToCloseAtTheBound() throws {
        try Kind.local.with { endpoint in
            let silent = Events<Connection>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                silent.add(connection)
            }
            defer { listener.close() }
            var limits = TransportLimits()
            limits.outboxBytes = 4_000_000
            let connection = try dial(listener.endpoint, limits: limits)
            let closed = Events<CloseReason>()
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
            let kept = [UInt8](repeating: 7, count: 20_000_000)
            kept.withUnsafeBytes { bytes in
                // Safe to keep: the array outlives the connection.
                nonisolated(unsafe) let bytes = bytes
                #expect(connection.append { $0.append(bytes, keptBy: kept) })
            }
            connection.flush()
            let chunk = [UInt8](repeating: 1, count: 100_000)
            var appended = 0
            while connection.append(bytes: chunk) {
                appended += chunk.count
                guard appended < 100_000_000 else { break }
            }
            #expect(appended >= 4_000_000 && appended < 6_000_000)
            #expect(closed.wait(count: 1) == [.peerTooSlow])
            for connection in silent.wait(count: 1) { connection.close() }
            withExtendedLifetime(kept) {}
        }
    }

    @Test func producerPausesAboveHighWaterAndGoesOn() throws {
        try Kind.local.with { endpoint in
            let total = Counter()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                connection.start(
                    onBytes: { chunk in
                        total.add(chunk.count)
                        return .any
                    }, onClose: { _ in })
            }
            defer { listener.close() }
            let connection = try dial(listener.endpoint)
            defer { connection.close() }
            let drained = Counter()
            connection.start(
                onBytes: { _ in .any }, onDrain: { drained.add() }, onClose: { _ in })
            let chunk = [UInt8](repeating: 1, count: 500_000)
            var pauses = 0
            for _ in 0..<100 {
                connection.append(bytes: chunk)
                if connection.isAboveHighWater {
                    pauses += 1
                    let pauses = pauses
                    connection.flush()
                    #expect(drained.wait { $0 >= pauses })
                }
            }
            connection.flush()
            #expect(pauses > 3)
            #expect(total.wait { $0 == 50_000_000 })
        }
    }

    @Test func lastWordsOfAPeerThatLeftAreHeard() throws {
        try Kind.local.with { endpoint in
            let connections = Events<Connection>()
            let listener = try Listener(endpoint) { connection in
                connection.admitted()
                connections.add(connection)
            }
            defer { listener.close() }
            let peer = try dial(listener.endpoint)
            let host = try #require(connections.wait(count: 1).first)
            let gone = Events<CloseReason>()
            peer.start(onBytes: { _ in .any }, onClose: { gone.add($0) })
            peer.append(bytes: [1, 2, 3])
            peer.drainAndClose(deadline: .seconds(10))
            #expect(gone.wait(count: 1) == [.requested])
            // Sending to the peer that left fails before anything was received.
            let received = Events<[UInt8]>()
            let closed = Events<CloseReason>()
            host.append(bytes: [9])
            host.start(
                onBytes: { bytes in
                    received.add(Array(bytes))
                    host.append(bytes: [9])
                    host.flush()
                    return .any
                }, onClose: { closed.add($0) })
            #expect(closed.wait(count: 1) == [.peerClosed])
            #expect(received.all == [[1, 2, 3]])
        }
    }
}

/// A cipher that greets first and inverts all bits; it refuses a byte that no peer of ours sends.
private final class Inverter: StreamCipher {
    private let output = Mutex<[UInt8]>([0xaa])
    private let hasGreeting = Mutex(false)

    private let opened = Mutex<[UInt8]>([])
    let isHandshaking = false
    let hasEnded = false
    let peer = TLSPeer.anonymous

    func start() throws(CipherFailure) {}

    func open(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer {
        var bytes = Array(sealed)
        let isFirst = hasGreeting.withLock { seen in
            defer { seen = true }
            return !seen
        }
        if isFirst {
            guard bytes.removeFirst() == 0xaa else { throw CipherFailure("no greeting") }
        }
        bytes = bytes.map { ~$0 }
        // The storage stays where it is as long as the array is kept.
        opened.withLock { $0 = bytes }
        return bytes.withUnsafeBytes { $0 }
    }

    func seal(_ plain: UnsafeRawBufferPointer) throws(CipherFailure) {
        output.withLock { output in for byte in plain { output.append(~byte) } }
    }

    var hasOutput: Bool { output.withLock { !$0.isEmpty } }

    func takeOutput(into outbox: inout Outbox) {
        let bytes = output.withLock { output in
            defer { output = [] }
            return output
        }
        outbox.append(bytes)
    }
}

@Suite struct CipherTests {
    @Test func bytesPassThroughTheCipherBothWays() throws {
        let listener = try Listener(
            Endpoint("tcp://127.0.0.1:0"), security: { .cipher(Inverter()) }, admit: echo)
        defer { listener.close() }
        let connection = try dial(listener.endpoint, security: { .cipher(Inverter()) })
        defer { connection.close() }
        let size = 3_000_000
        let payload = pattern(size)
        let results = Events<UInt64>()
        connection.start(
            onBytes: { .large(count: size, buffered: $0.count) },
            onLarge: { results.add(digest($0)) }, onClose: { _ in })
        connection.append(bytes: payload)
        connection.flush()
        #expect(results.wait(count: 1) == [digest(payload)])
        #expect(connection.pendingBytes == 0)
    }

    @Test func forgedBytesCloseTheConnection() throws {
        let closed = Events<CloseReason>()
        let listener = try Listener(
            Endpoint("tcp://127.0.0.1:0"), security: { .cipher(Inverter()) }
        ) { connection in
            connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
        }
        defer { listener.close() }
        let connection = try dial(listener.endpoint)
        defer { connection.close() }
        connection.append(bytes: [1, 2, 3])
        connection.flush()
        #expect(closed.wait(count: 1) == [.cipherFailed("no greeting")])
    }
}
