import Foundation

@testable import HayateTLS

/// The program `openssl`, as a peer that is not ours and as a maker of what we do not make.
enum OpenSSL {
    struct Failed: Error { var text: String }

    /// Runs it to its end.
    @discardableResult
    static func run(_ arguments: [String], in directory: URL) throws -> String {
        let process = try start(arguments, in: directory)
        process.closeInput()
        let said = process.end()
        guard said.status == 0 else { throw Failed(text: said.text) }
        return said.text
    }

    static func start(_ arguments: [String], in directory: URL) throws -> Running {
        try Running(arguments, directory)
    }

    /// A directory that is gone afterwards.
    static func withDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("hayate-openssl-" + UUID().uuidString)
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory)
    }

    final class Running {
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private var text = Data()

        init(_ arguments: [String], _ directory: URL) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = arguments
            process.currentDirectoryURL = directory
            process.standardInput = input
            process.standardOutput = output
            process.standardError = output
            try process.run()
        }

        func say(_ line: String) { input.fileHandleForWriting.write(Data(line.utf8)) }
        func closeInput() { try? input.fileHandleForWriting.close() }

        /// The port in the line that `s_server` prints when it listens.
        func port() throws -> UInt16 {
            while true {
                let more = output.fileHandleForReading.availableData
                text += more
                let said = String(decoding: text, as: UTF8.self)
                for line in said.split(separator: "\n").dropLast(said.hasSuffix("\n") ? 0 : 1)
                where line.hasPrefix("ACCEPT") {
                    if let digits = line.split(separator: ":").last, let port = UInt16(digits) { return port }
                }
                if more.isEmpty { throw Failed(text: said) }
            }
        }

        /// Waits until it is over.
        func end() -> (status: Int32, text: String) {
            text += output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
        }

        func stop() {
            closeInput()
            if process.isRunning { process.terminate() }
            process.waitUntilExit()
        }
    }
}

extension SocketPump {
    /// Dials `openssl s_server`, which says every line backwards.
    static func meetServer(
        _ client: TLSClient, _ arguments: [String], in directory: URL
    ) throws -> SocketPump.End {
        let process = try OpenSSL.start(
            ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-rev"] + arguments, in: directory)
        defer { process.stop() }
        let port = try process.port()
        return run(client.engine(), at: try dial(port), saying: "hello\n", answer: "bye\n")
    }
}
