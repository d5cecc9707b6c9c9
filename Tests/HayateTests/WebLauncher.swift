import Foundation
import HayateCore
import HayateTestTasks
import Testing

@testable import Hayate

/// Partner/launcher.py as a process; it and what it has started end with its owner.
final class WebLauncher {
    static let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    let base: String
    private let files: TemporaryDirectory
    private let process = Process()
    private let input = Pipe()

    init() throws {
        files = try TemporaryDirectory()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Partner/launcher.py")
        process.executableURL = URL(fileURLWithPath: try #require(Self.python))
        process.arguments = [script.path, files("log")]
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let port = try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        base = "http://127.0.0.1:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// What it was asked, in order.
    var requests: [WebRequest] {
        SignalFile.lines(files("log")).compactMap { JSONValue(Array($0.utf8)) }.map(WebRequest.init)
    }
}

struct WebRequest {
    let value: JSONValue
    var line: String { "\(value["method"]?.string ?? "") \(value["path"]?.string ?? "")" }
    var body: JSONValue { value["body"] ?? .null }
    func header(_ name: String) -> String? { value["headers"]?[name]?.string }
}
