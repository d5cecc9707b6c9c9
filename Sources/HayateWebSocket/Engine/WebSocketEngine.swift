/// One side of one WebSocket connection (RFC 6455), without I/O: bytes in, bytes out.
///
/// The caller gives it what arrived from the wire (`receive`) and what shall be sent (`send`), and takes what
/// is for the wire (`takeOutput`). It carries a stream of bytes: where a message ends means nothing, because
/// proxies may cut and join messages.
///
/// Not safe to share: the caller sees to it that one thread at a time is inside.
public final class WebSocketEngine {
    /// Where the connection is.
    public enum Phase: Sendable, Hashable {
        /// Nothing of the user's passes yet.
        case handshaking
        /// Both sides speak WebSocket. Who the peer is, nobody has shown.
        case established
        /// It failed or one side said goodbye; nothing passes any more.
        case ended
    }

    public private(set) var phase = Phase.handshaking

    private var handshake: Handshake
    private let isClient: Bool
    private var random: RandomSource
    private var reader: FrameReader
    private var output: [UInt8] = []
    /// What shall be sent when the handshake is over.
    private var early: [UInt8] = []

    enum Side {
        case server(WebSocketServer)
        case client(WebSocketClient)
    }

    private enum Handshake {
        case server(ServerHandshake)
        case unasked(WebSocketClient)
        case asked(ClientHandshake)
        case over
    }

    init(_ side: Side, randomness: WebSocketRandomness) {
        random = RandomSource(randomness)
        switch side {
        case .server(let server):
            handshake = .server(ServerHandshake(server))
            isClient = false
        case .client(let client):
            handshake = .unasked(client)
            isClient = true
        }
        reader = FrameReader(expectsMasks: !isClient)
    }

    // MARK: Bytes

    /// Whether there is anything for the wire.
    public var hasOutput: Bool { !output.isEmpty }

    /// How many bytes that are.
    public var outputCount: Int { output.count }

    /// Gives what is for the wire to `body` and forgets it.
    public func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) {
        guard !output.isEmpty else { return }
        output.withUnsafeBytes(body)
        output.removeAll(keepingCapacity: output.capacity <= 128 << 10)
    }

    /// A client says its first word. Does nothing at a server.
    public func start() {
        guard case .unasked(let client) = handshake, phase == .handshaking else { return }
        let key = AcceptKey.base64(random.bytes(16))
        output += client.request(key: key)
        handshake = .asked(ClientHandshake(client, key: key))
    }

    /// Takes bytes from the wire.
    ///
    /// - Returns: the user's bytes that were in them. They stay where they are until this thread calls
    ///   `receive` of any engine again.
    /// - Throws: `WebSocketFailure` once; what comes after it is ignored. What is for the wire then (a status,
    ///   a close frame) should still be sent, so that the peer learns why.
    public func receive(_ arrived: UnsafeRawBufferPointer) throws(WebSocketFailure) -> UnsafeRawBufferPointer {
        var input = arrived
        if phase == .handshaking { try shakeHands(&input) }
        guard phase == .established, !input.isEmpty else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return try readFrames(input)
    }

    /// Takes the user's bytes. Before the handshake is over they wait; after the end they are dropped.
    public func send(_ plain: UnsafeRawBufferPointer) {
        switch phase {
        case .ended: return
        case .handshaking: early.append(contentsOf: plain)
        case .established: write(plain)
        }
    }

    /// Says goodbye in order. Waits for no answer: the peer may be gone, and a connection that waits hangs.
    public func sayGoodbye() {
        guard phase == .established else { return }
        close(CloseCode.normal)
    }

    // MARK: Inside

    private func shakeHands(_ input: inout UnsafeRawBufferPointer) throws(WebSocketFailure) {
        guard !input.isEmpty else { return }
        let end: Int
        switch handshake {
        case .asked(var client):
            do throws(WebSocketFailure) {
                // Not in two places at once: the bytes gathered would be copied each time.
                handshake = .over
                let whole = try client.take(input)
                guard let whole else {
                    handshake = .asked(client)
                    return
                }
                end = whole
            } catch {
                phase = .ended
                early = []
                throw error
            }
        case .server(var server):
            handshake = .over
            switch server.take(input) {
            case .needsMore:
                handshake = .server(server)
                return
            case .accepted(let answer, let whole):
                output += answer
                end = whole
            case .refused(let refusal):
                output += refusal.bytes
                phase = .ended
                early = []
                throw WebSocketFailure(.requestRefused(status: refusal.status), refusal.sentence)
            case .notHTTP(let sentence):
                phase = .ended
                early = []
                throw WebSocketFailure(.notWebSocket, sentence)
            }
        case .unasked, .over:
            // Who speaks before it is spoken to has not been asked anything.
            phase = .ended
            throw WebSocketFailure(.malformed, "the other side speaks before it was asked")
        }
        input = UnsafeRawBufferPointer(rebasing: input[end...])
        handshake = .over
        phase = .established
        guard !early.isEmpty else { return }
        early.withUnsafeBytes(write)
        early = []
    }

    private func readFrames(_ arrived: UnsafeRawBufferPointer) throws(WebSocketFailure) -> UnsafeRawBufferPointer {
        var input = arrived
        let space = PlainSpace.ofThisThread(atLeast: input.count)
        var filled = 0
        do throws(FrameFault) {
            while phase == .established {
                guard let control = try reader.read(&input, into: space, filled: &filled) else { break }
                switch control.opcode {
                case .ping: control.payload.withUnsafeBytes { writeFrame(.pong, $0) }
                case .close: try peerCloses(control.payload)
                default: break
                }
            }
        } catch {
            close(error.code)
            throw WebSocketFailure(
                .malformed,
                "the other side breaks the rules of WebSocket (\(error.what)): it, or a proxy between, is "
                    + "defective or hostile")
        }
        if let code = closedWith, code != CloseCode.normal, code != CloseCode.goingAway {
            closedWith = nil
            throw WebSocketFailure(
                .closedByPeer(code: code),
                "the other side broke off (WebSocket code \(code): \(CloseCode.name(code)))")
        }
        return UnsafeRawBufferPointer(rebasing: space[..<filled])
    }

    private var closedWith: UInt16?

    private func peerCloses(_ payload: [UInt8]) throws(FrameFault) {
        guard payload.count != 1 else { throw FrameFault(what: "half a close code") }
        guard payload.count >= 2 else {
            close(CloseCode.normal)
            return
        }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard CloseCode.isAllowed(code), String(validating: payload[2...], as: UTF8.self) != nil else {
            throw FrameFault(what: "a close code or reason that may not be sent")
        }
        closedWith = code
        close(code)
    }

    private func close(_ code: UInt16) {
        let payload = [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)]
        payload.withUnsafeBytes { writeFrame(.close, $0) }
        phase = .ended
    }

    private func write(_ plain: UnsafeRawBufferPointer) {
        var rest = plain
        while rest.count > 0 {
            let count = min(rest.count, FrameRules.longestSent)
            writeFrame(.binary, UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private func writeFrame(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer) {
        FrameWriter.write(opcode, payload, mask: isClient ? random.mask() : nil, to: &output)
    }
}
