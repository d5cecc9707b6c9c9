import Glibc
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// A host with a durable queue whose daemons are jobs, as a process that can be killed and started again in the same
/// directory. Its tasks write a line into `starts` when they begin; outcomes are lines of `outcomes`, written when they
/// are on disk.
final class DurableHost: Sendable {
    let files: TemporaryDirectory
    private let arguments: [String]
    private let state = Mutex<(host: LocalProcess?, starts: Int)>((nil, 0))
    private let ends = Mutex<[ProcessExit]>([])

    init(_ site: String, daemons: Int, tasks: Int, pause: Int) throws {
        files = try TemporaryDirectory()
        arguments = ["durable", files.path, site, "\(daemons)", "\(tasks)", "\(pause)"]
    }

    deinit { state.withLock { $0.host }?.send(signal: SIGKILL) }

    /// What the present host said.
    var said: [String] { SignalFile.lines(files("said.\(state.withLock { $0.starts })")) }

    var starts: [String] { SignalFile.lines(files("starts")) }
    var outcomes: [String] { SignalFile.lines(files("outcomes")) }

    func start() throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let output = open(files("said.\(number)"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw TestFailure("cannot write in \(files.path): \(errno)") }
        defer { close(output) }
        let process = try LocalProcess.spawn(
            executable: Program.testDaemon, arguments: arguments, standardOutput: output, standardError: output,
            onExit: { [weak self] exit in self?.ends.withLock { $0.append(exit) } })
        state.withLock { $0.host = process }
    }

    /// As a power cut does.
    func kill() async throws {
        let before = ends.withLock { $0.count }
        state.withLock { $0.host }?.send(signal: SIGKILL)
        try await eventually("the host is dead") { ends.withLock { $0.count } > before }
    }

    /// How many daemons the present host has, as it said last.
    var daemons: Int {
        said.last { $0.hasPrefix("daemons ") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// Ends it as a person does.
    func stop() async throws {
        let before = ends.withLock { $0.count }
        try SignalFile.write(files("stop"))
        try await eventually("the host ends, and says \(said.suffix(3))") { ends.withLock { $0.count } > before }
        #expect(said.last == "over", "\(said.suffix(3))")
    }
}
