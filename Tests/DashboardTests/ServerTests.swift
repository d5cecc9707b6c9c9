import Foundation
import HayateCore
import HayateView
import Testing

@testable import HayateDashboard

@Suite(.serialized) struct ServerTests {
    @Test("who has the token comes in once, and then gets the data of the session")
    func entering() async throws {
        try await withServer { server in
            #expect(server.address.hasPrefix("http://127.0.0.1:\(server.port)/#token="))
            #expect(await server.get("/snapshot.json", nil).status == 401)
            let credentials = try #require(await Credentials.enter(server))
            #expect(await Credentials.enter(server) == nil)
            let snapshot = await server.get("/snapshot.json", credentials)
            #expect(snapshot.head.contains("application/json"))
            #expect(JSONValue(snapshot.body.utf8)?["session"]?["name"]?.string == "secret-fits")
            let spans = await server.get("/spans.json?since=0", credentials)
            #expect(JSONValue(spans.body.utf8)?.elements.count == 93)
            let trace = await server.get("/trace.json", credentials)
            #expect(trace.head.contains("hayate-trace.json"))
            let lengths = JSONValue(trace.body.utf8)?["traceEvents"]?.elements.filter { $0["ph"]?.string == "X" }
            #expect(lengths?.count == 93)
        }
    }

    @Test("the cookie is for this server, and out of reach of scripts and other sites")
    func cookie() async throws {
        try await withServer { server in
            let token = server.gate.token.text
            let reply = await Stranger.ask(server.port, "POST /session HTTP/1.1\r\nHost: localhost:\(server.port)\r\n"
                + "Content-Length: 64\r\n\r\n\(token)")
            let line = try #require(reply.head.split(separator: "\r\n").first { $0.hasPrefix("Set-Cookie") })
            #expect(line.hasPrefix("Set-Cookie: hayate-\(server.port)="))
            #expect(line.hasSuffix("; HttpOnly; SameSite=Strict; Path=/"))
            #expect(!reply.head.contains(token) && !reply.body.contains(token))
        }
    }

    @Test("what may be seen without coming in is the page, and it loads nothing from elsewhere",
        arguments: [("/", "text/html"), ("/style.css", "text/css"), ("/script.js", "text/javascript"),
            ("/icon.svg", "image/svg+xml")])
    func assets(_ path: String, _ type: String) async throws {
        try await withServer { server in
            let reply = await server.get(path, nil)
            #expect(reply.status == 200 && reply.head.contains("Content-Type: \(type)"))
            for header in [
                "default-src 'none'", "script-src 'self'", "X-Content-Type-Options: nosniff", "Cache-Control: no-store",
                "frame-ancestors 'none'",
            ] { #expect(reply.head.contains(header)) }
            #expect(!reply.body.contains("https://"))
            // Where one could become markup or a program.
            let dangerous = [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", "<script>",
            ]
            for word in dangerous { #expect(!reply.body.contains(word), "\(word)") }
        }
    }

    @Test("a session that does not answer is said, and why is not")
    func failing() async throws {
        struct Secretive: Error {}
        let source = DashboardSource(snapshot: { throw Secretive() }, spans: { _, _ in throw Secretive() })
        try await withServer(source) { server in
            let credentials = try #require(await Credentials.enter(server))
            for path in ["/snapshot.json", "/spans.json", "/trace.json"] {
                let reply = await server.get(path, credentials)
                #expect(reply.status == 502 && !reply.body.contains("Secretive"))
            }
        }
    }

    @Test("a port that is taken is said, with the remedy")
    func taken() async throws {
        try await withServer { server in
            do {
                _ = try DashboardServer(Fixture.source, port: server.port)
                Issue.record("two servers have one port")
            } catch let error as DashboardServer.Failure {
                #expect(error.description.contains("port \(server.port)") && error.description.contains("--port"))
            }
        }
    }

    @Test("a hundred thousand attempts come as one trace")
    func large() async throws {
        let spans = (0..<100_000).map {
            SpanView(task: "a/\($0)", daemon: "n:\($0 % 9)", began: Double($0), ended: Double($0) + 1, status: "value")
        }
        let source = DashboardSource(
            snapshot: { Fixture.snapshot(now: 2e5) }, spans: { _, limit in spans.suffix(limit) })
        try await withServer(source) { server in
            let credentials = try #require(await Credentials.enter(server))
            let reply = await server.get("/trace.json", credentials)
            #expect(reply.body.hasSuffix("\n]}\n"))
            #expect(reply.body.utf8.count(where: { $0 == UInt8(ascii: "\n") }) > 100_000)
        }
    }
}
