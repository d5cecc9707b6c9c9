import HayateWebSocket
import Testing

@testable import HayateTransport

/// What a peer makes this side say, and does not read.
@Suite struct UnreadAnswersTests {
    @Test func pongsThatNobodyReadsEndTheConnection() throws {
        let stack = EngineStack([try Endpoint("ws://127.0.0.1:1").webSocketAtServer()])
        let client = try WebSocketClient(host: "127.0.0.1", path: "/hayate").engine()
        client.start()
        var request: [UInt8] = []
        client.takeOutput { request = Array($0) }
        try stack.start()
        _ = try request.withUnsafeBytes { try stack.open($0) }
        // A ping of 125 bytes with a mask of zeros, many times; then a byte of the user's, which tells the
        // endpoint that these are not pings alone.
        let ping: [UInt8] = [0x89, 0x80 | 125, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 125)
        let burst: [UInt8] = Array(repeatElement(ping, count: 900).joined()) + [0x82, 0x81, 0, 0, 0, 0, 7]
        var failure: CipherFailure?
        var bursts = 0
        while failure == nil, bursts < 100 {
            bursts += 1
            burst.withUnsafeBytes { bytes in
                do throws(CipherFailure) { _ = try stack.open(bytes) } catch { failure = error }
            }
        }
        #expect(bursts > 1)
        #expect(failure?.message == "the other side asks for answers and does not read them")
        #expect(bursts < 15, "\(bursts)")
    }
}
