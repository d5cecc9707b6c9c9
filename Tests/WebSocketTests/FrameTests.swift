import Testing

@testable import HayateWebSocket

@Suite struct FrameTests {
    private let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]

    @Test func theExamplesOfTheStandard() throws {
        // RFC 6455, section 5.7, with bytes instead of text.
        let server = try Pair.established().server
        let masked: [UInt8] = [0x82, 0x85] + mask + [0x7f, 0x9f, 0x4d, 0x51, 0x58]
        #expect(server.answer(to: masked).plain == Array("Hello".utf8))
        let client = try Pair.established().client
        #expect(client.answer(to: [0x82, 0x05] + Array("Hello".utf8)).plain == Array("Hello".utf8))
        let pieces: [UInt8] = [0x02, 0x03, 0x48, 0x65, 0x6c, 0x89, 0, 0x80, 0x02, 0x6c, 0x6f]
        let heard = client.answer(to: pieces)
        #expect(heard.plain == Array("Hello".utf8) && heard.failure == nil)
        let long = [UInt8](repeating: 3, count: 256)
        #expect(client.answer(to: [0x82, 0x7e, 0x01, 0x00] + long).plain == long)
        let longer = [UInt8](repeating: 4, count: 65_536)
        #expect(client.answer(to: [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0] + longer).plain == longer)
    }

    @Test(arguments: [
        ([0xc2, 0], 1002, "extension"), ([0xa2, 0], 1002, "extension"), ([0x92, 0], 1002, "extension"),
        ([0x83, 0], 1002, "does not exist"), ([0x8b, 0], 1002, "does not exist"),
        ([0x81, 1, 65], 1003, "text"), ([0x82, 0x80, 1, 2, 3, 4], 1002, "with a mask"),
        ([0x80, 0], 1002, "continuation of no message"), ([2, 0, 0x82, 0], 1002, "inside another"),
        ([0x09, 0], 1002, "control frame"), ([0x89, 126, 0, 126], 1002, "control frame"),
        ([0x82, 126, 0, 125], 1002, "length"), ([0x82, 127, 0, 0, 0, 0, 0, 0, 255, 255], 1002, "length"),
        ([0x82, 127, 128, 0, 0, 0, 0, 0, 0, 0], 1002, "length"),
        ([0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], 1002, "length"),
        ([0x82, 127, 127, 255, 255, 255, 255, 255, 255, 255], 1009, "9223372036854775807 bytes"),
        ([0x82, 127, 0, 0, 0, 0, 64, 0, 0, 1], 1009, "1073741825 bytes"),
        ([0x88, 1, 3], 1002, "half a close code"), ([0x88, 2, 3, 237], 1002, "close code"),
        ([0x88, 2, 0, 0], 1002, "close code"), ([0x88, 3, 3, 232, 0xff], 1002, "close code or reason"),
    ] as [([UInt8], UInt16, String)])
    func hostileFramesAreRefused(bytes: [UInt8], code: UInt16, says: String) throws {
        let client = try Pair.established().client
        let heard = client.answer(to: bytes)
        #expect(heard.failure?.kind == .malformed && heard.failure?.message.contains(says) == true)
        #expect(client.phase == .ended && client.answer(to: [0x82, 1, 1]).plain.isEmpty)
        // The peer is told, masked.
        try #require(heard.output.count == 8 && heard.output[0] == 0x88)
        #expect(UInt16(heard.output[6] ^ heard.output[2]) << 8 | UInt16(heard.output[7] ^ heard.output[3]) == code)
    }

    @Test func aServerTakesNoFrameWithoutAMask() throws {
        let heard = try Pair.established().server.answer(to: [0x82, 1, 7])
        #expect(heard.failure?.message.contains("a frame without a mask") == true)
        #expect(heard.output == [0x88, 2, 3, 234])
    }

    /// A length is believed byte by byte, as they come.
    @Test func aLengthReservesNothing() throws {
        let client = try Pair.established().client
        let heard = client.answer(to: [0x82, 127, 0, 0, 0, 0, 64, 0, 0, 0, 1, 2, 3])
        #expect(heard.plain == [1, 2, 3] && heard.failure == nil)
        #expect(PlainSpace.ofThisThread(atLeast: 1).count < 1 << 20)
    }

    @Test func whyThePeerBrokeOffIsSaid() throws {
        let heard = try Pair.established().client.answer(to: [0x88, 2, 3, 244])
        #expect(heard.failure?.kind == .closedByPeer(code: 1012))
        let gone = try Pair.established().client.answer(to: [0x88, 2, 3, 233])
        #expect(gone.failure == nil)
        #expect(try Pair.established().client.answer(to: [0x88, 0]).failure == nil)
    }
}
