import ArgumentParser
import Foundation
import Hayate

/// `hayate logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the log of a session, a submission or an element.",
        usage: "hayate logs [options] [SUB|SUB/N]",
        discussion: """
            Of a submission or an element, what its tasks logged and what became of their
            starts. With --session-log what the session's process itself wrote, also when
            it does not run any more. What commands wrote is in their results.
            """)

    @OptionGroup var session: SessionChoice

    @Flag(help: "What the session's process wrote.")
    var sessionLog = false

    @Flag(name: [.customShort("f"), .customLong("follow")], help: "Go on with what comes, until Ctrl-C.")
    var follow = false

    @OptionGroup var report: ReportOptions

    @Argument(help: ArgumentHelp("A submission, or an element as SUB/N (default: all).", valueName: "sub"))
    var name: String?

    private struct Line: Codable { var line: String }

    func validate() throws {
        if sessionLog, name != nil {
            throw ValidationError("--session-log is of the session as a whole: leave out the name, or the option.")
        }
    }

    func run() async throws {
        let environment = ProgramEnvironment.current
        let (form, follows) = (report.output, follow)
        @Sendable func write(_ line: String) throws {
            switch form {
            case .json: try environment.writeJSON(Line(line: line))
            case .text: environment.write(line + "\n", to: environment.output)
            }
        }
        let lines: AsyncThrowingStream<[String], any Error>
        // A connection that nobody holds is closed.
        var connected: ConnectedSession?
        defer { withExtendedLifetime(connected) {} }
        if sessionLog {
            let name = try session.name(in: environment.sessions)
            let path = try environment.sessions.path(name) + "/" + SessionFiles.log
            guard access(path, F_OK) == 0 else { throw CommandLineError.sessionWithoutSettings(name) }
            lines = FileTail.lines(of: path, following: follows)
        } else {
            let session = try await session.connect()
            connected = session
            var selection = SessionSelection.everything
            if let name { selection = try await session.selections([name])[0] }
            lines = session.connection.log(of: selection, following: follows)
        }
        let code = try await Interruptible.run(environment, saying: "ending") {
            for try await batch in lines {
                for line in batch { try write(line) }
            }
            return ExitStatus.success
        }
        if code != ExitStatus.success { throw ExitCode(code) }
    }
}

/// The lines of a file that grows.
enum FileTail {
    static func lines(of path: String, following: Bool) -> AsyncThrowingStream<[String], any Error> {
        AsyncThrowingStream { continuation in
            let reading = Task {
                var place = Place(path: path)
                do {
                    while true {
                        let lines = try place.next(isLast: !following)
                        if !lines.isEmpty { continuation.yield(lines) }
                        guard following else { break }
                        try await ContinuousClock().sleep(for: .milliseconds(200))
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error is CancellationError ? nil : error)
                }
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    private struct Place {
        let path: String
        var offset: UInt64 = 0
        var rest: [UInt8] = []

        /// Whole lines that came since, and with `isLast` also one without an end.
        mutating func next(isLast: Bool) throws -> [String] {
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw CommandLineError.cannotRead(path, systemMessage())
            }
            defer { try? file.close() }
            // Somebody has begun a new one.
            if try file.seekToEnd() < offset { (offset, rest) = (0, []) }
            try file.seek(toOffset: offset)
            let data = try file.readToEnd() ?? Data()
            offset += UInt64(data.count)
            rest += data
            var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
            let last = lines.popLast() ?? []
            let texts = (lines + (isLast && !last.isEmpty ? [last] : [])).map { String(decoding: $0, as: UTF8.self) }
            rest = isLast ? [] : Array(last)
            return texts
        }
    }
}
