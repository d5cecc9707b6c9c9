import HayateTestTasks
import Testing

@testable import Hayate

/// A session whose host is this very process, so that tests see inside. Its daemons are the program of the tests' tasks.
final class HostInProcess: Sendable {
    let directory: TemporaryDirectory
    let host: SessionHost
    let client: Session
    private let running: Task<Void, any Error>

    init(in directory: TemporaryDirectory? = nil, daemons: Int = 1, keep: Duration = .seconds(86_400)) async throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        var options = SessionHost.Options(daemons: .local(daemons, executable: Program.testDaemon))
        options.directory = directory.path
        options.name = "test"
        options.keep = keep
        let host = try SessionHost(options)
        self.host = host
        running = Task { try await host.run() }
        client = try await Session.connect("test", in: directory.path)
    }

    /// Returns when the host has ended by itself.
    func ended() async throws { try await running.value }

    func stop() async throws {
        client.close()
        host.stop(draining: false)
        try await running.value
    }

    /// Runs a body with a session, and ends it whatever happens.
    static func with(
        in directory: TemporaryDirectory? = nil, daemons: Int = 1, keep: Duration = .seconds(86_400),
        _ body: (HostInProcess) async throws -> Void
    ) async throws {
        let session = try await HostInProcess(in: directory, daemons: daemons, keep: keep)
        do {
            try await body(session)
        } catch {
            try await session.stop()
            throw error
        }
        try await session.stop()
    }

    /// The path of a file beside the session.
    func callAsFunction(_ name: String) -> String { directory(name) }

    /// All outcomes of a submission, when it is over.
    func all(of submission: String, after number: Int64 = 0) async throws -> [SessionOutcome] {
        var all: [SessionOutcome] = []
        for try await outcomes in client.outcomes(of: submission, after: number) { all += outcomes }
        return all
    }

    func view(_ submission: String) async throws -> (returned: Int, failed: Int, cancelled: Int, isOver: Bool) {
        let view = try #require(try await client.submission(submission))
        return (view.returned, view.failed, view.cancelled, view.isOver)
    }
}
