import HayateCore
import HayateDaemon
import HayateView

/// A session, as its clients see it: a host process of its own with a journal, which goes on when they are gone.
///
/// ```swift
/// let session = try await Session.connect("fits")
/// let sweep = try await session.submit((1...100).map { .task(Fit(seed: $0)) }, named: "first")
/// for try await outcome in session.outcomes(of: sweep.name) { … }
/// ```
///
/// Any number of programs and terminals of the same user can be connected.
public final class Session: Sendable {
    /// Connects to the session of this name on this machine.
    /// - Parameter directory: where sessions are kept; nil: `sessions` in `$HAYATE_STATE`, else in `~/.hayate`.
    /// - Throws: `HayateError.noSession` with what is known of it.
    public static func connect(
        _ name: String = "default", in directory: String? = nil
    ) async throws(HayateError) -> Session { fatalError("comes next") }

    init() {}

    /// Ends the connection; what runs goes on.
    public func close() { fatalError("comes next") }
}

extension Session {
    // MARK: Submitting

    /// Begins a submission, or finds the one with the same key. How many elements it has is in `total`.
    public func begin(_ options: SubmissionOptions) async throws(HayateError) -> SubmissionView {
        fatalError("comes next")
    }

    /// Adds elements; `first` is the number of the first of them. Elements that are there already are not accepted
    /// again. When this returns, they are on disk.
    /// - Throws: `HayateError.journalFull`, `.journalFailed`, `.queueFull`, `.invalidArgument`.
    public func add(
        _ tasks: [SessionTask], to submission: String, first: UInt32
    ) async throws(HayateError) { fatalError("comes next") }

    /// Says that no more elements come.
    public func complete(_ submission: String) async throws(HayateError) -> SubmissionView { fatalError("comes next") }

    // MARK: Outcomes

    /// Outcomes as they are recorded, of one submission or of all, from behind this number on. Ends when the
    /// submission is over; of all, never.
    public func outcomes(
        of submission: String?, after number: Int64 = 0
    ) -> AsyncThrowingStream<[SessionOutcome], any Error> { fatalError("comes next") }

    /// Outcomes that are there now by element, at most `limit`.
    public func results(
        of submission: String, from element: UInt32 = 0, limit: Int = 1_000
    ) async throws(HayateError) -> [SessionOutcome] { fatalError("comes next") }

    // MARK: Looking

    /// - Parameter tasks: how many unfinished tasks shall be in it at most.
    public func snapshot(tasks: Int = 0) async throws(HayateError) -> SessionSnapshot { fatalError("comes next") }

    /// Attempts that ended after this time, and those that run; the newest `limit`.
    public func spans(since: Double, limit: Int = 10_000) async throws(HayateError) -> [SpanView] {
        fatalError("comes next")
    }

    /// One submission; nil: there is none of that name.
    public func submission(_ name: String) async throws(HayateError) -> SubmissionView? { fatalError("comes next") }

    /// What the client left with it (`SubmissionOptions.attachment`).
    public func attachment(of submission: String) async throws(HayateError) -> [UInt8] { fatalError("comes next") }

    /// Where a task is, why it waits, and what became of its starts: sentences for people.
    public func explain(_ task: SessionTaskName) async throws(HayateError) -> [String] { fatalError("comes next") }

    /// Log lines of tasks and of the session, from behind this number on; follows if `following`.
    public func log(
        of selection: SessionSelection, following: Bool
    ) -> AsyncThrowingStream<[String], any Error> { fatalError("comes next") }

    // MARK: Changing

    /// - Returns: how many tasks were ended.
    @discardableResult
    public func cancel(_ selection: SessionSelection) async throws(HayateError) -> Int { fatalError("comes next") }

    /// Tasks that ended without returning run again, as if submitted now.
    /// - Returns: how many.
    @discardableResult
    public func retry(_ selection: SessionSelection) async throws(HayateError) -> Int { fatalError("comes next") }

    /// Forgets a submission with all its outcomes; what is unfinished is cancelled.
    public func remove(_ submission: String) async throws(HayateError) { fatalError("comes next") }

    /// How many daemons are wanted.
    public func resize(to daemons: Int) async throws(HayateError) { fatalError("comes next") }

    /// Ends the session: at once, or when all its tasks have ended. What it holds stays, and `session start` goes on
    /// with it.
    public func stop(draining: Bool) async throws(HayateError) { fatalError("comes next") }
}
