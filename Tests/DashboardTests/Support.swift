import Foundation
import HayateView

@testable import HayateDashboard

/// A session that never was, with texts that somebody evil has chosen.
enum Fixture {
    static let evil = "<img src=x onerror=\"window.evil=1\">"

    static func snapshot(now: Double) -> SessionSnapshot {
        var snapshot = SessionSnapshot(session: SessionFacts(
            name: "secret-fits", host: "login1", process: 4711, started: now - 11_520, created: now - 172_800, epoch: 2,
            now: now, journalBytes: 13_002_342))
        snapshot.pools = [
            PoolView(
                profile: "default", url: "ipc:///x", wanted: 4, connected: 3, busy: 3, waiting: 3_120, running: 3,
                ended: 690, rates: (0..<60).map { $0 % 7 })
        ]
        snapshot.submissions = [
            SubmissionView(
                name: "first", created: now - 7_200, label: evil, total: 4_000, waiting: 3_120, running: 3,
                returned: 845, failed: 32, remaining: 1_260),
            SubmissionView(name: "warm-up", created: now - 90_000, total: 200, returned: 200, ended: now - 89_000),
        ]
        snapshot.daemons = (1...3).map {
            DaemonView(name: "node\($0):20\($0)", state: "busy", done: 200, held: 1, tasks: ["first/\($0)"], age: 900)
        }
        snapshot.failures = [
            FailureView(
                task: "first/611", label: evil, time: now - 42, code: "commandFailed", message: evil,
                lastWords: "step 40\n\(evil)\n\u{202E}evil", daemon: "node2:202", attempt: 2)
        ]
        return snapshot
    }

    /// Three daemons for five minutes; what they run now has begun a little while ago.
    static func spans(now: Double) -> [SpanView] {
        (1...3).flatMap { daemon -> [SpanView] in
            let ended = (0..<30).map { index -> SpanView in
                let began = now - 300 + Double(index) * 9.5
                let status = ["value", "value", "failure", "value", "lost", "stopped"][index % 6]
                return SpanView(
                    task: "first/\(daemon)\(index)", label: evil, daemon: "node\(daemon):20\(daemon)", began: began,
                    ended: began + 8, status: status)
            }
            let running = SpanView(
                task: "first/\(daemon)", label: "fit", daemon: "node\(daemon):20\(daemon)", began: now - 12, ended: nil,
                status: "running")
            return ended + [running]
        }
    }

    static var source: DashboardSource {
        let began = Date().timeIntervalSince1970
        return DashboardSource(
            snapshot: { snapshot(now: Date().timeIntervalSince1970) },
            spans: { since, limit in
                spans(now: began).filter { $0.ended.map { $0 > since } ?? true }.suffix(limit)
            })
    }
}

/// Runs a server for as long as the body takes.
func withServer<Value: Sendable>(
    _ source: DashboardSource = Fixture.source, limits: DashboardLimits = DashboardLimits(),
    _ body: @Sendable (DashboardServer) async throws -> Value
) async throws -> Value {
    let server = try DashboardServer(source, port: 0, limits: limits)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        defer { group.cancelAll() }
        return try await body(server)
    }
}

/// Somebody who speaks to the port, well or badly.
enum Stranger {
    struct Reply: Sendable {
        /// 0: the connection was closed without an answer.
        var status = 0
        var head = ""
        var body = ""
    }

    /// On a thread of its own, for the server needs those of the tests.
    static func ask(_ port: UInt16, _ pieces: [[UInt8]], pause: Duration = .zero) async -> Reply {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: exchange(port, pieces, pause)) }
        }
    }

    static func ask(_ port: UInt16, _ text: String) async -> Reply { await ask(port, [Array(text.utf8)]) }

    static func connect(_ port: UInt16) -> Int32? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(connection)
            return nil
        }
        return connection
    }

    private static func exchange(_ port: UInt16, _ pieces: [[UInt8]], _ pause: Duration) -> Reply {
        guard let connection = connect(port) else { return Reply() }
        defer { close(connection) }
        // If the server says nothing for so long, the test has found something.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        for piece in pieces {
            var rest = piece[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
            if pause > .zero { usleep(UInt32(pause / .microseconds(1))) }
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return reply(String(decoding: bytes, as: UTF8.self))
    }

    private static func reply(_ text: String) -> Reply {
        guard let end = text.range(of: "\r\n\r\n") else { return Reply(head: text) }
        let head = String(text[..<end.lowerBound])
        let words = head.split(separator: " ")
        return Reply(
            status: words.count > 1 ? Int(words[1]) ?? 0 : 0, head: head, body: String(text[end.upperBound...]))
    }
}

/// What a browser that has come in sends with each request.
struct Credentials: Sendable {
    var cookie: String
    var key: String

    /// Spends the token.
    static func enter(_ server: DashboardServer) async -> Credentials? {
        let token = server.gate.token.text
        let reply = await Stranger.ask(server.port, """
            POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nOrigin: http://127.0.0.1:\(server.port)\r
            Content-Length: \(token.utf8.count)\r\n\r\n\(token)
            """)
        guard reply.status == 200, let start = reply.head.range(of: "Set-Cookie: "),
            let end = reply.head[start.upperBound...].firstIndex(of: ";")
        else { return nil }
        return Credentials(cookie: String(reply.head[start.upperBound..<end]), key: reply.body)
    }

    var headers: String { "Cookie: \(cookie)\r\nHayate-Key: \(key)\r\n" }
}

extension DashboardServer {
    func get(_ path: String, _ credentials: Credentials?) async -> Stranger.Reply {
        await Stranger.ask(
            port, "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(credentials?.headers ?? "")\r\n")
    }
}
