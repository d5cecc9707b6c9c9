import Foundation
import HayateCluster
import HayateDaemon
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

@testable import HayateCLI

/// An executor that is a function.
final class FakeExecutor: ElementExecutor {
    private let body: @Sendable (ElementRequest) async -> ElementOutcome
    private let log = Mutex<[ElementRequest]>([])
    private let counts = Mutex((running: 0, most: 0))
    let lostJobs: [String]

    init(
        lostJobs: [String] = [], _ body: @escaping @Sendable (ElementRequest) async -> ElementOutcome
    ) {
        self.lostJobs = lostJobs
        self.body = body
    }

    /// Says its arguments without the program, as echo does.
    static var echo: FakeExecutor {
        FakeExecutor { request in
            .success(request.arguments.dropFirst().joined(separator: " ") + "\n")
        }
    }

    func execute(_ request: ElementRequest) async -> ElementOutcome {
        log.withLock { $0.append(request) }
        counts.withLock { $0.running += 1; $0.most = max($0.most, $0.running) }
        defer { counts.withLock { $0.running -= 1 } }
        return await body(request)
    }

    var status: ExecutorStatus {
        counts.withLock { ExecutorStatus(running: $0.running, daemons: 1) }
    }
    var requests: [ElementRequest] { log.withLock { $0 } }
    var mostRunning: Int { counts.withLock { $0.most } }
}

extension ElementOutcome {
    static func success(_ output: String) -> ElementOutcome {
        var outcome = ElementOutcome(status: .succeeded)
        outcome.standardOutput = CapturedOutput(Array(output.utf8))
        outcome.wallTime = .milliseconds(1500)
        outcome.daemon = "d1"
        return outcome
    }

    static func failure(_ code: Int32, _ error: String = "") -> ElementOutcome {
        var outcome = ElementOutcome(status: .failed(exitCode: code))
        outcome.standardError = CapturedOutput(Array(error.utf8))
        return outcome
    }
}

/// A directory that is gone after the test.
func withTemporaryDirectory<Result>(
    _ body: (String) async throws -> Result
) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/hayate-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

func read(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
}

/// What a run of the program left.
struct ProgramResult {
    var code: Int32
    var output: String
    var error: String
}

/// Runs the program in this process, with files for its descriptors.
func hayate(
    _ arguments: [String], input: String = "", executor: any ElementExecutor = FakeExecutor.echo,
    daemon: (@Sendable (DaemonOptions) async throws -> Int32)? = nil,
    dispatcher: (@Sendable (DispatcherOptions) async throws -> Int32)? = nil,
    registry: AllocationRegistry? = nil, finder: SiteFinder? = nil,
    transport: (@Sendable (ClusterAccess, SSH) -> (any CommandTransport)?)? = nil,
    connector: (@Sendable (SSH) -> any RemoteConnector)? = nil,
    place: (@Sendable (ExecutorOptions) -> Void)? = nil, sessions: SessionAccess? = nil
) async throws -> ProgramResult {
    try await withTemporaryDirectory { directory in
        try input.write(toFile: directory + "/in", atomically: false, encoding: .utf8)
        let descriptors = [
            open(directory + "/in", O_RDONLY),
            open(directory + "/out", O_RDWR | O_CREAT | O_APPEND, 0o600),
            open(directory + "/err", O_RDWR | O_CREAT | O_APPEND, 0o600),
        ]
        defer { for descriptor in descriptors { close(descriptor) } }
        var environment = ProgramEnvironment()
        (environment.input, environment.output, environment.error) =
            (descriptors[0], descriptors[1], descriptors[2])
        environment.withExecutor = { options, body in
            place?(options)
            return try await body(executor)
        }
        environment.registry = registry
        if let transport { environment.transport = transport }
        if let connector { environment.connector = connector }
        if let sessions { environment.sessions = sessions }
        if let finder { environment.siteFinder = { finder } }
        if let daemon { environment.runDaemon = daemon }
        if let dispatcher { environment.runDispatcher = dispatcher }
        let code = await HayateCommandLine.run(arguments, environment)
        return ProgramResult(
            code: code, output: try read(directory + "/out"), error: try read(directory + "/err"))
    }
}
