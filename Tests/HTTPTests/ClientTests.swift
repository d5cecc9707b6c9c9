import Foundation
import Testing

@testable import HayateHTTP

/// Against a server that is not ours: Partner/server.py, on Python's standard library alone.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: WebServer.python != nil, "skipped: there is no python3"))
struct ClientTests {
    @Test("Method, headers and body arrive as they are, over IPv4 and IPv6")
    func echo() async throws {
        for v6 in [false, true] {
            let server = try WebServer(v6: v6)
            let body = "{\"name\":\"未来 \u{1} %s\"}"
            let request = HTTPRequest(
                url: server.base + "/echo#part", method: "PUT",
                headers: [HTTPHeader("X-One", "a b"), HTTPHeader("Content-Type", "application/json")], body: body)
            let answer = try await HTTPClient().send(request)
            #expect(answer.status == 200)
            #expect(answer.reason == "OK")
            #expect(answer.isSuccess)
            #expect(answer.header("x-kind") == "echo")
            #expect(answer.text.hasPrefix("PUT /echo HTTP/1.1\n"))
            #expect(answer.text.contains("\nX-One: a b\n"))
            #expect(answer.text.contains("\nHost: \(v6 ? "[::1]" : "127.0.0.1"):\(server.port)\n"))
            #expect(answer.text.contains("\nContent-Length: \(body.utf8.count)\n"))
            #expect(answer.text.hasSuffix("\n\n" + body))
            #expect(!answer.isCut)
        }
    }

    @Test("An answer is an answer, whatever its status; redirects are not followed")
    func statuses() async throws {
        let server = try WebServer()
        let missing = try await HTTPClient().get(server.base + "/missing")
        #expect(missing.status == 404)
        #expect(missing.reason == "Not Found")
        #expect(missing.text == "nothing there")
        let moved = try await HTTPClient().get(server.base + "/moved")
        #expect(moved.status == 302)
        #expect(moved.header("Location") == "/echo?token=t0psecret")
        #expect(try await HTTPClient().get(server.base + "/empty").status == 204)
        #expect(try await HTTPClient().get(server.base + "/continue").text == "ok")
        #expect(server.requests() == ["missing", "moved", "empty", "continue"].map { "GET /\($0) HTTP/1.1" })
    }

    @Test("Chunks with extensions and trailers, and a body until the end, are whole")
    func bodies() async throws {
        let server = try WebServer()
        let chunked = try await HTTPClient().get(server.base + "/chunked")
        #expect(chunked.body == [UInt8](repeating: UInt8(ascii: "x"), count: 1 + 16 + 4096 + 70000))
        let rest = try await HTTPClient().get(server.base + "/untilend")
        #expect(rest.body.count == 5000)
    }

    @Test("A huge body is cut and says so, with a length and without")
    func huge() async throws {
        let server = try WebServer()
        var client = HTTPClient()
        client.bodyLimit = 100_000
        for path in ["/huge", "/hugechunks"] {
            let answer = try await client.get(server.base + path)
            #expect(answer.isCut)
            #expect(answer.body.count == 100_000)
        }
    }

    @Test(
        "What breaks off or is no answer is an error of one sentence",
        arguments: [
            ("/cut", "the answer ended in the middle"), ("/cutchunk", "the answer ended in the middle"),
            ("/gzip", "transfer coding that is not read here: 'gzip, chunked'"), ("/garbage", "the answer is none of HTTP"),
            ("/headers", "headers of more than 64 KiB"), ("/none", "ended before it began"),
        ])
    func broken(_ path: String, _ words: String) async throws {
        let server = try WebServer()
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().get(server.base + path) }
        #expect(error?.step == .answer)
        #expect(error?.message.hasPrefix("GET \(server.base)\(path): ") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("The time for all of it is bounded, also where the server keeps sending", arguments: ["/silent", "/slow"])
    func deadline(_ path: String) async throws {
        let server = try WebServer()
        var client = HTTPClient()
        client.deadline = .milliseconds(300)
        let error = await #expect(throws: HTTPError.self) { try await client.get(server.base + path) }
        #expect(error?.isTimeout == true)
        #expect(error?.message == "GET \(server.base)\(path): no whole answer came within 0.3 seconds")
        #expect(error?.mayHaveArrived == true)
    }

    @Test("Whoever is cancelled gets his thread back, and the server sees the connection end")
    func cancelled() async throws {
        let server = try WebServer()
        let task = Task { try await HTTPClient().get(server.base + "/silent") }
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.isCancelled == true)
    }

    @Test("Nobody listens, no such name: the step and the reason")
    func unreachable() async throws {
        let port: UInt16
        do {
            // A port that was just in use and is not any more.
            let server = try WebServer()
            port = server.port
        }
        let refused = await #expect(throws: HTTPError.self) { try await HTTPClient().get("http://127.0.0.1:\(port)/") }
        #expect(refused?.step == .connect)
        #expect(refused?.message.hasSuffix("no connection to 127.0.0.1 port \(port): Connection refused") == true)
        #expect(refused?.mayHaveArrived == false)
        let unknown = await #expect(throws: HTTPError.self) { try await HTTPClient().get("http://nowhere.invalid/") }
        #expect(unknown?.step == .name)
        #expect(unknown?.message.contains("the name nowhere.invalid could not be looked up") == true)
    }

    @Test("A thousand requests leave no descriptor and no thread behind")
    func leaks() async throws {
        let server = try WebServer()
        for path in ["/echo", "/missing", "/cut"] { _ = try? await HTTPClient().get(server.base + path) }
        let before = Descriptors.count
        for number in 0..<1_000 {
            switch number % 4 {
            case 0: _ = try await HTTPClient().send(HTTPRequest(url: server.base + "/echo", body: "x"))
            case 1: _ = try await HTTPClient().get("http://localhost:\(server.port)/missing")
            case 2: _ = try? await HTTPClient().get(server.base + "/cut")
            default: _ = try? await HTTPClient().get("http://127.0.0.1:1/")
            }
        }
        // Tests beside this one have some of their own for a while: those of a leak would stay.
        let deadline = ContinuousClock.now + .seconds(20)
        while Descriptors.count > before + 2, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(Descriptors.count <= before + 2)
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        #expect(threads < 100, "\(threads) threads")
    }
}
