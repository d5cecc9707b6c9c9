// Feeds hostile bytes to both sides of a WebSocket, in slices of hostile sizes.
//
// The first byte chooses: bit 0 the side, bit 1 whether the handshake is already over, the rest the way of
// slicing. What is read, what is answered and what is complained about must be the same however the bytes are
// cut; and what one side sends must arrive at the other.

func fuzzWebSocket(_ input: UnsafeRawBufferPointer) {
    guard let choice = input.first else { return }
    let bytes = Array(input.dropFirst())
    let slice = 1 + Int(choice >> 2)
    let whole = hear(bytes, choice: choice, slice: max(1, bytes.count))
    let cut = hear(bytes, choice: choice, slice: slice)
    guard whole.failure == cut.failure, whole.phase == cut.phase, whole.answered == cut.answered,
        // A failure swallows what came in the same piece.
        whole.failure != nil || whole.plain == cut.plain
    else { fatalError("cutting the bytes changes what is heard: \(whole) \(cut)") }
    guard whole.failure == nil || whole.phase == .ended else { fatalError("it goes on after a failure") }
    guard cut.plain.count <= bytes.count, cut.answered.count <= bytes.count + 1024 else {
        fatalError("more comes out than went in")
    }
    // Handshakes are most of the time that an input takes; a quarter of them need this one.
    if choice & 3 == 3 { carry(bytes, slice: slice) }
}

private struct Hearing {
    var plain: [UInt8] = []
    var answered: [UInt8] = []
    var failure: WebSocketFailure?
    var phase = WebSocketEngine.Phase.handshaking
}

private func engines() -> (server: WebSocketEngine, client: WebSocketEngine) {
    do {
        let server = try WebSocketServer(path: "/hayate", randomness: .seeded(1))
        let client = try WebSocketClient(
            host: "fuzz:1", path: "/hayate", headers: [.init("Cookie", "a=b")], randomness: .seeded(2))
        return (server.engine(), client.engine())
    } catch {
        fatalError("the engines' settings are good: \(error)")
    }
}

/// Both with their handshake over.
private func established() -> (server: WebSocketEngine, client: WebSocketEngine) {
    let (server, client) = engines()
    client.start()
    let quiet = pass(client, to: server, slice: .max).isEmpty && pass(server, to: client, slice: .max).isEmpty
    guard quiet, server.phase == .established, client.phase == .established else {
        fatalError("no handshake")
    }
    return (server, client)
}

private func pass(_ from: WebSocketEngine, to: WebSocketEngine, slice: Int) -> [UInt8] {
    var sent: [UInt8] = []
    from.takeOutput { sent = Array($0) }
    var plain: [UInt8] = []
    var start = 0
    while start < sent.count {
        let end = start + min(slice, sent.count - start)
        do throws(WebSocketFailure) {
            plain += try receive(sent[start..<end], at: to)
        } catch {
            fatalError("a good peer is not understood: \(error)")
        }
        start = end
    }
    return plain
}

/// In memory of its own, so that a read beyond its end is seen.
private func receive(_ bytes: ArraySlice<UInt8>, at engine: WebSocketEngine) throws(WebSocketFailure) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    return Array(try engine.receive(UnsafeRawBufferPointer(memory)))
}

private func hear(_ bytes: [UInt8], choice: UInt8, slice: Int) -> Hearing {
    let pair = choice & 2 == 0 ? engines() : established()
    let engine = choice & 1 == 0 ? pair.server : pair.client
    engine.start()
    engine.takeOutput { _ in }
    var hearing = Hearing()
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + slice)
        do throws(WebSocketFailure) {
            hearing.plain += try receive(bytes[start..<end], at: engine)
        } catch {
            guard hearing.failure == nil else { fatalError("two failures") }
            hearing.failure = error
        }
        engine.takeOutput { hearing.answered += $0 }
        start = end
    }
    hearing.phase = engine.phase
    return hearing
}

private func carry(_ bytes: [UInt8], slice: Int) {
    let (server, client) = established()
    bytes.withUnsafeBytes { client.send($0) }
    bytes.withUnsafeBytes { server.send($0) }
    guard pass(client, to: server, slice: slice) == bytes, pass(server, to: client, slice: slice) == bytes else {
        fatalError("what arrived is not what was sent")
    }
    client.sayGoodbye()
    guard pass(client, to: server, slice: slice).isEmpty, server.phase == .ended else {
        fatalError("the goodbye did not arrive")
    }
}

/// Good conversations and the most usual bad ones, for each side.
func webSocketSeeds() -> [[UInt8]] {
    let (server, client) = engines()
    client.start()
    var request: [UInt8] = []
    client.takeOutput { request = Array($0) }
    let quiet = try? receive(request[...], at: server)
    guard quiet?.isEmpty == true else { fatalError("no handshake") }
    var answer: [UInt8] = []
    server.takeOutput { answer = Array($0) }

    func frame(_ opcode: Opcode, _ payload: [UInt8], _ mask: UInt32?) -> [UInt8] {
        var bytes: [UInt8] = []
        payload.withUnsafeBytes { FrameWriter.write(opcode, $0, mask: mask, to: &bytes) }
        return bytes
    }
    var seeds: [[UInt8]] = []
    for (side, mask, greeting) in [(UInt8(0), UInt32(0x01fe_a55a) as UInt32?, request), (1, nil, answer)] {
        let frames: [[UInt8]] = [
            frame(.binary, [1, 2, 3], mask), frame(.binary, [UInt8](repeating: 7, count: 300), mask),
            frame(.ping, [9], mask), frame(.pong, [], mask), frame(.close, [3, 232], mask),
            frame(.close, [3, 233] + Array("restart é".utf8), mask), frame(.text, [65], mask),
            [2] + frame(.binary, [1], mask).dropFirst() + [0x80] + frame(.binary, [2], mask).dropFirst(),
            [0x82, (mask == nil ? 0 : 0x80) | 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 0, count: 40),
        ]
        let all = frames.prefix(4).flatMap { $0 }
        seeds += frames.map { [side | 2 | 4 << 2] + $0 }
        seeds += [[side | 2] + all, [side | 9 << 2] + greeting + all, [side] + greeting]
    }
    for status in ["302 Found", "404 Not Found", "502 Bad Gateway", "200 OK"] {
        seeds.append([1 | 7 << 2] + Array("HTTP/1.1 \(status)\r\nLocation: /a?b\r\n\r\n<p>".utf8))
    }
    for line in ["POST /hayate HTTP/1.1", "GET / HTTP/1.1", "GET /hayate HTTP/1.0"] {
        seeds.append([7 << 2] + Array("\(line)\r\nHost: a\r\nOrigin: b\r\n\r\n".utf8))
    }
    return seeds
}
