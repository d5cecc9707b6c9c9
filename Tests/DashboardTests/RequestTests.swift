import Testing

@testable import HayateDashboard

@Suite struct RequestTests {
    private func request(_ text: String) throws(Answer) -> Request {
        try Request(head: text.utf8, limits: DashboardLimits())
    }

    @Test("a browser's request is understood")
    func good() throws {
        let request = try request(
            "GET /spans.json?since=12.5&x= HTTP/1.1\r\nHost: 127.0.0.1:80\r\nCookie: a=b; hayate-80=77;c=d\r\nX:  y\t ")
        #expect(request.method == "GET" && request.path == "/spans.json")
        #expect(request.parameter("since") == "12.5" && request.parameter("x") == "" && request.parameter("y") == nil)
        #expect(request.cookie("hayate-80") == "77" && request.cookie("c") == "d" && request.cookie("e") == nil)
        #expect(request.headers["x"] == "y" && request.bodyCount == 0)
    }

    @Test("what can be understood in two ways is not understood", arguments: [
        "", "GET / HTTP/1.1\nHost: a", "GET / HTTP/1.1\rHost: a", "GET  / HTTP/1.1", "GET / HTTP/2.0", "GET /",
        "GET / HTTP/1.1\r\nHost : a", "GET / HTTP/1.1\r\n Host: a", "GET / HTTP/1.1\r\nHost: a\r\nhost: b",
        "GET / HTTP/1.1\r\n: a", "GET / HTTP/1.1\r\nHost", "GET / HTTP/1.1\r\nA: \u{0}", "GET / HTTP/1.1\r\nA: é",
        "GET http://127.0.0.1/ HTTP/1.1", "GET * HTTP/1.1", "G ET / HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1",
        "POST / HTTP/1.1\r\nContent-Length: -1", "POST / HTTP/1.1\r\nContent-Length: 1e1",
        "POST / HTTP/1.1\r\nContent-Length: +1", "POST / HTTP/1.1\r\nContent-Length: ",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked",
        "POST / HTTP/1.1\r\nContent-Length: 9999999999", "GET / HTTP/1.1\r\nUpgrade: h2c", "GET /a\tb HTTP/1.1",
    ])
    func bad(_ text: String) {
        #expect(throws: Answer.self) { try request(text) }
    }

    @Test("bodies have a bound")
    func bodies() throws {
        #expect(try request("POST / HTTP/1.1\r\nContent-Length: 256").bodyCount == 256)
        do {
            _ = try request("POST / HTTP/1.1\r\nContent-Length: 257")
            Issue.record("it was accepted")
        } catch {
            #expect(error.status == 413)
        }
    }

    @Test("secrets are 32 bytes of their own, and equal to themselves alone")
    func secrets() {
        let secrets = (0..<100).map { _ in Secret() }
        #expect(Set(secrets.map(\.text)).count == 100)
        #expect(secrets.allSatisfy { $0.text.utf8.count == 64 && $0.matches($0.text.utf8) })
        #expect(!secrets[0].matches(secrets[1].text.utf8) && !secrets[0].matches("".utf8))
        #expect(!secrets[0].matches(secrets[0].text.dropLast().utf8))
    }
}
