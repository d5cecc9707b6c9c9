import HayateTestTasks
import HayateTransport
import HayateWire
import Synchronization
import Testing

@testable import Hayate

/// Answers what tests need: attachments echo, follows count without end, spans wait until they are cancelled.
private final class CountingService: SessionService {
    struct State {
        var sent = 0
        var changes = 0
        var cancelled = 0
    }

    let state = Mutex(State())
    let bell = Bell()

    func answer(_ request: SessionRequest, parts: PartSender) async throws(HayateError) -> SessionAnswer {
        switch request {
        case .attachment(let name): return .bytes(Array(name.utf8))
        case .follow(_, let after):
            var number = Int(after)
            while true {
                try await parts(.count(number))
                number += 1
                state.withLock { $0.sent += 1 }
                bell.ring()
            }
        case .spans:
            let forever = Bell()
            await forever.wait(beyond: 0)
            state.withLock { $0.cancelled += 1 }
            bell.ring()
            throw HayateError(.cancelled, "cancelled")
        case .resize:
            state.withLock { $0.changes += 1 }
            return .done
        default: throw HayateError(.invalidArgument, "no such thing, said \(request.isChange)")
        }
    }

    func wait(until isReached: (State) -> Bool) async {
        while true {
            let rings = bell.rings
            if state.withLock({ isReached($0) }) { return }
            await bell.wait(beyond: rings)
        }
    }
}

@Suite("Clients at a session's server", .timeLimit(.minutes(1)))
struct ServerTests {
    private let directory: TemporaryDirectory
    private let service = CountingService()
    private let server: SessionServer

    init() throws {
        directory = try TemporaryDirectory()
        server = try SessionServer(
            at: try Endpoint(path: directory("client.sock")), service,
            SessionWelcome(session: "fits", process: 42))
    }

    private func connect(_ role: SessionRole = .client) async throws -> SessionConnection {
        try await SessionConnection.open(server.endpoint, name: "fits", role: role)
    }

    @Test("A client learns who the host is, and gets each answer by the number of its request")
    func answers() async throws {
        defer { server.close() }
        let client = try await connect()
        #expect(client.welcome == SessionWelcome(session: "fits", process: 42))
        let answers = try await withThrowingTaskGroup(of: (String, [UInt8]).self) { group in
            for index in 0..<40 {
                group.addTask {
                    guard case .bytes(let bytes) = try await client.ask(.attachment("no \(index)")) else { return ("", []) }
                    return ("no \(index)", bytes)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 40)
        #expect(answers.allSatisfy { Array($0.key.utf8) == $0.value })
        client.close()
    }

    @Test("An error arrives as it was thrown, and the connection goes on")
    func errors() async throws {
        defer { server.close() }
        let client = try await connect()
        let error = await failure { () async throws(HayateError) in try await client.ask(.complete("x")) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "no such thing, said true")
        guard case .bytes = try await client.ask(.attachment("x")) else { throw TestFailure("no bytes") }
        client.close()
    }

    @Test("A follower that does not read gets two parts at most, and the next when it has taken one")
    func backpressure() async throws {
        defer { server.close() }
        let client = try await connect()
        let stream = AnswerStream(client, .follow(submission: nil, after: 10))
        for expected in 10..<15 {
            guard case .count(let number)? = try await stream.next() else { throw TestFailure("no part") }
            #expect(number == expected)
        }
        // Another request's answer shows that everything the host could send before has been sent.
        _ = try await client.ask(.attachment("x"))
        await service.wait { $0.sent >= 6 }
        _ = try await client.ask(.attachment("x"))
        #expect(service.state.withLock { $0.sent } == 6)
        client.close()
    }

    @Test("Letting go of what is followed, cancelling and disconnecting reach the host")
    func cancelling() async throws {
        defer { server.close() }
        let client = try await connect()
        let waiting = Task { try await client.ask(.spans(since: 0, limit: 1)) }
        // Answered after the other request has come.
        _ = try await client.ask(.attachment("x"))
        waiting.cancel()
        await #expect(throws: HayateError.self) { try await waiting.value }
        await service.wait { $0.cancelled == 1 }
        let other = try await connect()
        let waiting2 = Task { try await other.ask(.spans(since: 0, limit: 1)) }
        _ = try await other.ask(.attachment("x"))
        other.close()
        await #expect(throws: HayateError.self) { try await waiting2.value }
        await service.wait { $0.cancelled == 2 }
        client.close()
    }

    @Test("Whoever only watches cannot change anything")
    func monitor() async throws {
        defer { server.close() }
        let client = try await connect(.monitor)
        let error = await failure { () async throws(HayateError) in try await client.ask(.resize(3)) }
        #expect(error?.code == .refused)
        #expect(service.state.withLock { $0.changes } == 0)
        guard case .bytes = try await client.ask(.attachment("x")) else { throw TestFailure("no bytes") }
        client.close()
    }

    @Test("When the host ends, whoever waits is told that there is no session")
    func hostEnds() async throws {
        let client = try await connect()
        let waiting = Task { try await client.ask(.spans(since: 0, limit: 1)) }
        _ = try await client.ask(.attachment("x"))
        server.close()
        do {
            _ = try await waiting.value
            Issue.record("there was an answer")
        } catch let error as HayateError {
            #expect(error.code == .noSession || error.code == .cancelled)
        }
        let error = await failure { () async throws(HayateError) in try await client.ask(.attachment("x")) }
        #expect(error?.code == .noSession)
    }

    /// What the host says to these bytes until it closes.
    private func talk(_ bytes: [UInt8]) async throws -> [SessionFrame] {
        let heard = Mutex<[UInt8]>([])
        let closed = RaceGate()
        let connection = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Connection, any Error>) in
            do {
                try Dialer(server.endpoint, deadline: .seconds(10)) { done.resume(with: $0.mapError { $0 as any Error }) }
            } catch {
                done.resume(throwing: error)
            }
        }
        connection.start(
            onBytes: { bytes in
                heard.withLock { $0 += Array(bytes) }
                return .any
            }, onClose: { _ in closed.open() })
        connection.append(bytes: bytes)
        connection.flush()
        await closed.wait()
        var reader = SessionFrameReader(limit: 1 << 20)
        heard.withLock { bytes in bytes.withUnsafeBytes { reader.append($0) } }
        var frames: [SessionFrame] = []
        while let frame = try reader.next() { frames.append(frame) }
        return frames
    }

    @Test("Another version of the protocol is refused with a sentence that names both")
    func version() async throws {
        defer { server.close() }
        let hello = SessionFrame(kind: .hello, content: SessionHello(version: 99, role: .client).content)
        let frames = try await talk(hello.bytes)
        #expect(frames.map(\.kind) == [.refusal])
        let sentence = String(decoding: frames.first?.content ?? [], as: UTF8.self)
        #expect(sentence.contains("version 1") && sentence.contains("version 99"))
    }

    @Test("What is no client is cut off: other words, long frames before the hello, garbage behind it")
    func garbage() async throws {
        defer { server.close() }
        let hello = SessionFrame(kind: .hello, content: SessionHello(role: .client).content).bytes
        var long: [UInt8] = []
        long.append(fourBytesOf: 5_000)
        for bytes in [
            Array("GET / HTTP/1.1\r\n\r\n".utf8),
            SessionFrame(kind: .request, number: 1, content: [1]).bytes,
            SessionFrame(kind: .hello, content: [1, 2, 3]).bytes,
            long,
        ] {
            #expect(try await talk(bytes).isEmpty)
        }
        for bytes in [
            hello + SessionFrame(kind: .request, number: 1, content: [0xff, 0xff]).bytes,
            hello + SessionFrame(kind: .answer, number: 1).bytes,
            hello + [0xff, 0xff, 0xff, 0xff],
        ] {
            #expect(try await talk(bytes).map(\.kind).allSatisfy { $0 == .welcome })
        }
        // The server goes on.
        let client = try await connect()
        _ = try await client.ask(.attachment("x"))
        client.close()
    }

    @Test("More requests at the same time than a client may have end its connection")
    func tooMany() async throws {
        defer { server.close() }
        var bytes = SessionFrame(kind: .hello, content: SessionHello(role: .client).content).bytes
        let request = try BinaryEncoder().encode(SessionRequest.spans(since: 0, limit: 1))
        for number in 1...65 { bytes += SessionFrame(kind: .request, number: UInt32(number), content: request).bytes }
        _ = try await talk(bytes)
        await service.wait { $0.cancelled == 64 }
    }
}
