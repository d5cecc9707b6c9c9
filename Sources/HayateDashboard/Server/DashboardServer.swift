import FlyingSocks
import Foundation
import HayateCore
import HayateView
import Synchronization

/// Serves one session as a page to one user of this machine: on 127.0.0.1 alone, to whoever has the address with its
/// token, and only to look.
///
/// The sockets are FlyingSocks'. Requests are read here and not by FlyingFox, whose server has no bound on their size
/// and on the time that they take.
public final class DashboardServer: Sendable {
    /// Why there is none.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// What the user opens: good for one browser, once.
    public var address: String { "http://127.0.0.1:\(port)/#token=\(gate.token.text)" }
    public let port: UInt16

    let gate: Gate
    private let source: DashboardSource
    private let limits: DashboardLimits
    private let socket: Socket
    private let places: ConnectionPlaces

    /// Listens at once, and serves as soon as it runs.
    ///
    /// - Parameter port: 0: any that is free.
    /// - Throws: `Failure`: the port is taken, or not for this user.
    public convenience init(_ source: DashboardSource, port: UInt16 = 0) throws(Failure) {
        try self.init(source, port: port, limits: DashboardLimits())
    }

    init(_ source: DashboardSource, port: UInt16, limits: DashboardLimits) throws(Failure) {
        do {
            socket = try Socket(domain: AF_INET)
            _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
            try socket.setValue(true, for: .localAddressReuse)
            try socket.bind(to: sockaddr_in.inet(ip4: "127.0.0.1", port: port))
            try socket.listen(maxPendingConnection: 64)
            guard case .ip4(_, let bound) = try socket.sockname() else { throw SocketError.unsupportedAddress }
            self.port = bound
        } catch {
            let place = port == 0 ? "any port" : "port \(port)"
            throw Failure(description: "nobody can listen at \(place) of 127.0.0.1 (\(error)); give another --port")
        }
        gate = Gate(port: self.port)
        self.source = source
        self.limits = limits
        places = ConnectionPlaces(limits.connections)
    }

    deinit { try? socket.close() }

    /// Serves until it is cancelled.
    public func run() async throws {
        let pool: some AsyncSocketPool = .make(maxEvents: 64)
        try await pool.prepare()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            let listener = try AsyncSocket(socket: socket, pool: pool)
            group.addTask { await self.accept(from: listener) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func accept(from listener: AsyncSocket) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let connection = try await listener.accept()
                    _ = fcntl(connection.socket.file.rawValue, F_SETFD, FD_CLOEXEC)
                    let place = places.take()
                    group.addTask {
                        await self.serve(connection, place)
                        try? connection.close()
                        self.places.leave(place)
                    }
                } catch {
                    // No descriptor is free, or who came has left: later there may be one.
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
            group.cancelAll()
        }
    }

    // MARK: One connection

    private func serve(_ connection: AsyncSocket, _ place: ConnectionPlaces.Place) async {
        var answer: Answer
        do {
            let (request, body) = try await within(limits.requestTime, else: .timeout, place) {
                try await self.read(connection)
            }
            places.hasAsked(place)
            answer = try await within(limits.answerTime, else: .failed, place) { try await self.answer(request, body) }
        } catch let refusal as Answer {
            answer = refusal
        } catch let limit as TimeLimit {
            answer = limit.answer
        } catch is CancellationError {
            return
        } catch is SocketError {
            return
        } catch {
            // The session does not answer; what it says is not for everybody's eyes.
            answer = .failed
        }
        let sent = answer
        _ = try? await within(limits.answerTime, else: .failed, place) { try await Self.send(sent, to: connection) }
        // Of a good request nothing is left.
        if [400, 408, 413, 431].contains(sent.status) { await finish(connection, place) }
    }

    /// Reads one request with its body.
    private func read(_ connection: AsyncSocket) async throws -> (Request, [UInt8]) {
        let end = Array("\r\n\r\n".utf8)
        var bytes: [UInt8] = []
        while true {
            bytes += try await connection.read(atMost: 4096)
            if let found = bytes.firstRange(of: end) {
                guard found.lowerBound <= limits.headBytes else { throw Answer.tooLargeHead }
                let request = try Request(head: bytes[..<found.lowerBound], limits: limits)
                var body = Array(bytes[found.upperBound...])
                while body.count < request.bodyCount { body += try await connection.read(atMost: 4096) }
                return (request, Array(body.prefix(request.bodyCount)))
            }
            guard bytes.count <= limits.headBytes else { throw Answer.tooLargeHead }
        }
    }

    private func answer(_ request: Request, _ body: [UInt8]) async throws -> Answer {
        switch try gate.way(of: request, body) {
        case .asset(let asset): return PageAssets.answer(asset)
        case .answer(let answer): return answer
        case .snapshot:
            return Answer(try Self.json(await source.snapshot()), type: "application/json")
        case .spans(let since):
            return Answer(try Self.json(await source.spans(since, limits.pageSpans)), type: "application/json")
        case .trace:
            return try await trace()
        }
    }

    private func trace() async throws -> Answer {
        let now = try await source.snapshot().session.now
        let writer = TraceWriter(try await source.spans(0, limits.traceSpans), now: now)
        var answer = Answer([], type: "application/json")
        answer.headers = [("Content-Disposition", "attachment; filename=\"hayate-trace.json\"")]
        answer.body = .pieces { writer.next() }
        return answer
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }

    private static func send(_ answer: Answer, to connection: AsyncSocket) async throws {
        try await connection.write(Data(answer.head))
        switch answer.body {
        case .bytes(let bytes): try await connection.write(Data(bytes))
        case .pieces(let next): while let piece = try await next() { try await connection.write(Data(piece)) }
        }
    }

    /// Says that nothing more comes, and takes for a moment what was not waited for: else the answer is lost with it.
    private func finish(_ connection: AsyncSocket, _ place: ConnectionPlaces.Place) async {
        shutdown(connection.socket.file.rawValue, Int32(SHUT_WR))
        _ = try? await within(.seconds(1), else: .failed, place) {
            for _ in 0..<256 { _ = try await connection.read(atMost: 4096) }
        }
    }

    private struct TimeLimit: Error { var answer: Answer }

    /// The time is over, or another connection needs the place.
    private func within<Value: Sendable>(
        _ limit: Duration, else refusal: Answer, _ place: ConnectionPlaces.Place,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            group.addTask { try await self.places.untilTaken(place) }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else { throw TimeLimit(answer: refusal) }
            return value
        }
    }
}

/// Turns spans into a trace piece by piece.
private final class TraceWriter: Sendable {
    private struct State {
        var spans: [SpanView]
        var position = 0
        var file: TraceFile
        var isOver = false
    }

    private let state: Mutex<State>

    init(_ spans: [SpanView], now: Double) { state = Mutex(State(spans: spans, file: TraceFile(now: now))) }

    func next() -> [UInt8]? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            let end = min(state.spans.count, state.position + 500)
            for span in state.spans[state.position..<end] { state.file.add(span) }
            state.position = end
            if end == state.spans.count {
                state.file.finish()
                state.isOver = true
            }
            return state.file.take()
        }
    }
}
