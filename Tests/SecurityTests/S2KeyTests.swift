import HayateTLS
import HayateWire
import Testing

@testable import HayateTransport

extension Adversary {
    @Suite("S2: keys that are not good") struct S2Tests {
        @Test("S2: without a key, or with one that is not good, nobody gets in")
        func keysThatAreNotGood() async throws {
            let attack = try await onThread { () -> Attack in
                var attack = try Attack()
                try attack.run()
                return attack
            }
            let tries = Attack.tries
            #expect(attack.longest < 10_000)
            #expect(attack.wrongAnswers.count == 1 && attack.wrongAnswers == attack.unknownAnswers)
            let ratio = attack.unknown.median / attack.wrong.median
            #expect(ratio > 0.5 && ratio < 2)
            report(
                "S2", "no key; a wrong key under a known name; another pool's key; a client's or monitor's key",
                "\(tries) each, 0 let in, the slowest closed after \(text(attack.longest)) ms (10 s allowed); "
                    + "wrong and unknown: the same answer of \(attack.wrongAnswers.first?.count ?? 0) bytes after "
                    + "\(text(attack.wrong.median, 2)) and \(text(attack.unknown.median, 2)) ms (medians; Welch t "
                    + "\(text(welch(attack.wrong.all, attack.unknown.all)))); \(attack.refused) counted, "
                    + "\(attack.lines) line in the log in \(attack.minutes) min")
        }
    }

    /// A thousand of each, one after the other, at one host.
    private struct Attack {
        static let tries = 1_000

        let host: SecureHost
        let began = MonotonicClock.now
        var longest = 0.0
        var wrong = Times()
        var unknown = Times()
        var wrongAnswers: Set<[UInt8]> = []
        var unknownAnswers: Set<[UInt8]> = []
        var refused = 0
        var lines = 0
        var minutes = 0

        init() throws { host = try SecureHost() }

        mutating func run() throws {
            defer { host.close() }
            for number in 0..<Self.tries {
                try withoutKey(number)
                // By turns, so that what else the machine does meets both.
                try withKey(isKnown: true)
                try withKey(isKnown: false)
            }
            let clients = try [host.client(.client), host.client(.monitor)]
            for number in 0..<Self.tries { try withOtherRole(clients[number % 2], number) }
            let (host, all) = (host, 4 * Self.tries)
            try eventually("all are counted") { host.refused == all }
            minutes = Int((MonotonicClock.now - began) / .seconds(60)) + 1
            refused = host.refused
            lines = host.log.count
            #expect(host.joined == 0)
            #expect(lines >= 1 && lines <= minutes)
            #expect(host.log.allSatisfy { $0.contains("127.0.0.1") })
            // One who has the key comes in as before.
            let good = try RawTLS(host.client(), port: host.port)
            #expect(good.shakeHands())
            good.sayHello()
            guard case .welcome = good.firstMessage() else { throw Failed("the good daemon is not welcome") }
        }

        private mutating func note(closing peer: RawPeer, since start: Duration) {
            peer.readToEnd(within: .seconds(12))
            #expect(peer.isClosed)
            longest = max(longest, (MonotonicClock.now - start) / .milliseconds(1))
        }

        /// A daemon that knows nothing of TLS, or knows certificates alone.
        private mutating func withoutKey(_ number: Int) throws {
            if number.isMultiple(of: 2) {
                let peer = try RawPeer(port: host.port)
                var writer = FrameWriter()
                var hello: [UInt8] = []
                writer.write(.hello(Hello(process: 1, hostName: "stranger", program: "stranger")), into: &hello)
                peer.send(hello)
                note(closing: peer, since: peer.since)
            } else {
                let client = try TLSClient(
                    .certificate(trust: .pinned([]), own: nil), serverName: "127.0.0.1")
                let tls = try RawTLS(client, port: host.port)
                #expect(!tls.shakeHands())
                note(closing: tls.peer, since: tls.peer.since)
            }
        }

        /// A key that is none of the pool's, under its own name or that of the pool's key.
        private mutating func withKey(isKnown: Bool) throws {
            let key = PoolSecret().key(for: .daemon)
            let tls = try RawTLS(TLSClient(.key(key), serverName: "127.0.0.1"), port: host.port)
            if isKnown { tls.change = replacing(key.id, by: host.daemonKey.id) }
            #expect(!tls.shakeHands())
            let time = MonotonicClock.now - tls.lastFlight
            note(closing: tls.peer, since: tls.peer.since)
            if isKnown {
                wrong.add(time)
                wrongAnswers.insert(tls.answer)
            } else {
                unknown.add(time)
                unknownAnswers.insert(tls.answer)
            }
        }

        /// A key of the pool that lets nobody run tasks. After the first time with a ticket, as it would.
        private mutating func withOtherRole(_ client: TLSClient, _ number: Int) throws {
            let tls = try RawTLS(client, port: host.port)
            #expect(tls.shakeHands())
            #expect(tls.engine.isResumed == (number > 1))
            tls.sayHello()
            let answer = tls.firstMessage()
            guard case .refuse(let why) = answer else { throw Failed("no refusal came") }
            #expect(why.contains(number.isMultiple(of: 2) ? "client key" : "monitor key"))
            note(closing: tls.peer, since: tls.peer.since)
        }
    }
}

/// Names another key in the open than the one that is used.
func replacing(_ id: String, by other: String) -> ([UInt8]) -> [UInt8] {
    let (old, new) = (Array(id.utf8), Array(other.utf8))
    return { bytes in
        guard bytes.count >= old.count,
            let start = (0...(bytes.count - old.count)).first(where: { bytes[$0...].starts(with: old) })
        else { return bytes }
        var changed = bytes
        changed.replaceSubrange(start..<(start + old.count), with: new)
        return changed
    }
}
