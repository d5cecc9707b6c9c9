import Testing

@testable import HayateWebSocket

@Suite struct HandshakeTests {
    @Test func theKeyOfTheStandard() {
        // RFC 6455, section 1.3.
        #expect(AcceptKey.answer(to: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(AcceptKey.isKey("dGhlIHNhbXBsZSBub25jZQ=="))
        #expect(!AcceptKey.isKey("dGhlIHNhbXBsZSBub25jZQ") && !AcceptKey.isKey("dGhlIHNhbXBsZSBub25j"))
    }

    private static let good = [
        "GET /hayate HTTP/1.1", "Host: a", "Upgrade: h2c, WebSocket", "Connection: keep-alive, upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: chat, hayate.1", "X-Forwarded-For: 10.0.0.1",
    ]

    private func ask(_ lines: [String], end: String = "\r\n") throws -> (WebSocketFailure?, String) {
        let server = try WebSocketServer(path: "/hayate").engine()
        let heard = server.answer(to: Array((lines.joined(separator: end) + end + end).utf8))
        #expect((server.phase == .established) == (heard.failure == nil))
        return (heard.failure, String(decoding: heard.output, as: UTF8.self))
    }

    @Test func aGoodRequestIsAnswered() throws {
        let (failure, answer) = try ask(Self.good)
        #expect(failure == nil && answer.hasPrefix("HTTP/1.1 101 "))
        #expect(answer.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(answer.contains("\r\nSec-WebSocket-Protocol: hayate.1\r\n"))
        #expect(try ask(["GET /hayate?token=1 HTTP/1.1"] + Self.good.dropFirst()).0 == nil)
    }

    @Test(arguments: [
        (0, "POST /hayate HTTP/1.1", 405), (0, "GET / HTTP/1.1", 404), (0, "GET /hayate/ HTTP/1.1", 404),
        (0, "GET /hayat%65 HTTP/1.1", 404), (0, "GET http://a/hayate HTTP/1.1", 404),
        (0, "GET /hayate HTTP/1.0", 400), (0, "GET  /hayate HTTP/1.1", 400), (0, "GET /hayate", 400),
        (1, "X: y", 400), (1, "Host: a\r\nHost: b", 400), (1, "Host: a\r\n folded", 400), (1, "Host : a", 400),
        (1, "Host: a\u{1}", 400), (1, "Host: a\rX: y", 400), (7, "Transfer-Encoding: chunked", 400),
        (7, "Content-Length: 3", 400), (7, "Origin: https://example.org", 403), (7, "origin: null", 403),
        (2, "Upgrade: h2c", 426), (3, "Connection: close", 426), (5, "Sec-WebSocket-Version: 8", 426),
        (5, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13", 426),
        (4, "Sec-WebSocket-Key: short", 400), (4, "X: y", 400), (6, "Sec-WebSocket-Protocol: chat", 400),
    ])
    func badRequestsAreTurnedDown(index: Int, line: String, status: Int) throws {
        var lines = Self.good
        lines[index] = line
        let (failure, answer) = try ask(lines)
        #expect(failure?.kind == .requestRefused(status: status), "\(failure?.message ?? "taken")")
        #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains("Connection: close"))
    }

    @Test func longOrForeignRequestsEndEarly() throws {
        let long = try ask(Self.good + ["Cookie: " + String(repeating: "a", count: 9_000)])
        #expect(long.0?.kind == .requestRefused(status: 431))
        let many = try ask(Self.good + (0..<64).map { "X-\($0): y" })
        #expect(many.0?.kind == .requestRefused(status: 400))
        #expect(try ask(Self.good, end: "\n").0?.kind == .requestRefused(status: 400))
        let tls = try WebSocketServer(path: "/hayate").engine().answer(to: [0x16, 3, 1])
        #expect(tls.failure?.message.contains("speaks TLS") == true && tls.output.isEmpty)
    }

    private func told(_ answer: String, path: String = "/hayate") throws -> WebSocketFailure? {
        let client = try WebSocketClient(host: "site:80", path: path).engine()
        client.start()
        return client.answer(to: Array(answer.utf8)).failure
    }

    @Test(arguments: [
        ("404 Not Found", 404, "nothing is at /hayate"), ("403 Forbidden", 403, "as a request header"),
        ("502 Bad Gateway", 502, "does not reach the host"), ("200 OK", 200, "a web page"),
        ("302 Found", 302, "redirects to https://login/x,"), ("426 Upgrade Required", 426, "pass on Upgrade"),
        ("418 \u{1b}[31m", 400, "breaks the rules"),
    ])
    func proxiesAreUnderstood(line: String, status: Int, says: String) throws {
        let failure = try told("HTTP/1.1 \(line)\r\nLocation: https://login/x?secret=1\r\n\r\n<html>")
        #expect(failure?.message.contains(says) == true, "\(failure?.message ?? "taken")")
        #expect(failure?.message.contains("secret") == false)
        if status != 400 { #expect(failure?.kind == .refused(status: status)) }
    }

    @Test func whoIsNoHostIsNoticed() throws {
        #expect(try told("SSH-2.0-OpenSSH")?.message.contains("does not speak HTTP") == true)
        #expect(try told("\u{15}\u{3}")?.message.contains("wss://") == true)
        let upgraded = "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        let failure = try told(upgraded + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        #expect(failure?.kind == .notWebSocket)
        var pair = try Pair(at: "/other?token=hunter2")
        pair.run()
        #expect(pair.clientFailure?.kind == .refused(status: 404))
        #expect(pair.clientFailure?.message.contains("hunter2") == false)
    }

    @Test func requestHeadersArriveAndAreShownNowhere() throws {
        let cookie = try WebSocketClient.Header("Cookie", "session=hunter2")
        var pair = try Pair(headers: [cookie])
        pair.run()
        #expect(pair.server.phase == .established)
        #expect(String(decoding: pair.fromClient, as: UTF8.self).contains("\r\nCookie: session=hunter2\r\n"))
        let client = try WebSocketClient(host: "a", path: "/hayate", headers: [cookie])
        var dumped = ""
        dump(client, to: &dumped)
        dump(cookie, to: &dumped)
        #expect(!"\(client) \(cookie) \(String(reflecting: client)) \(dumped)".contains("hunter2"))
    }

    @Test(arguments: [
        ("Cookie", "a\r\nX: y"), ("Cookie", "a\nb"), ("Cookie", "a\u{0}"), ("Co okie", "a"), ("", "a"),
        ("Host", "a"), ("Sec-WebSocket-Key", "a"), ("Origin", "a"), ("transfer-encoding", "chunked"),
    ])
    func requestHeadersCannotSmuggle(name: String, value: String) {
        let error = #expect(throws: WebSocketFailure.self) { try WebSocketClient.Header(name, value) }
        #expect(error?.kind == .invalidRequest)
    }

    @Test(arguments: [("a b", "/"), ("a/b", "/"), ("", "/"), ("a", "hayate"), ("a", "/a b"), ("a", "/a\r\n")])
    func placesCannotSmuggle(host: String, path: String) {
        #expect(throws: WebSocketFailure.self) { try WebSocketClient(host: host, path: path) }
    }
}
