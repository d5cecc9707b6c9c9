import Glibc
import HayateTLS
import Synchronization
import Testing

@testable import HayateTransport

extension Adversary {
    @Suite("S7: slow and silent peers") struct S7Tests {
        private static let files = 256

        @Test("S7: slow and silent peers keep nobody out")
        func silence() async throws {
            _ = Transport.raiseFileDescriptorLimit(to: 16_384)
            let slow = try await HostProcess.with(HostProcess.Settings(files: Self.files)) { host in
                try Self.crowd(at: host)
            }
            #expect(slow.crowd.closed == slow.crowd.count)
            // The deadline, and what it takes to look at two thousand sockets.
            #expect(slow.crowd.longest < 10_500)
            #expect(slow.good.times.percentile(0.99) <= 100)
            // Where two thousand come within a second, one in the middle of its handshake may be the oldest.
            #expect(slow.good.failures <= slow.good.times.all.count / 20)
            let flood = try await HostProcess.with(HostProcess.Settings(files: Self.files)) { host in
                try Self.flood(host)
            }
            #expect(flood.opened >= 19_000)
            // The kernel makes whoever meets a full queue of connections wait for a second.
            #expect(flood.good.times.percentile(0.99) <= 3_000)
            report(
                "S7", "1,000 silent peers and 1,000 that say a byte a second; then 20,000 connections in 10 s; the "
                    + "host may have \(Self.files) files",
                "\(slow.crowd.closed) of \(slow.crowd.count) closed, the last after "
                    + "\(text(slow.crowd.longest / 1_000, 2)) s (deadline 10 s); \(Self.sentence(slow.good)); flood "
                    + "of \(flood.opened) in \(text(flood.seconds)) s: \(Self.sentence(flood.good))")
        }

        private static func sentence(_ good: GoodClient) -> String {
            "\(good.times.all.count) of \(good.times.all.count) good daemons welcomed, p50 "
                + "\(text(good.times.median)) ms, p99 \(text(good.times.percentile(0.99))) ms, dialled again "
                + "\(good.failures) times"
        }

        // MARK: Slow

        private struct Crowd: Sendable {
            var count = 0
            var closed = 0
            /// In milliseconds.
            var longest = 0.0
        }

        private static func crowd(at host: HostProcess) throws -> (crowd: Crowd, good: GoodClient) {
            let result = Monitor<Crowd?>(nil)
            let port = host.port
            ServiceThread.start("crowd") {
                let crowd = SlowPeers(2_000, at: port).watch()
                result.update { $0 = crowd }
            }
            var good = try GoodClient(host.key, port: port)
            while result.withLock({ $0 == nil }) {
                try good.visit(isNew: good.times.all.count.isMultiple(of: 2))
                // A daemon now and then, not another flood.
                usleep(5_000)
            }
            guard let crowd = result.withLock({ $0 }) else { throw Failed("no crowd") }
            return (crowd, good)
        }

        private final class SlowPeers {
            private var peers: [(peer: RawPeer, talks: Bool)] = []
            private let words: [UInt8]
            private var result = Crowd()

            init(_ count: Int, at port: UInt16) {
                var hello: [UInt8] = []
                if let client = try? TLSClient(.key(PoolSecret().key(for: .daemon)), serverName: "a") {
                    let engine = client.engine()
                    if (try? engine.start()) != nil { engine.takeOutput { hello = Array($0) } }
                }
                words = hello
                for number in 0..<count {
                    guard let peer = try? RawPeer(port: port) else { continue }
                    peers.append((peer, number.isMultiple(of: 2)))
                }
                result.count = peers.count
            }

            func watch() -> Crowd {
                let begin = MonotonicClock.now
                var said = 0
                while !peers.isEmpty, MonotonicClock.now - begin < .seconds(20) {
                    let seconds = Int((MonotonicClock.now - begin) / .seconds(1))
                    if seconds >= said, said < words.count {
                        for (peer, talks) in peers where talks { peer.send([words[said]]) }
                        said += 1
                    }
                    waitForAny()
                    let now = MonotonicClock.now
                    peers.removeAll { peer, _ in
                        guard peer.hasBeenClosed() else { return false }
                        result.closed += 1
                        result.longest = max(result.longest, (now - peer.since) / .milliseconds(1))
                        return true
                    }
                }
                return result
            }

            private func waitForAny() {
                var entries = peers.map { pollfd(fd: $0.peer.socket, events: Int16(POLLIN), revents: 0) }
                poll(&entries, nfds_t(entries.count), 100)
            }
        }

        // MARK: Many

        private static func flood(
            _ host: HostProcess
        ) throws -> (opened: Int, seconds: Double, good: GoodClient) {
            let opened = Atomic(0)
            let done = Atomic(0)
            let port = host.port
            // Connecting blocks when the host's queue is full: many at a time.
            let threads = 20
            let begin = MonotonicClock.now
            for _ in 0..<threads {
                ServiceThread.start("flood") {
                    opened.add(open(20_000 / threads, at: port, within: .seconds(10)), ordering: .relaxed)
                    done.add(1, ordering: .releasing)
                }
            }
            var good = try GoodClient(host.key, port: port)
            while done.load(ordering: .acquiring) < threads {
                try good.visit(isNew: good.times.all.count.isMultiple(of: 2))
                usleep(10_000)
            }
            let seconds = (MonotonicClock.now - begin) / .seconds(1)
            return (opened.load(ordering: .relaxed), seconds, good)
        }

        /// Opens connections at an even pace and says nothing; the oldest of a hundred gives way.
        private static func open(_ count: Int, at port: UInt16, within time: Duration) -> Int {
            let begin = MonotonicClock.now
            var peers: [RawPeer?] = Array(repeating: nil, count: 100)
            var opened = 0
            for number in 0..<count {
                let due = begin + time / count * number
                while MonotonicClock.now < due { usleep(500) }
                guard let peer = try? RawPeer(port: port) else { continue }
                peers[number % peers.count] = peer
                opened += 1
            }
            return opened
        }
    }
}
