import HayateTLS
import HayateWire
import Testing

@testable import HayateTransport

extension Adversary {
    @Suite("S9: what was recorded") struct S9Tests {
        @Test("S9: recorded sessions and tickets open no door")
        func recordedSessionsAndTickets() async throws {
            let figures = try await onThread { () -> (replays: Int, tickets: Int) in
                let replays = try Self.replay()
                let tickets = try Self.showTickets()
                return (replays, tickets)
            }
            report(
                "S9", "a recorded session sent again; a ticket shown to another pool, after its time, after its "
                    + "key was removed",
                "\(figures.replays) replays (half with a ticket in them, half of all byte by byte), 0 let in; "
                    + "\(figures.tickets) tickets shown, 0 honoured")
        }

        private static func replay() throws -> Int {
            let host = try SecureHost()
            defer { host.close() }
            let client = try host.client()
            // The first with a key exchange, the second with the first one's ticket.
            let recorded = try (0..<2).map { number in
                let tls = try RawTLS(client, port: host.port)
                #expect(tls.shakeHands() && tls.engine.isResumed == (number == 1))
                tls.sayHello()
                guard case .welcome = tls.firstMessage() else { throw Failed("not welcome") }
                return tls.flights
            }
            #expect(host.joined == 2)
            for number in 0..<100 {
                let flights = recorded[number % 2]
                let peer = try RawPeer(port: host.port)
                for flight in flights {
                    if number % 4 < 2 {
                        peer.send(flight)
                    } else {
                        for byte in flight { peer.send([byte]) }
                    }
                    // As the one whose words these were: first listen, then speak.
                    _ = peer.receive(within: .seconds(1))
                    if peer.isClosed { break }
                }
                peer.readToEnd(within: .seconds(12))
                #expect(peer.isClosed)
            }
            try eventually("all are counted") { host.refused == 100 }
            #expect(host.joined == 2)
            return 100
        }

        /// A client with a ticket of this host, and the key for which it got it.
        private static func ticket(of host: SecureHost) throws -> TLSClient {
            let client = try host.client()
            let tls = try RawTLS(client, port: host.port)
            #expect(tls.shakeHands())
            return client
        }

        private static func showTickets() throws -> Int {
            let host = try SecureHost()
            let other = try SecureHost()
            let brief = try SecureHost(tickets: .seconds(1))
            defer { for host in [host, other, brief] { host.close() } }
            var shown = 0

            for _ in 0..<40 {
                let tls = try RawTLS(ticket(of: host), port: other.port)
                #expect(!tls.shakeHands() && !tls.engine.isResumed)
                shown += 1
            }
            try eventually("all are counted") { other.refused == 40 }

            // Within its time it is good; then the key has to be shown again, which goes on as long as it is one.
            let client = try ticket(of: brief)
            let begin = MonotonicClock.now
            var isResumed = true
            while isResumed {
                let tls = try RawTLS(client, port: brief.port)
                #expect(tls.shakeHands())
                isResumed = tls.engine.isResumed
                #expect(MonotonicClock.now - begin < .seconds(10))
                if MonotonicClock.now - begin >= .seconds(10) { break }
            }
            // Time is counted in whole seconds.
            #expect(MonotonicClock.now - begin > .milliseconds(900))
            shown += 1

            for _ in 0..<39 {
                host.accept(keys: [host.daemonKey])
                let client = try ticket(of: host)
                let again = try RawTLS(client, port: host.port)
                #expect(again.shakeHands() && again.engine.isResumed)
                host.accept(keys: PoolSecret().keys)
                let late = try RawTLS(client, port: host.port)
                #expect(!late.shakeHands() && !late.engine.isResumed)
                shown += 1
            }
            // After its time and without its key.
            for _ in 0..<20 {
                brief.accept(keys: [])
                let late = try RawTLS(client, port: brief.port)
                #expect(!late.shakeHands())
                shown += 1
            }
            #expect(host.joined == 0 && other.joined == 0 && brief.joined == 0)
            return shown
        }
    }
}

extension PoolSecret {
    fileprivate var keys: [RoleKey] { KeyRole.allCases.map { key(for: $0) } }
}
