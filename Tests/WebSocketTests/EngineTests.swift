import Testing

@testable import HayateWebSocket

@Suite struct EngineTests {
    @Test(arguments: [Int.max, 1, 2, 7, 125, 1_000])
    func bytesPassBothWaysInAllSlicings(slice: Int) throws {
        var pair = try Pair()
        // What is said before the handshake is over waits for its end.
        pair.client.send(Array("hello host".utf8))
        pair.run(slice: slice)
        #expect(pair.serverFailure == nil && pair.clientFailure == nil)
        #expect(pair.server.phase == .established && pair.client.phase == .established)
        #expect(pair.atServer == Array("hello host".utf8))
        for count in [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 200_000] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            pair.atServer = []
            pair.atClient = []
            pair.client.send(payload)
            pair.server.send(payload)
            pair.run(slice: slice)
            #expect(pair.atServer == payload && pair.atClient == payload, "\(count) bytes")
        }
    }

    @Test func aClientMasksEachFrameAnewAndAServerNever() throws {
        var pair = try Pair.established()
        let payload = [UInt8](repeating: 0, count: 16)
        for _ in 0..<100 { pair.client.send(payload) }
        pair.server.send(payload)
        pair.run()
        let frames = stride(from: 0, to: pair.fromClient.count, by: 22).map { start in
            Array(pair.fromClient[(start + 2)..<(start + 6)])
        }
        #expect(pair.fromClient.count == 2_200 && Set(frames).count > 95)
        #expect(pair.fromServer == [0x82, 16] + payload)
    }

    @Test func longBytesAreSplit() throws {
        var pair = try Pair.established()
        pair.server.send([UInt8](repeating: 5, count: 3 * FrameRules.longestSent + 1))
        pair.run()
        #expect(pair.fromServer.count == 3 * FrameRules.longestSent + 3 * 10 + 3)
    }

    @Test func goodbyeEndsBothSides() throws {
        var pair = try Pair.established()
        pair.client.send([1, 2])
        pair.client.sayGoodbye()
        pair.client.send([3])
        pair.run()
        #expect(pair.atServer == [1, 2] && pair.serverFailure == nil && pair.clientFailure == nil)
        #expect(pair.server.phase == .ended && pair.client.phase == .ended)
        #expect(pair.fromServer == [0x88, 2, 3, 232])
    }

    @Test func pingsAreAnswered() throws {
        let pair = try Pair.established()
        // RFC 6455, section 5.7: a ping and a masked pong with the same body.
        let heard = pair.client.answer(to: [0x89, 5] + Array("Hello".utf8))
        #expect(heard.output.prefix(2) == [0x8a, 0x85] && heard.output.count == 11)
        let back = pair.server.answer(to: heard.output)
        #expect(back.failure == nil && back.plain.isEmpty && back.output.isEmpty)
    }

    @Test func aFloodOfPingsEnds() throws {
        let pair = try Pair.established()
        let ping: [UInt8] = [0x89, 0]
        let some = (0..<FrameRules.mostControlsInARow).flatMap { _ in ping }
        #expect(pair.client.answer(to: some + [0x82, 1, 9] + some).failure == nil)
        #expect(pair.client.answer(to: ping).failure?.message.contains("nothing but control frames") == true)
    }
}
