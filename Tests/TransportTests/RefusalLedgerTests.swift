import Testing

@testable import HayateTransport

/// Which refusals of strangers are logged.
@Suite struct RefusalLedgerTests {
    @Test func anAddressIsLoggedOnceAMinute() {
        var ledger = RefusalLedger()
        let first = ledger.note("a", at: .seconds(5))
        #expect(first == RefusalLedger.Line(isOfMany: false, unlogged: 0))
        for second in 6..<65 { #expect(ledger.note("a", at: .seconds(second)) == nil) }
        let other = ledger.note("b", at: .seconds(30))
        #expect(other == RefusalLedger.Line(isOfMany: false, unlogged: 0))
        let second = ledger.note("a", at: .seconds(65))
        #expect(second == RefusalLedger.Line(isOfMany: false, unlogged: 59))
        let third = ledger.note("a", at: .seconds(66))
        #expect(third == nil)
        #expect(ledger.total == 63 && ledger.count == 2)
    }

    @Test func manyAddressesShareALine() {
        var ledger = RefusalLedger(capacity: 10)
        var lines = 0
        var lost = 0
        for number in 0..<10_000 {
            // Ten minutes.
            guard let line = ledger.note("address \(number)", at: .milliseconds(number * 60)) else { continue }
            lines += 1
            lost += line.unlogged
            #expect(ledger.count <= 10)
        }
        // Ten addresses and the crowd, a minute; what the last minute brought is yet to be told.
        #expect(lines <= 11 * 11)
        #expect(lost > 8_500 && lost + lines <= 10_000)
        #expect(ledger.total == 10_000)
    }

    @Test func addressesThatAreForgottenLeaveTheirCount() {
        var ledger = RefusalLedger(capacity: 1)
        _ = ledger.note("a", at: .seconds(0))
        for _ in 0..<7 { _ = ledger.note("a", at: .seconds(1)) }
        // Its minute is over: another takes its place.
        let second = ledger.note("b", at: .seconds(61))
        #expect(second == RefusalLedger.Line(isOfMany: false, unlogged: 0))
        let crowd = ledger.note("c", at: .seconds(62))
        #expect(crowd == RefusalLedger.Line(isOfMany: true, unlogged: 7))
    }

    @Test func originsAreMachinesAndUsers() {
        #expect(Peer.remote(host: "10.0.0.1", port: 5).origin == "10.0.0.1")
        #expect(Peer.local(uid: 7, pid: 9).origin == "user 7")
        #expect(CloseReason.requested.refusal == nil && CloseReason.peerClosed.refusal == nil)
        #expect(CloseReason.refused("no").refusal == "no")
    }
}
