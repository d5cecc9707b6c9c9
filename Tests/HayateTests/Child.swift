import Glibc
import Hayate
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// A process that a test starts itself. It is killed at the latest when its owner lets go of it.
final class Child: Sendable {
    let process: LocalProcess
    let output: String
    private let directory: TemporaryDirectory
    private let ended: Ended

    private final class Ended: Sendable {
        let exit = Mutex<ProcessExit?>(nil)
    }

    init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws {
        let directory = try TemporaryDirectory()
        let ended = Ended()
        let path = directory("output")
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestFailure("cannot create \(path): \(errno)") }
        defer { close(file) }
        process = try LocalProcess.spawn(
            executable: executable, arguments: arguments,
            environment: .inherited(adding: environment), standardOutput: file, standardError: file,
            onExit: { exit in ended.exit.withLock { $0 = exit } })
        self.directory = directory
        self.ended = ended
        output = path
    }

    /// A daemon that nobody replaces. At another address than the pool's own it has to be told the key of
    /// this pool.
    static func daemon(_ url: String, _ options: [String] = [], of pool: Pool? = nil) throws -> Child {
        let key = pool?.daemonKeyFile.map { ["--key-file", $0] } ?? []
        return try Child(Program.testDaemon, [DaemonOptions.marker, url] + options + key)
    }

    deinit { process.send(signal: SIGKILL) }

    var pid: Int32 { process.pid }
    var exit: ProcessExit? { ended.exit.withLock { $0 } }
    var lines: [String] { SignalFile.lines(output) }

    /// The words of the first line that begins with this word, without it.
    func line(_ word: String) -> [String]? {
        lines.first { $0.hasPrefix(word + " ") }
            .map { $0.split(separator: " ").dropFirst().map { String($0) } }
    }

    func isOver(
        within limit: Duration = .seconds(15), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(
            "process \(pid) ends", within: limit, sourceLocation: sourceLocation
        ) { exit != nil }
    }
}
