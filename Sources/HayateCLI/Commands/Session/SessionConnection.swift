import Hayate
import HayateView

/// What the commands want of a session: the very functions of `Session`, or in tests of a stand-in.
protocol SessionConnection: Sendable {
    func begin(_ options: SubmissionOptions) async throws(HayateError) -> SubmissionView
    func add(_ tasks: [SessionTask], to submission: String, first: UInt32) async throws(HayateError)
    func complete(_ submission: String) async throws(HayateError) -> SubmissionView
    func outcomes(
        of submission: String?, after number: Int64
    ) -> AsyncThrowingStream<[SessionOutcome], any Error>
    func results(
        of submission: String, from element: UInt32, limit: Int
    ) async throws(HayateError) -> [SessionOutcome]
    func snapshot(tasks: Int) async throws(HayateError) -> SessionSnapshot
    func spans(since: Double, limit: Int) async throws(HayateError) -> [SpanView]
    func submission(_ name: String) async throws(HayateError) -> SubmissionView?
    func attachment(of submission: String) async throws(HayateError) -> [UInt8]
    func explain(_ task: SessionTaskName) async throws(HayateError) -> [String]
    func log(
        of selection: SessionSelection, following: Bool
    ) -> AsyncThrowingStream<[String], any Error>
    func cancel(_ selection: SessionSelection) async throws(HayateError) -> Int
    func retry(_ selection: SessionSelection) async throws(HayateError) -> Int
    func stop(draining: Bool) async throws(HayateError)
    func close()
}

extension Session: SessionConnection {}

/// How the commands reach sessions, and what they are kept in.
struct SessionAccess: Sendable {
    /// What `HAYATE_SESSION` says.
    var chosen: @Sendable () -> String? = { SessionVariable.value }

    /// - Throws: `HayateError.noSession`.
    var connect: @Sendable (String) async throws -> any SessionConnection = { try await Session.connect($0) }

    /// All sessions of this user.
    var all: @Sendable () throws -> [SessionEntry] = { try SessionDirectory.all() }

    /// The directory of a session, which need not exist.
    /// - Throws: `HayateError.invalidArgument` for what is no name of a session.
    var path: @Sendable (String) throws -> String = { try SessionDirectory($0).path }

    /// What a stopped session holds.
    var contents: @Sendable (SessionEntry) throws -> StoredSession = { try StoredSession(at: $0.path) }

    /// Starts the process of a session.
    var launch: @Sendable (SessionLaunch) throws -> any StartedHost = { try BackgroundHost.start($0) }

    /// Is the host of a session until it has ended.
    /// - Returns: the exit code of the process.
    var runHost: @Sendable (HostRequest) async throws -> Int32 = { try await HostRun.run($0) }

    /// How long whoever waits for a session that has ended waits for it to be started again.
    var patience: Duration = .seconds(600)
}
