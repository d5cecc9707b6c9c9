import Glibc
import Hayate
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// A session whose daemons are jobs, and whose host is a process that can be killed and started again. Its tasks write
/// a line when they begin.
final class SessionOnCluster: Sendable {
    static let submission = "all"
    let files: TemporaryDirectory
    private let site: String
    private let daemons: Int
    private let state = Mutex<(host: LocalProcess?, starts: Int)>((nil, 0))
    private let ends = Mutex<[ProcessExit]>([])

    init(_ site: String, daemons: Int) throws {
        files = try TemporaryDirectory()
        self.site = site
        self.daemons = daemons
    }

    deinit { state.withLock { $0.host }?.send(signal: SIGKILL) }

    /// What the present host said.
    var said: [String] { SignalFile.lines(files("said.\(state.withLock { $0.starts })")) }

    /// Which tasks have begun, in order; those that did twice are there twice.
    var begun: [String] { SignalFile.lines(files("begun")) }

    /// Which tasks have come to their end.
    var ended: [String] { SignalFile.lines(files("begun.ended")) }

    /// Starts a host, and waits until it serves.
    func start(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let output = open(files("said.\(number)"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw TestFailure("cannot write in \(files.path): \(errno)") }
        defer { close(output) }
        let process = try LocalProcess.spawn(
            executable: Program.testDaemon, arguments: ["session", files.path, "test", "\(daemons)", "120000", site],
            standardOutput: output, standardError: output,
            onExit: { [weak self] exit in self?.ends.withLock { $0.append(exit) } })
        state.withLock { $0.host = process }
        try await eventually("the host serves, and says \(said)", sourceLocation: sourceLocation) {
            if let error = said.first(where: { $0.hasPrefix("error ") }) { throw TestFailure(error) }
            return said.contains("ready")
        }
    }

    /// As a power cut does.
    func kill() async throws {
        let before = ends.withLock { $0.count }
        state.withLock { $0.host }?.send(signal: SIGKILL)
        try await eventually("the host is dead") { ends.withLock { $0.count } > before }
    }

    func connect() async throws -> Session { try await Session.connect("test", in: files.path) }

    /// So many tasks that take so many milliseconds.
    func submit(_ count: Int, pause: Int) async throws {
        let session = try await connect()
        defer { session.close() }
        let path = files("begun")
        _ = try await session.submit(
            try (0..<count).map { try .task(Begun(path, "\($0)", pauseMilliseconds: pause)) }, named: Self.submission)
    }

    /// How many daemons take tasks, and how many tasks have ended.
    func counts() async throws -> (daemons: Int, ended: Int) {
        let session = try await connect()
        defer { session.close() }
        let snapshot = try await session.snapshot()
        let all = snapshot.submissions.first { $0.name == Self.submission }
        return (
            snapshot.daemons.count { $0.state == "idle" || $0.state == "busy" },
            all.map { $0.returned + $0.failed + $0.cancelled } ?? 0
        )
    }

    func hasDaemons(
        _ count: Int, within limit: Duration = .seconds(90), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("\(count) daemons", within: limit, sourceLocation: sourceLocation) {
            try await counts().daemons == count
        }
    }

    /// Every task has returned what it should, once.
    func isComplete(
        _ count: Int, within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("every task has ended", within: limit, sourceLocation: sourceLocation) {
            try await counts().ended == count
        }
        let session = try await connect()
        defer { session.close() }
        let outcomes = try await session.results(of: Self.submission, from: 0, limit: count + 1)
        #expect(outcomes.map(\.task.element) == (0..<UInt32(count)).map { $0 }, sourceLocation: sourceLocation)
        let values = try outcomes.map { try $0.value(as: String.self) }
        #expect(values == (0..<count).map(String.init), sourceLocation: sourceLocation)
    }

    /// Ends it as a person does.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let before = ends.withLock { $0.count }
        let session = try await connect()
        try await session.stop(draining: false)
        session.close()
        try await eventually("the host ends", sourceLocation: sourceLocation) { ends.withLock { $0.count } > before }
        #expect(ends.withLock { $0.last } == .exited(code: 0), "\(said.suffix(3))", sourceLocation: sourceLocation)
    }
}
