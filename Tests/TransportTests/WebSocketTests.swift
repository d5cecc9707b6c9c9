import Foundation
import HayateTLS
import HayateWebSocket
import Testing

@testable import HayateTransport

/// Real sockets under WebSocket, with and without a proxy that is not ours between.
@Suite(.serialized) struct WebSocketTests {
    private let secret = PoolSecret()

    private func listen(_ text: String) throws -> Listener {
        let keys = KeyRole.allCases.map { secret.key(for: $0) }
        let security = ServerSecurity(keys: try TLSServer(.keys { keys }))
        let address = try Endpoint(text)
        return try Listener(address, security: security.connections(at: address)) { echo($0) }
    }

    private func security(to endpoint: Endpoint, cookie: Bool = true, trust: Trust? = nil) throws
        -> @Sendable () -> Security
    {
        let name = endpoint.host ?? ""
        let headers = cookie ? [try WebSocketClient.Header("Cookie", "site=yes")] : []
        return ClientSecurity(
            keys: try TLSClient(.key(secret.key(for: .daemon)), serverName: name),
            certificate: try trust.map { try TLSClient(.certificate(trust: $0, own: nil), serverName: name) },
            headers: headers
        ).connections(to: endpoint)
    }

    /// Sends and waits until it is back.
    private func roundTrip(_ connection: Connection, _ count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let results = Events<[UInt8]>()
        connection.start(
            onBytes: { .large(count: payload.count, buffered: $0.count) },
            onLarge: { results.add($0) }, onClose: { _ in })
        connection.append(bytes: payload)
        connection.flush()
        #expect(results.wait(count: 1) == [payload])
    }

    @Test func addressesAreRead() throws {
        #expect("\(try Endpoint("ws://node:5555"))" == "ws://node:5555/hayate")
        #expect("\(try Endpoint("wss://site.example"))" == "wss://site.example:443/hayate")
        #expect("\(try Endpoint("ws://[::1]/a/b"))" == "ws://[::1]:80/a/b")
        #expect(try Endpoint("ws://node:5555/x").with(port: 7).description == "ws://node:7/x")
        for text in ["ws://node/a?token=1", "ws://node/a#b", "ws://node/a b", "ws://", "ws:///x", "wss://n:x/"] {
            let error = #expect(throws: TransportError.self) { try Endpoint(text) }
            #expect(error?.message.contains("token=1") == false)
        }
        #expect(throws: TransportError.self) { try listen("wss://127.0.0.1:0") }
    }

    @Test func bytesPassBothWays() throws {
        let listener = try listen("ws://127.0.0.1:0/other")
        defer { listener.close() }
        let connection = try dial(listener.endpoint, security: try security(to: listener.endpoint))
        defer { connection.close() }
        roundTrip(connection, 3_000_000)
        #expect(connection.isProtected)
    }

    @Test(.enabled(if: Proxy.python != nil, "skipped: there is no python3"))
    func bytesPassThroughAProxy() throws {
        let listener = try listen("ws://127.0.0.1:0")
        defer { listener.close() }
        let proxy = try Proxy(to: listener.endpoint.port)
        let endpoint = try Endpoint("ws://127.0.0.1:\(proxy.port)")
        let connection = try dial(endpoint, security: try security(to: endpoint))
        defer { connection.close() }
        roundTrip(connection, 1_000_000)
        #expect(try refusal(endpoint, cookie: false).contains("403 Forbidden"))
        let other = try Endpoint("ws://127.0.0.1:\(proxy.port)/other")
        #expect(try refusal(other).contains("nothing is at /other"))
        let nobody = try #require(RawSocket.boundTCP(listen: nil))
        defer { close(nobody.descriptor) }
        let idle = try Proxy(to: nobody.port)
        #expect(try refusal(try Endpoint("ws://127.0.0.1:\(idle.port)")).contains("does not reach the host"))
    }

    @Test(.enabled(if: Proxy.certificate != nil, "skipped: there is no python3 or no openssl"))
    func bytesPassThroughAProxyWithACertificate() throws {
        let listener = try listen("ws://127.0.0.1:0")
        defer { listener.close() }
        let files = try #require(Proxy.certificate)
        let proxy = try Proxy(to: listener.endpoint.port, certificate: files)
        let endpoint = try Endpoint("wss://localhost:\(proxy.port)")
        let trust = Trust.authorities(
            try Certificates(pem: try String(contentsOfFile: files.certificate, encoding: .utf8)))
        let connection = try dial(endpoint, security: try security(to: endpoint, trust: trust))
        defer { connection.close() }
        roundTrip(connection, 1_000_000)
    }

    private func refusal(_ endpoint: Endpoint, cookie: Bool = true) throws -> String {
        let connection = try dial(endpoint, security: try security(to: endpoint, cookie: cookie))
        let closed = Events<CloseReason>()
        connection.start(onBytes: { _ in .any }, onClose: { closed.add($0) })
        return "\(closed.wait(count: 1))"
    }

    /// NNG's own WebSocket hangs here.
    @Test(arguments: ["ws", "tcp"])
    func twoHundredTimesOpenAndClosedUnderTraffic(scheme: String) throws {
        let listener = try listen("\(scheme)://127.0.0.1:0")
        let protection = try security(to: listener.endpoint)
        let began = MonotonicClock.now
        for cycle in 0..<200 {
            let connection = try dial(listener.endpoint, security: protection)
            let heard = Events<Bool>()
            let closed = Events<CloseReason>()
            connection.start(
                onBytes: { _ in
                    heard.add(true)
                    return .any
                }, onClose: { closed.add($0) })
            connection.append(bytes: [UInt8](repeating: UInt8(cycle), count: 10_000))
            connection.flush()
            try #require(heard.wait(count: 1).isEmpty == false)
            // In the middle of it.
            connection.append(bytes: [UInt8](repeating: UInt8(cycle), count: 100_000))
            connection.flush()
            connection.close()
            try #require(closed.wait(count: 1).count == 1)
        }
        listener.close()
        print("\(scheme): 200 cycles in \(MonotonicClock.now - began)")
    }

    /// Prints; what is required of the figures is said elsewhere.
    @Test(arguments: ["tcp", "ws"])
    func figures(scheme: String) throws {
        let listener = try listen("\(scheme)://127.0.0.1:0")
        defer { listener.close() }
        let connection = try dial(listener.endpoint, security: try security(to: listener.endpoint))
        defer { connection.close() }
        let heard = Counter()
        connection.start(
            onBytes: {
                heard.add($0.count)
                return .any
            }, onClose: { _ in })
        func pass(_ count: Int) {
            let target = heard.current + count
            connection.append(bytes: [UInt8](repeating: 7, count: count))
            connection.flush()
            #expect(heard.wait { $0 >= target })
        }
        for _ in 0..<100 { pass(100) }
        var began = MonotonicClock.now
        for _ in 0..<1_000 { pass(100) }
        let small = MonotonicClock.now - began
        began = MonotonicClock.now
        pass(32 << 20)
        print("\(scheme): round trip \(small / 1_000), 32 MiB there and back \(MonotonicClock.now - began)")
    }
}

/// Partner/proxy.py as a process; it ends when this does.
final class Proxy {
    private static func program(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    static let python = program("python3")

    /// For `localhost`, signed by itself, made anew in each run, beside what is built.
    static let certificate: (certificate: String, key: String)? = {
        guard python != nil, let openssl = program("openssl") else { return nil }
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../.build/websocket-tests").standardizedFileURL
        try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let (certificate, key) = (directory.path + "/certificate.pem", directory.path + "/key.pem")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: openssl)
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
            certificate,
        ]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? (certificate, key) : nil
    }()

    let port: UInt16
    private let process = Process()
    private let input = Pipe()

    init(to upstream: UInt16?, certificate: (certificate: String, key: String)? = nil) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Partner/proxy.py")
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [script.path, "\(upstream ?? 0)"]
            + (certificate.map { [$0.certificate, $0.key] } ?? [])
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    deinit {
        try? input.fileHandleForWriting.close()
        // Its connections may still be open; nobody needs them.
        process.terminate()
        process.waitUntilExit()
    }
}
