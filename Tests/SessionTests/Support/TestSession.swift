import Foundation
import Glibc
import Hayate
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// A session in a directory of its own, whose host is a process that can be killed and started again. All of it is gone
/// with its owner.
final class TestSession: Sendable {
    /// Where sessions are kept.
    let directory: String
    let name = "test"
    private let daemons: Int
    private let lease: Duration
    private let state = Mutex<(host: LocalProcess?, starts: Int)>((nil, 0))

    /// Whether the daemons are on "another machine", which is this one with a home beside the session.
    private let isRemote: Bool

    init(daemons: Int = 2, lease: Duration = .seconds(60), isRemote: Bool = false) throws {
        self.isRemote = isRemote
        var template = Array("/tmp/hayate-session-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.daemons = daemons
        self.lease = lease
    }

    deinit {
        state.withLock { $0.host }?.send(signal: SIGKILL)
        for process in Self.processes(naming: directory) { Glibc.kill(process, SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The path of a file beside the session.
    func callAsFunction(_ name: String) -> String { "\(directory)/\(name)" }

    /// What the host said since it was last started.
    var said: [String] { SignalFile.lines(self("said.\(state.withLock { $0.starts })")) }

    /// The host's process; nil: it has ended or was never started.
    var host: LocalProcess? { state.withLock { $0.host } }

    /// Starts a host and waits until it listens.
    /// - Returns: how long that took.
    @discardableResult
    func start(
        with environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Duration {
        let began = ContinuousClock.now
        try launch(with: environment)
        try await eventually("the host says that it is ready", sourceLocation: sourceLocation) {
            if let error = said.first(where: { $0.hasPrefix("error ") }) { throw TestFailure(error) }
            return said.contains("ready")
        }
        return ContinuousClock.now - began
    }

    /// Starts a host and does not wait for it.
    func launch(with environment: [String: String] = [:]) throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let output = open(self("said.\(number)"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw TestFailure("cannot write in \(directory): \(errno)") }
        defer { close(output) }
        var arguments = ["session", directory, name, String(daemons), String(lease.nanoseconds / 1_000_000)]
        if isRemote {
            mkdir(self("home"), 0o700)
            arguments.append("home=" + self("home"))
        }
        let process = try LocalProcess.spawn(
            executable: Program.testDaemon, arguments: arguments,
            environment: .inherited(adding: environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { own, _ in own }),
            standardOutput: output, standardError: output,
            onExit: { [weak self] exit in
                self?.state.withLock { if $0.starts == number { $0.host = nil } }
                self?.ends.withLock { $0.append(exit) }
            })
        state.withLock { $0.host = process }
    }

    private let ends = Mutex<[ProcessExit]>([])

    /// How its hosts ended, in order.
    var exits: [ProcessExit] { ends.withLock { $0 } }

    /// Kills the host as a power cut does, and waits until it is gone.
    func kill(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let before = exits.count
        host?.send(signal: SIGKILL)
        try await eventually("the host is gone", sourceLocation: sourceLocation) { exits.count > before }
    }

    /// Where its daemons dial in.
    func poolURL() async throws -> String {
        let client = try await connect()
        defer { client.close() }
        return try await client.snapshot().pools[0].url
    }

    func connect() async throws -> Session { try await Session.connect(name, in: directory) }

    /// Ends the session, and checks that nothing of it is left.
    func stop(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let before = exits.count
        let session = try await connect()
        try await session.stop(draining: false)
        session.close()
        try await eventually("the host ends", within: .seconds(30), sourceLocation: sourceLocation) {
            exits.count > before
        }
        #expect(exits.last == .exited(code: 0), "\(said)", sourceLocation: sourceLocation)
        #expect(Self.processes(naming: directory) == [], sourceLocation: sourceLocation)
    }

    /// The daemons of this session that live.
    var daemonProcesses: [Int32] { Self.processes(naming: directory).filter { $0 != host?.pid } }

    /// Processes whose command line names this directory.
    static func processes(naming directory: String) -> [Int32] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return numbers.filter { number in
            guard let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") else { return false }
            return String(decoding: line, as: UTF8.self).contains(directory)
        }
    }
}

/// Programs that are built beside the test bundle.
enum Program {
    static let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path
    /// Links the module of the tests' tasks.
    static let testDaemon = directory + "/hayate-test-daemon"
    static let hayate = directory + "/hayate"
}

/// Looks until a condition holds; records an issue and throws if it does not within the time.
func eventually(
    _ what: String, within limit: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
            throw TestFailure("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A row of the table of faults, as scripts/test collects them.
func printRow(_ number: String, _ fault: String, _ measured: String) {
    print("| \(number) | \(fault) | \(measured) |")
}

/// How much of a test that can be long is done: more with scripts/soak.
enum Scale {
    static func number(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
    }
}
