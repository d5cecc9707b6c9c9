import Glibc
import HayateTLS
import HayateWire
import Testing

@testable import Hayate
@testable import HayateTransport

extension Adversary {
    @Suite("S8: lengths and depths that nobody has") struct S8Tests {
        @Test("S8: a length that is announced costs no memory")
        func lengths() async throws {
            let before = try await HostProcess.with { try Self.attackBeforeAdmission($0) }
            #expect(before.closed == before.tries)
            #expect(before.grown <= 4 << 10)
            #expect(before.addresses < 64 << 20)
            let held = try await HostProcess.with(HostProcess.Settings(isPlain: true)) { try Self.hold($0) }
            #expect(held <= 4 << 10)
            let after = try await HostProcess.with { try Self.attackAfterAdmission($0) }
            #expect(after.closed == after.tries)
            // What may be in one frame, once.
            #expect(after.grown < Wire.limitAfterAdmission)
            #expect(after.tinyGrown < TransportLimits().outboxBytes)
            let nested = try Self.nest()
            report(
                "S8", "lengths of 2^63 and 2^32-1 in TLS and in frames, values nested 2^20 deep, a million tiny frames",
                "\(before.tries + after.tries) of \(before.tries + after.tries) closed; memory per connection before "
                    + "admission: \(before.grown) B more at the high water of \(before.tries), \(held) B held for an "
                    + "announced length (4 KiB allowed); after admission: \(after.grown / 1024) KiB more at the high "
                    + "water; 1,000,000 tiny frames: \(after.tinyGrown / 1024) KiB; \(nested)")
        }

        // MARK: Before

        private struct Result: Sendable {
            var tries = 0
            var closed = 0
            /// Bytes at the high water.
            var grown = 0
            var addresses = 0
            var tinyGrown = 0
        }

        /// Lengths in the records and messages of TLS, then in the first frame of somebody who has the key.
        private static func attackBeforeAdmission(_ host: HostProcess) throws -> Result {
            let client = try TLSClient(.key(host.key), serverName: "127.0.0.1")
            var result = Result()
            // Once without a lie, so that what connections cost anyway is there already.
            for number in 0..<600 { try visit(host, client, number, isHarmless: true, &result) }
            result = Result()
            let begin = try host.figures()
            for number in 0..<600 { try visit(host, client, number, isHarmless: false, &result) }
            let end = try host.figures()
            result.grown = (end.highWater - begin.highWater) / result.tries
            result.addresses = end.highWaterOfAddresses - begin.highWaterOfAddresses
            return result
        }

        private static func visit(
            _ host: HostProcess, _ client: TLSClient, _ number: Int, isHarmless: Bool, _ result: inout Result
        ) throws {
            result.tries += 1
            let peer: RawPeer
            if number.isMultiple(of: 2) {
                peer = try RawPeer(port: host.port)
                let huge: [UInt8] = number % 4 == 0
                    // A record of 65,535 bytes; then a first message of 2^24-1 bytes in a record of its own.
                    ? [22, 3, 3, 255, 255, 255, 255, 255, 127]
                    : [22, 3, 1, 0, 4, 1, 255, 255, 255]
                peer.send(isHarmless ? [71, 69, 84, 32, 47, 13, 10] : huge)
            } else {
                let tls = try RawTLS(client, port: host.port)
                guard tls.shakeHands() else { throw Failed("no handshake") }
                let kind = UInt32(number % 8 < 4 ? 1 : 10)
                tls.send(
                    isHarmless
                        ? frame(length: 0, kind: 14, 0)
                        : number % 4 == 1
                            ? frame(length: .max, kind: kind, 0)
                            : [255, 255, 255, 255, 255, 255, 255, 127, 1, 0, 0, 0])
                peer = tls.peer
            }
            peer.readToEnd(within: .seconds(12))
            result.closed += peer.isClosed ? 1 : 0
        }

        private static func frame(length: UInt32, kind: UInt32, _ sequence: UInt32) -> [UInt8] {
            [length, sequence, kind].flatMap { number in
                withUnsafeBytes(of: number.littleEndian) { Array($0) }
            }
        }

        /// What the host keeps for 60 peers that announce as much as they may and go silent.
        private static func hold(_ host: HostProcess) throws -> Int {
            func inUse(_ bytes: [UInt8]) throws -> Int {
                let peers = try (0..<60).map { _ in
                    let peer = try RawPeer(port: host.port)
                    peer.send(bytes)
                    return peer
                }
                try eventually("all are there") { (try? host.figures().unadmitted) == 60 }
                // Their bytes have come when nothing changes any more.
                var last = -1
                var now = try host.figures().inUse
                while now != last {
                    usleep(100_000)
                    (last, now) = (now, try host.figures().inUse)
                }
                #expect(peers.allSatisfy { !$0.hasBeenClosed() })
                return now
            }
            _ = try inUse([1])
            try eventually("they are gone") { (try? host.figures().unadmitted) == 0 }
            let modest = try inUse([1])
            try eventually("they are gone") { (try? host.figures().unadmitted) == 0 }
            let bold = try inUse(frame(length: UInt32(Wire.limitBeforeAdmission), kind: 1, 0))
            return max(0, bold - modest) / 60
        }

        // MARK: After

        private static func attackAfterAdmission(_ host: HostProcess) throws -> Result {
            let client = try TLSClient(.key(host.key), serverName: "127.0.0.1")
            var result = Result()
            let begin = try host.figures()
            for number in 0..<400 {
                let tls = try RawTLS(client, port: host.port)
                guard tls.shakeHands() else { throw Failed("no handshake") }
                tls.sayHello()
                guard case .welcome = tls.firstMessage() else { throw Failed("not welcome") }
                // One byte more than a frame may have, the most that a number can say, a log line of 2 MiB,
                // and a result that is as long as it may be and never comes.
                let lengths: [(UInt32, UInt32)] = [
                    (UInt32(Wire.limitAfterAdmission) + 1, 10), (.max, 10), (2 << 20, 12), (.max, 26),
                ]
                let (length, kind) = lengths[number % 4]
                tls.send(frame(length: length, kind: kind, 1))
                tls.peer.readToEnd(within: .seconds(12))
                result.tries += 1
                result.closed += tls.peer.isClosed ? 1 : 0
            }
            let middle = try host.figures()
            result.grown = middle.highWater - begin.highWater

            // A million signs of life, each of which asks for an answer, by one that reads none of them.
            let tls = try RawTLS(client, port: host.port)
            guard tls.shakeHands() else { throw Failed("no handshake") }
            tls.sayHello()
            guard case .welcome = tls.firstMessage() else { throw Failed("not welcome") }
            var writer = FrameWriter()
            // Its hello was the first frame.
            var hello: [UInt8] = []
            writer.write(.hello(Hello()), into: &hello)
            for _ in 0..<1_000 {
                var bytes: [UInt8] = []
                for number in 0..<1_000 { writer.write(.ping(stamp: UInt64(number)), into: &bytes) }
                tls.send(bytes)
                if tls.failure != nil || tls.peer.isClosed { break }
            }
            // The host still serves others.
            var good = try GoodClient(host.key, port: host.port)
            try good.visit(isNew: true)
            let end = try host.figures()
            result.tinyGrown = end.highWater - middle.highWater
            return result
        }

        // MARK: Values

        /// Values in values, and lengths in values, as results of a daemon that is admitted.
        private static func nest() throws -> String {
            let encoder = BinaryEncoder()
            let (one, two, three) = try (
                encoder.encode(Nested(depth: 1)), encoder.encode(Nested(depth: 2)),
                encoder.encode(Nested(depth: 3)))
            // What stands before and after the value inside.
            guard let start = (0...(three.count - two.count)).first(where: { three[$0...].starts(with: two) })
            else { throw Failed("a value in a value is not in it: \(one) \(two) \(three)") }
            let (opening, closing) = (Array(three[..<start]), Array(three[(start + two.count)...]))
            #expect(opening + one + closing == two)
            var refused = 0
            for depth in [1 << 20, 1 << 16] {
                let bytes = [[UInt8]](repeating: opening, count: depth).flatMap { $0 } + one
                    + [[UInt8]](repeating: closing, count: depth).flatMap { $0 }
                #expect(throws: CodingFailure.self) { try BinaryDecoder().decode(Nested.self, from: bytes) }
                refused += 1
            }
            let huge: [UInt8] = [255, 255, 255, 255, 255, 255, 255, 255, 127]
            let before = OwnProcess.status("VmHWM")
            for element in 0...10 as ClosedRange<UInt8> {
                let bytes = [0xc0 | element] + huge + [1, 2, 3]
                #expect(throws: CodingFailure.self) { try BinaryDecoder().decode([Int].self, from: bytes) }
                #expect(throws: CodingFailure.self) { try BinaryDecoder().decode([Double].self, from: bytes) }
                refused += 2
            }
            return "\(refused) values 2^16 and 2^20 deep or 2^63 long refused, with "
                + "\(OwnProcess.status("VmHWM") - before) KiB more for the lengths"
        }
    }
}

/// A list in a list in a list.
private struct Nested: Codable {
    let depth: Int

    init(depth: Int) { self.depth = depth }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        if depth > 0 { try container.encode(Nested(depth: depth - 1)) }
    }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        depth = container.isAtEnd ? 0 : try container.decode(Nested.self).depth + 1
    }
}
