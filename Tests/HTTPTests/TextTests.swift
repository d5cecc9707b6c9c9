import Testing

@testable import HayateHTTP

/// What is read and written, without a connection.
@Suite struct TextTests {
    @Test("URLs are taken apart, and what is none is refused without showing its secrets")
    func urls() throws {
        let url = try HTTPURL("HTTPS://Example.org:8443/a/b?c=d#e")
        #expect(url.isSecure)
        #expect(url.host == "Example.org")
        #expect(url.port == 8443)
        #expect(url.target == "/a/b?c=d")
        #expect(url.text == "https://Example.org:8443/a/b?…")
        #expect(!url.isLoopback)
        #expect(try HTTPURL("http://[::1]").isLoopback)
        #expect(try HTTPURL("http://127.8.0.1").port == 80)
        #expect(try HTTPURL("https://h?q").target == "/?q")
        #expect(try HTTPURL("https://h").port == 443)
        // A name that only looks like this machine's.
        #expect(try !HTTPURL("http://127.0.0.1.example.org").isLoopback)
        for bad in [
            "", "ftp://h/", "http://", "http:///x", "http://user:t0psecret@h/", "http://h:0/", "http://h:65536/",
            "http://h:+1/", "http://[::1/", "http://[::1]x/", "http://[h]/", "http://a b/", "http://h/\r\nX: t0psecret",
            "http://-h/", "http://h/ü", "https://h ?t0psecret",
        ] {
            let error = #expect(throws: HTTPError.self, "\(bad)") { try HTTPURL(bad) }
            #expect(error?.step == .request)
            let isBehindHeader = bad.contains("\r\n")
            #expect(isBehindHeader || error?.message.contains("t0psecret") != true, "\(error?.message ?? "")")
        }
    }

    @Test("A line break in method or headers is refused: it would begin a header or a request of its own")
    func injection() throws {
        let url = try HTTPURL("http://h/")
        func error(_ request: HTTPRequest) -> String? {
            #expect(throws: HTTPError.self) { try request.bytes(to: url) }?.message
        }
        _ = error(HTTPRequest(url: "http://h/", method: "GET / HTTP/1.1\r\nX:"))
        _ = error(HTTPRequest(url: "http://h/", method: ""))
        for value in ["a\r\nX: b", "a\nb", "a\0b", "t0psecret\u{7f}"] {
            let text = error(HTTPRequest(url: "http://h/", headers: [HTTPHeader("Cookie", value)]))
            #expect(text?.contains("Cookie") == true)
            #expect(text?.contains("t0psecret") == false)
        }
        for name in ["", "a b", "a:", "a\r\nb", "ü", "Content-Length", "transfer-encoding", "Host"] {
            _ = error(HTTPRequest(url: "http://h/", headers: [HTTPHeader(name, "x")]))
        }
        #expect(throws: Never.self) {
            try HTTPRequest(url: "http://h/", headers: [HTTPHeader("X", "a\tb ü")]).bytes(to: url)
        }
    }

    /// An answer that arrives byte by byte is the same as one that arrives at once.
    @Test("How an answer is cut into pieces on its way changes nothing")
    func pieces() throws {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: 1\r\n\r\n"
        for size in [1, 2, 3, 7, text.utf8.count] {
            var parser = AnswerParser(method: "GET", bodyLimit: 100)
            var bytes = Array(text.utf8)
            var last = AnswerParser.Progress.needsMore
            while !bytes.isEmpty {
                #expect(last == .needsMore)
                last = parser.receive(bytes.prefix(size))
                bytes.removeFirst(min(size, bytes.count))
            }
            #expect(last == .complete)
            #expect(parser.answer?.text == "hello world")
        }
    }

    @Test("Damaged answers are none, and none of them is a crash")
    func damaged() throws {
        let good = Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
        for position in good.indices {
            for byte: UInt8 in [0, 0x0A, 0x0D, 0x20, 0x2D, 0x3A, 0x39, 0x66, 0xFF] {
                var bytes = good
                bytes[position] = byte
                var parser = AnswerParser(method: "POST", bodyLimit: 2)
                if parser.receive(bytes) == .needsMore { _ = parser.end(wasOrderly: true) }
                #expect((parser.answer?.body.count ?? 0) <= 2)
            }
        }
        for bad in [
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        ] {
            var parser = AnswerParser(method: "GET", bodyLimit: 10)
            guard case .invalid = parser.receive(Array(bad.utf8)) else {
                Issue.record("taken: \(bad)")
                continue
            }
        }
    }
}
