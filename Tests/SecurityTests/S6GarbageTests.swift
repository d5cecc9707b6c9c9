import HayateTLS
import Synchronization
import Testing

@testable import HayateTransport

extension Adversary {
    @Suite("S6: garbage") struct S6Tests {
        private static let connections = 10_000

        @Test("S6: garbage from all sides leaves a good daemon served")
        func garbage() async throws {
            let figures = try await HostProcess.with { host in
                // What the first connections cost alone is not meant.
                _ = try Self.visits(to: host, atLeast: 20) { true }
                let quiet = try Self.visits(to: host, atLeast: 300) { true }
                let before = try host.figures()
                let done = Atomic(0)
                let closed = Atomic(0)
                let port = host.port
                for thread in 0..<2 {
                    ServiceThread.start("garbage") {
                        let count = Garbage(seed: UInt64(thread)).pour(Self.connections / 2, into: port)
                        closed.add(count, ordering: .relaxed)
                        done.add(1, ordering: .releasing)
                    }
                }
                let busy = try Self.visits(to: host, atLeast: 100) { done.load(ordering: .acquiring) == 2 }
                try eventually("all are closed") { (try? host.figures().unadmitted) == 0 }
                let after = try host.figures()
                return (
                    quiet, busy, closed: closed.load(ordering: .relaxed),
                    refused: after.refused - before.refused,
                    grown: (after.inUse - before.inUse) / 1024)
            }
            let (quiet, busy) = (figures.0, figures.1)
            #expect(figures.closed == Self.connections)
            #expect(figures.refused > Self.connections / 2)
            // The attackers, the host and the daemon share the machine: the aim is 2, and is printed.
            #expect(busy.times.percentile(0.99) <= max(2 * quiet.times.percentile(0.99), 250))
            report(
                "S6", "random bytes, HTTP, SSH, pieces of TLS, damaged TLS",
                "\(Self.connections) connections, 0 crashes, all closed; a new daemon's connect, handshake and "
                    + "welcome: p99 \(text(busy.times.percentile(0.99))) ms of \(busy.times.all.count), quiet "
                    + "\(text(quiet.times.percentile(0.99))) ms of \(quiet.times.all.count) (\(text(busy.times.percentile(0.99) / quiet.times.percentile(0.99)))-fold, "
                    + "aim 2); medians \(text(busy.times.median)) and \(text(quiet.times.median)) ms; dialled "
                    + "again \(busy.failures) times; \(figures.grown) KiB more memory in use")
        }

        private static func visits(
            to host: HostProcess, atLeast count: Int, until isOver: () -> Bool
        ) throws -> GoodClient {
            var good = try GoodClient(host.key, port: host.port)
            while good.times.all.count < count || !isOver() { try good.visit(isNew: true) }
            return good
        }
    }
}

/// What scanners and worse say.
struct Garbage {
    private var noise: Noise
    private let hello: [UInt8]

    init(seed: UInt64) {
        noise = Noise(seed)
        var hello: [UInt8] = []
        if let client = try? TLSClient(.key(PoolSecret().key(for: .daemon)), serverName: "127.0.0.1") {
            let engine = client.engine()
            if (try? engine.start()) != nil { engine.takeOutput { hello = Array($0) } }
        }
        precondition(!hello.isEmpty, "there is no ClientHello to damage")
        self.hello = hello
    }

    /// - Returns: how many connections the host has closed.
    func pour(_ count: Int, into port: UInt16) -> Int {
        var copy = self
        return copy.pourAll(count, into: port)
    }

    private mutating func pourAll(_ count: Int, into port: UInt16) -> Int {
        // As many at a time as a scanner has open; the oldest is looked at and dropped.
        var open: [RawPeer] = []
        var closed = 0
        for number in 0..<count {
            guard let peer = try? RawPeer(port: port) else { continue }
            peer.send(next(number % 5))
            open.append(peer)
            guard open.count > 60 else { continue }
            let oldest = open.removeFirst()
            oldest.readToEnd(within: .seconds(12))
            closed += oldest.isClosed ? 1 : 0
        }
        for peer in open {
            peer.readToEnd(within: .seconds(12))
            closed += peer.isClosed ? 1 : 0
        }
        return closed
    }

    private mutating func next(_ kind: Int) -> [UInt8] {
        switch kind {
        case 0: return noise.bytes(1 + Int(noise.next() % 2048))
        case 1: return Array("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: scan/1.0\r\n\r\n".utf8)
        case 2: return Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8)
        // A whole one costs the host a key exchange: the dearest garbage.
        case 3: return Array(hello[..<(1 + Int(noise.next() % UInt64(hello.count)))])
        default:
            var damaged = hello
            for _ in 0...(noise.next() % 8) {
                let position = Int(noise.next() % UInt64(damaged.count))
                damaged[position] = UInt8(truncatingIfNeeded: noise.next())
            }
            return damaged
        }
    }
}
