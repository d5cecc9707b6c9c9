import Foundation
import HayateView
import Testing

@testable import HayateDashboard

/// What other users of the machine and pages of other sites can send to the dashboard's port.
@Suite(.serialized) struct S12Tests {
    private struct Attack: Sendable {
        var name: String
        var pieces: [[UInt8]]
        var pause: Duration = .zero

        init(_ name: String, _ text: String) {
            self.name = name
            pieces = [Array(text.utf8)]
        }
    }

    @Test("S12: rebinding, other origins, tokens, traversal, methods, sizes and slowness get 4xx and learn nothing")
    func attacks() async throws {
        var limits = DashboardLimits()
        limits.requestTime = .milliseconds(1_500)
        let (refused, statuses) = try await withServer(limits: limits) { server in
            // With a token that is still good: no attack may spend it.
            let before = Self.tokens(server.port, server.gate.token.text)
            var refused = await Self.run(before, server, [server.gate.token.text])
            let credentials = try #require(await Credentials.enter(server), "an attack has spent the token")
            #expect(await server.get("/snapshot.json", credentials).status == 200)
            let secrets = [credentials.key, String(credentials.cookie.split(separator: "=")[1])]
            let all = Self.hosts(server.port, credentials) + Self.origins(server.port, credentials)
                + Self.credentials(server.port, credentials, server.gate.token.text)
                + Self.paths(server.port, credentials) + Self.methods(server.port, credentials)
                + Self.shapes(server.port, credentials)
            refused.merge(await Self.run(all, server, secrets)) { $1 }
            refused.merge(await Self.run(Self.slow(server.port), server, secrets)) { $1 }
            // It still serves who may come in.
            #expect(await server.get("/snapshot.json", credentials).status == 200)
            return (refused.count, Set(refused.values))
        }
        #expect(refused >= 50)
        report(
            "S12", "dashboard: rebinding, other origins, tokens, traversal, methods, sizes, slowness",
            "\(refused) of \(refused) requests got 4xx (\(statuses.sorted().map(String.init).joined(separator: " "))) "
                + "and nothing of the session")
    }

    @Test("S12: strangers that connect and say nothing keep nobody out, and leave no descriptors")
    func silence() async throws {
        var limits = DashboardLimits()
        limits.connections = 16
        limits.requestTime = .seconds(600)
        let before = Self.descriptors()
        try await withServer(limits: limits) { server in
            let credentials = try #require(await Credentials.enter(server))
            let silent = (0..<200).compactMap { _ in Stranger.connect(server.port) }
            #expect(silent.count == 200)
            for _ in 0..<5 { #expect(await server.get("/snapshot.json", credentials).status == 200) }
            for connection in silent { close(connection) }
        }
        // The server's own tasks have ended with it.
        #expect(Self.descriptors() <= before + 2)
    }

    private static func descriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    /// - Returns: the status of each by its name, all of them 4xx.
    private static func run(
        _ attacks: [Attack], _ server: DashboardServer, _ secrets: [String]
    ) async -> [String: Int] {
        var statuses: [String: Int] = [:]
        for attack in attacks {
            let reply = await Stranger.ask(server.port, attack.pieces, pause: attack.pause)
            #expect((400..<500).contains(reply.status), "\(attack.name): \(reply.status)")
            #expect(reply.head.contains("default-src 'none'") && reply.head.contains("no-store"), "\(attack.name)")
            #expect(!reply.head.contains("Set-Cookie"), "\(attack.name)")
            #expect(reply.body.utf8.count < 64, "\(attack.name)")
            for secret in secrets + ["secret-fits", "login1", "root:", "/"] {
                #expect(!reply.body.contains(secret), "\(attack.name)")
            }
            #expect(statuses.updateValue(reply.status, forKey: attack.name) == nil, "\(attack.name) is there twice")
        }
        return statuses
    }

    // MARK: What they try

    private static func tokens(_ port: UInt16, _ token: String) -> [Attack] {
        func post(_ name: String, _ body: String, _ headers: String = "", path: String = "/session") -> Attack {
            Attack("token: \(name)", "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(headers)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let wrong = String(token.map { $0 == "0" ? "1" : "0" })
        return [
            post("none", ""), post("wrong", wrong), post("a part", String(token.dropLast())),
            post("longer", token + "0"), post("with a line", token + "\n"), post("as a form", "token=\(token)"),
            post("capitals", token.uppercased() + (token == token.uppercased() ? "x" : "")),
            post("another origin", token, "Origin: http://evil.example\r\n"),
            post("no origin", token, "Origin: null\r\n"),
            post("another port", token, "Origin: http://127.0.0.1:\(port == 9 ? 8 : 9)\r\n"),
            post("another site", token, "Sec-Fetch-Site: cross-site\r\n"),
            post("in the path", "", path: "/session?token=\(token)"),
            Attack("token: by GET", "GET /session?token=\(token) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"),
            Attack("token: rebinding", "POST /session HTTP/1.1\r\nHost: evil.example:\(port)\r\n"
                + "Content-Length: 64\r\n\r\n\(token)"),
        ]
    }

    private static func hosts(_ port: UInt16, _ good: Credentials) -> [Attack] {
        let hosts = [
            "evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:\(port &+ 1)", "localhost", "[::1]:\(port)",
            "0.0.0.0:\(port)", "127.0.0.1.:\(port)", "127.0.0.1:\(port).evil.example", "evil.example:\(port)@127.0.0.1",
            "2130706433:\(port)", "127.1:\(port)", "127.0.0.1:0\(port)", "127.0.0.1:\(port), evil.example", "",
        ].map { host in
            Attack("host: \(host)", "GET /snapshot.json HTTP/1.1\r\nHost: \(host)\r\n\(good.headers)\r\n")
        }
        return hosts + [
            Attack("host: none", "GET /snapshot.json HTTP/1.1\r\n\(good.headers)\r\n"),
            Attack("host: two", "GET /snapshot.json HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1:\(port)\r\n"
                + "\(good.headers)\r\n"),
            Attack("host: the page", "GET / HTTP/1.1\r\nHost: evil.example:\(port)\r\n\r\n"),
        ]
    }

    private static func origins(_ port: UInt16, _ good: Credentials) -> [Attack] {
        let origins = [
            "http://evil.example", "null", "https://127.0.0.1:\(port)", "http://127.0.0.1", "http://localhost:\(port)",
            "http://127.0.0.1:\(port).evil.example", "",
        ].map { ("origin: \($0)", "Origin: \($0)\r\n") }
        let sites = ["cross-site", "same-site", "none"].map { ("site: \($0)", "Sec-Fetch-Site: \($0)\r\n") }
        return (origins + sites).map { name, header in
            Attack(name, "GET /spans.json HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(header)\(good.headers)\r\n")
        }
    }

    private static func credentials(_ port: UInt16, _ good: Credentials, _ token: String) -> [Attack] {
        let secret = String(good.cookie.split(separator: "=")[1])
        let headers = [
            "", "Cookie: \(good.cookie)\r\n", "Hayate-Key: \(good.key)\r\n",
            "Cookie: \(good.cookie)\r\nHayate-Key: \(secret)\r\n",
            "Cookie: hayate-\(port)=\(good.key)\r\nHayate-Key: \(good.key)\r\n",
            "Cookie: hayate=\(secret)\r\nHayate-Key: \(good.key)\r\n",
            "Cookie: \(good.cookie.dropLast())\r\nHayate-Key: \(good.key)\r\n",
            "Cookie: hayate-\(port)=\(token)\r\nHayate-Key: \(token)\r\n", "Authorization: Bearer \(token)\r\n",
        ]
        return headers.enumerated().flatMap { index, header in
            ["/snapshot.json", "/trace.json"].map { path in
                Attack("credentials \(index): \(path)",
                    "GET \(path)?token=\(token) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(header)\r\n")
            }
        } + [
            Attack("token: a second time", "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                + "Content-Length: 64\r\n\r\n\(token)")
        ]
    }

    private static func paths(_ port: UInt16, _ good: Credentials) -> [Attack] {
        [
            "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/style.css/../../../etc/passwd", "/etc/passwd",
            "//etc/passwd", "/..", "/.", "/snapshot.json/", "/%73napshot.json", "/style.css%00.json", "/..\\..\\etc",
            "/file:///etc/passwd", "/script.js.map", "/favicon.ico", "/.git/config", "/index.html", "/Snapshot.json",
            "http://127.0.0.1:\(port)/", "*", "127.0.0.1:\(port)",
        ].map { path in
            Attack("path: \(path)", "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(good.headers)\r\n")
        }
    }

    private static func methods(_ port: UInt16, _ good: Credentials) -> [Attack] {
        let methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "POST"]
        return methods.map { method in
            Attack("method: \(method)",
                "\(method) /snapshot.json HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(good.headers)\r\n")
        } + [
            Attack("method: a body", "GET /snapshot.json HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(good.headers)"
                + "Content-Length: 3\r\n\r\nabc")
        ]
    }

    private static func shapes(_ port: UInt16, _ good: Credentials) -> [Attack] {
        let start = "GET /snapshot.json HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(good.headers)"
        var tls = Attack("shape: TLS", "")
        tls.pieces = [[0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00] + Array("\r\n\r\n".utf8)]
        var noise = Attack("shape: noise", "")
        noise.pieces = [(0..<2_000).map { UInt8(truncatingIfNeeded: $0 * 167 + 13) } + Array("\r\n\r\n".utf8)]
        return [
            Attack("shape: a huge header", start + "X: \(String(repeating: "a", count: 100_000))\r\n\r\n"),
            Attack("shape: many headers", start + (0..<3_000).map { "X\($0): y\r\n" }.joined() + "\r\n"),
            Attack("shape: no end", start + "X: " + String(repeating: "a", count: 200_000)),
            Attack("shape: a long path", "GET /\(String(repeating: "a", count: 60_000)) HTTP/1.1\r\n\r\n"),
            Attack("shape: a huge body", "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
                + "Content-Length: 1000000\r\n\r\n" + String(repeating: "a", count: 100_000)),
            Attack("shape: a negative body", start + "Content-Length: -1\r\n\r\n"),
            Attack("shape: two bodies", start + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
            Attack("shape: chunks", start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            Attack("shape: a fold", start + "X: a\r\n b\r\n\r\n"),
            Attack("shape: a bare line", start + "X: a\nY: b\r\n\r\n"),
            Attack("shape: zero bytes", start + "X: \u{0}\r\n\r\n"),
            Attack("shape: other letters", start + "X: é\r\n\r\n"),
            Attack("shape: HTTP 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Attack("shape: HTTP 0.9", "GET /\r\n\r\n"),
            tls, noise,
        ]
    }

    private static func slow(_ port: UInt16) -> [Attack] {
        var drops = Attack("slow: byte by byte", "")
        drops.pieces = "GET / HTTP/1.1\r\nHost: 127.0.0.1".utf8.map { [$0] }
        drops.pause = .milliseconds(60)
        return [
            drops, Attack("slow: nothing", ""), Attack("slow: half a head", "GET / HTTP/1.1\r\n"),
            Attack("slow: half a body",
                "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: 64\r\n\r\n0"),
        ]
    }

    /// A row of the table of attacks, which `scripts/test` collects.
    private func report(_ number: String, _ attack: String, _ figures: String) {
        let line = Array("| \(number) | \(attack) | \(figures) |\n".utf8)
        _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}
