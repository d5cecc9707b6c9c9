import Foundation
import Testing

@testable import HayateWebSocket

/// Against an implementation that is not ours: Partner/partner.py, on the standard library alone.
@Suite(.enabled(if: Partner.python != nil, "skipped: there is no python3")) struct PartnerTests {
    @Test func aForeignClientIsServed() throws {
        let partner = try Partner("client")
        let server = try WebSocketServer(path: "/hayate").engine()
        // It checks what comes back and says so by its status.
        while let bytes = partner.read() {
            server.send(try server.received(bytes))
            try partner.write(server.output())
        }
        #expect(partner.status() == 0)
        #expect(server.phase == .ended)
    }

    @Test func aForeignServerIsUnderstood() throws {
        let partner = try Partner("server")
        let client = try WebSocketClient(host: "partner", path: "/hayate").engine()
        client.start()
        for count in [1, 125, 126, 5_000, 50_000] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            client.send(payload)
            try partner.write(client.output())
            var back: [UInt8] = []
            while back.count < count, let bytes = partner.read() {
                back += Array(try client.received(bytes))
                try partner.write(client.output())
            }
            #expect(back == payload)
        }
        client.sayGoodbye()
        try partner.write(client.output())
        #expect(partner.status() == 0)
    }
}

extension WebSocketEngine {
    func received(_ bytes: [UInt8]) throws -> [UInt8] {
        try bytes.withUnsafeBytes { Array(try receive($0)) }
    }
}

/// The foreign side, on its standard input and output. It ends by itself after a time.
final class Partner {
    static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    } ?? ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map { "\($0)/python3" }.first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ mode: String) throws {
        // It may have ended when something is written to it.
        signal(SIGPIPE, SIG_IGN)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Partner/partner.py")
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [script.path, mode]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func write(_ bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: bytes) }

    /// What there is; nil: it said its last.
    func read() -> [UInt8]? {
        let data = output.fileHandleForReading.availableData
        return data.isEmpty ? nil : Array(data)
    }

    func status() -> Int32 {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
