import Foundation
import Testing

@testable import HayateHTTP
@testable import HayateTLS

/// Partner/server.py as a process; it ends with its owner.
final class WebServer {
    static let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let port: UInt16
    let base: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameter certificate: what it shows; nil: it speaks plain HTTP.
    init(_ certificate: Certified? = nil, v6: Bool = false) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Partner/server.py")
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [script.path] + (certificate.map { ["tls", $0.chainFile, $0.keyFile] } ?? (v6 ? ["v6"] : []))
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let data = try #require(try output.fileHandleForReading.read(upToCount: 1))
            line += String(decoding: data, as: UTF8.self)
        }
        port = try #require(UInt16(line.dropLast()))
        base = certificate == nil ? (v6 ? "http://[::1]:\(port)" : "http://127.0.0.1:\(port)") : "https://localhost:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// The first lines of the requests that it got; it is ended for that.
    func requests() -> [String] {
        try? input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// A certificate with its key in files that are gone with it.
final class Certified {
    let own: OwnCertificate
    private let directory: URL

    init(
        _ purpose: CertificateTemplate.Purpose, _ names: [String], by authority: Certified? = nil, beginningIn offset: Int = 0
    ) throws {
        var template = CertificateTemplate(purpose, names: try names.map { try CertificateName($0) }, days: 2)
        template.madeAt = Moment.now.later(by: offset)
        let key = try PrivateKey.generate()
        let chain = try authority.map { try template.signed(by: $0.own, for: key) } ?? template.selfSigned(with: key)
        own = OwnCertificate(unchecked: chain, key)
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("hayate-http-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Data(own.chain.pem.utf8).write(to: URL(fileURLWithPath: chainFile))
        try own.key.pem().withBytes { Data($0) }.write(to: URL(fileURLWithPath: keyFile))
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    var chainFile: String { directory.path + "/chain.pem" }
    var keyFile: String { directory.path + "/key.pem" }
}

extension HTTPClient {
    static func trusting(_ authority: Certified) -> HTTPClient {
        var client = HTTPClient()
        client.authorities = authority.chainFile
        return client
    }

    func get(_ url: String) async throws(HTTPError) -> HTTPAnswer { try await send(HTTPRequest(url: url, method: "GET")) }
}

enum Descriptors {
    static var count: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
}
