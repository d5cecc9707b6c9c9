import Glibc
import HayateTLS
import Testing

@testable import HayateTransport

extension Adversary {
    @Suite("S14: the time of looking at a key") struct S14Tests {
        /// Beyond it, two sets of times are said to differ. What differs gives hundreds here.
        private static let bound = 10.0

        @Test("S14: the time says nothing of where keys differ")
        func timeTellsNothing() async throws {
            let figures = try await onThread { () -> (Double, Double, Double, Int) in
                let good = Self.compare(Self.samples, ConstantTime.areEqual)
                // The same measurement finds one that stops at the first difference.
                let planted = Self.compare(Self.samples, stopsEarly)
                let (handshakes, count) = try Self.shakeHands()
                return (good, planted, handshakes, count)
            }
            #expect(abs(figures.0) < Self.bound)
            #expect(abs(figures.1) > 10 * Self.bound)
            #expect(abs(figures.2) < Self.bound)
            report(
                "S14", "keys that differ in the first or the last byte: the time of the comparison, and of the "
                    + "host's answer",
                "\(2 * Self.samples) comparisons: Welch t \(text(figures.0)) (bound \(text(Self.bound, 0)); a "
                    + "comparison that stops early: \(text(figures.1))); \(figures.3) handshakes: t "
                    + "\(text(figures.2))")
        }

        private static let samples = 50_000

        /// - Returns: Welch's t of the times for differences in the first and in the last byte.
        private static func compare(
            _ count: Int, _ areEqual: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool
        ) -> Double {
            var noise = Noise(14)
            let key = noise.bytes(32)
            var others = [key, key]
            others[0][0] ^= 1
            others[1][31] ^= 1
            var times: [[Double]] = [[], []]
            var wrong = 0
            for _ in 0..<(2 * count) {
                // In random order, so that nothing that comes regularly meets one kind alone.
                let kind = times[0].count == count ? 1 : times[1].count == count ? 0 : Int(noise.next() & 1)
                let time = key.withUnsafeBytes { key in
                    others[kind].withUnsafeBytes { other in
                        let begin = nanoseconds()
                        for _ in 0..<8 where areEqual(key, other) { wrong += 1 }
                        return nanoseconds() - begin
                    }
                }
                times[kind].append(Double(time))
            }
            #expect(wrong == 0)
            return trimmed(times)
        }

        /// Interrupts are not what is measured: the slowest tenth of all is left out.
        private static func trimmed(_ times: [[Double]]) -> Double {
            let sorted = (times[0] + times[1]).sorted()
            let bound = sorted[sorted.count * 9 / 10]
            return welch(times[0].filter { $0 <= bound }, times[1].filter { $0 <= bound })
        }

        private static func nanoseconds() -> Int64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }

        /// How long the host takes over the last word of a client with a wrong key.
        private static func shakeHands() throws -> (Double, Int) {
            let count = 600
            let secret = PoolSecret()
            let right = secret.key(for: .daemon)
            let server = try TLSServer(.keys { [right] })
            let bytes = right.withBytes { Array($0) }
            let wrong = try [0, 31].map { position in
                var changed = bytes
                changed[position] ^= 1
                guard let key = RoleKey(role: .daemon, bytes: SecretBytes(changed)) else {
                    throw Failed("no key")
                }
                return key
            }
            let clients = try wrong.map { try TLSClient(.key($0), serverName: "127.0.0.1") }
            var noise = Noise(41)
            var times: [[Double]] = [[], []]
            for _ in 0..<(2 * count) {
                let kind = times[0].count == count ? 1 : times[1].count == count ? 0 : Int(noise.next() & 1)
                let rename = replacing(wrong[kind].id, by: right.id)
                let (host, peer) = (server.engine(), clients[kind].engine())
                try peer.start()
                _ = try pass(peer, host) { $0 }
                _ = try pass(host, peer) { $0 }
                let time = try pass(peer, host, rename)
                #expect(host.phase == .ended)
                times[kind].append(Double(time))
            }
            return (trimmed(times), 2 * count)
        }

        /// Carries what one has to say to the other; how long that took to take it.
        private static func pass(
            _ from: TLSEngine, _ to: TLSEngine, _ change: ([UInt8]) -> [UInt8]
        ) throws -> Int64 {
            var bytes: [UInt8] = []
            from.takeOutput { bytes = Array($0) }
            bytes = change(bytes)
            let begin = nanoseconds()
            bytes.withUnsafeBytes { bytes in _ = try? to.receive(bytes) }
            return nanoseconds() - begin
        }
    }
}

/// What must not be done.
@inline(never)
private func stopsEarly(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left[index] != right[index] { return false }
    return true
}
