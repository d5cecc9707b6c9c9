import HayateTLS
import HayateWire

@testable import HayateTransport

/// A client of TLS over a socket of its own; what it puts on the wire can be changed, and is kept.
final class RawTLS {
    let peer: RawPeer
    let engine: TLSEngine
    /// What goes out instead of what the engine says.
    var change: ([UInt8]) -> [UInt8] = { $0 }
    /// What went out, in its pieces.
    private(set) var flights: [[UInt8]] = []
    /// When the last of them went.
    private(set) var lastFlight = Duration.zero
    /// What came since then.
    private(set) var answer: [UInt8] = []
    private(set) var plain: [UInt8] = []
    private(set) var failure: TLSFailure?

    init(_ client: TLSClient, port: UInt16) throws {
        peer = try RawPeer(port: port)
        engine = client.engine()
    }

    /// - Returns: whether the two sides know each other; false also if it took too long.
    func shakeHands(within limit: Duration = .seconds(12)) -> Bool {
        let end = MonotonicClock.now + limit
        do throws(TLSFailure) { try engine.start() } catch { failure = error }
        flush()
        while engine.phase == .handshaking, !peer.isClosed, MonotonicClock.now < end {
            take(within: end - MonotonicClock.now)
        }
        return engine.phase == .established
    }

    /// Takes what the other side says, if anything comes in time.
    func take(within limit: Duration) {
        let bytes = peer.receive(within: limit)
        answer += bytes
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBytes { bytes in
            do throws(TLSFailure) { plain += Array(try engine.receive(bytes)) } catch { failure = error }
        }
        flush()
    }

    func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            do throws(TLSFailure) { try engine.send(bytes) } catch { failure = error }
        }
        flush()
    }

    private func flush() {
        guard engine.hasOutput else { return }
        var bytes: [UInt8] = []
        engine.takeOutput { bytes = Array($0) }
        bytes = change(bytes)
        flights.append(bytes)
        answer = []
        lastFlight = MonotonicClock.now
        peer.send(bytes)
    }

    /// Says hello as a daemon.
    func sayHello(session: SessionID? = nil) {
        var writer = FrameWriter()
        var bytes: [UInt8] = []
        writer.write(
            .hello(Hello(session: session, process: 1, hostName: "stranger", program: "stranger")),
            into: &bytes)
        send(bytes)
    }

    /// The host's first message that came, if a whole one did in time.
    func firstMessage(within limit: Duration = .seconds(12)) -> Message? {
        let end = MonotonicClock.now + limit
        while true {
            var reader = FrameReader(limit: Wire.limitAfterAdmission)
            var first: Message?
            _ = try? plain.withUnsafeBytes { bytes in
                try reader.take(bytes) { message, _ in first = first ?? message }
            }
            if let first { return first }
            guard !peer.isClosed, engine.phase != .ended, MonotonicClock.now < end else { return nil }
            take(within: end - MonotonicClock.now)
        }
    }
}

/// A daemon that belongs to the pool and comes while others attack.
struct GoodClient {
    let client: TLSClient
    let port: UInt16
    private(set) var times = Times()
    /// How often it had to dial again.
    private(set) var failures = 0

    init(_ key: RoleKey, port: UInt16) throws {
        client = try TLSClient(.key(key), serverName: "127.0.0.1")
        self.port = port
    }

    /// Connects, shakes hands, says hello, is welcomed and leaves. Counts how long it took, from the first
    /// attempt to the welcome.
    /// - Parameter isNew: whether it has no ticket from its last visit.
    mutating func visit(isNew: Bool, within limit: Duration = .seconds(12)) throws {
        let began = MonotonicClock.now
        while true {
            if isNew { client.forgetSession() }
            let tls = try RawTLS(client, port: port)
            if tls.shakeHands(within: limit) {
                tls.sayHello()
                if case .welcome = tls.firstMessage(within: limit) {
                    times.add(MonotonicClock.now - began)
                    return
                }
            }
            failures += 1
            guard MonotonicClock.now - began < limit else { throw Failed("the good client was kept out") }
        }
    }
}
