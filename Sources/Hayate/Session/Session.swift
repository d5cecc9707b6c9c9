import HayateCore
import HayateDaemon
import HayateTransport
import HayateView

/// A session, as its clients see it: a host process of its own with a journal, which goes on when they are gone.
///
/// ```swift
/// let session = try await Session.connect("fits")
/// let sweep = try await session.submit((1...100).map { .task(Fit(seed: $0)) }, named: "first")
/// for try await outcome in session.outcomes(of: sweep.name) { … }
/// ```
///
/// Any number of programs and terminals of the same user can be connected. When the host ends, everything that waits
/// here throws `HayateError.noSession`; connecting again, and following from the last `SessionOutcome.number` on, goes
/// on without a gap.
public final class Session: Sendable {
    let connection: SessionConnection
    /// Where single tasks go; see `mirai`.
    let inbox = MiraiInbox()

    /// Connects to the session of this name on this machine.
    /// - Parameter directory: where sessions are kept; nil: `sessions` in `$HAYATE_STATE`, else in `~/.hayate`.
    /// - Throws: `HayateError.noSession` with what is known of it.
    public static func connect(
        _ name: String = "default", in directory: String? = nil
    ) async throws(HayateError) -> Session {
        let place = try SessionDirectory(name, in: directory)
        let record = try place.hostToConnectTo()
        let endpoint: Endpoint
        do throws(TransportError) {
            endpoint = try Endpoint(record.clientURL)
        } catch {
            throw HayateError(.noSession, "the session \(name) tells a place that is none: \(error.message)")
        }
        return Session(try await SessionConnection.open(endpoint, name: name))
    }

    init(_ connection: SessionConnection) { self.connection = connection }

    /// Ends the connection; what runs goes on.
    public func close() { connection.close() }

    /// The process that hosts it.
    public var hostProcess: Int32 { connection.welcome?.process ?? 0 }

    static func unexpected(_ answer: SessionAnswer) -> HayateError {
        HayateError(.malformed, "the session's host answers something else than it was asked")
    }
}

extension Session {
    // MARK: Submitting

    /// Begins a submission, or finds the one with the same key. How many elements it has is in `total`.
    public func begin(_ options: SubmissionOptions) async throws(HayateError) -> SubmissionView {
        try await view(of: .begin(options))
    }

    /// Adds elements; `first` is the number of the first of them, not more than the submission has. Elements that are
    /// there already are not accepted again. When this returns, they are on disk.
    /// - Throws: `HayateError.journalFull`, `.journalFailed`, `.queueFull`, `.invalidArgument`.
    public func add(
        _ tasks: [SessionTask], to submission: String, first: UInt32
    ) async throws(HayateError) {
        try await done(.add(SessionAddition(submission: submission, first: first, tasks: tasks)))
    }

    /// Says that no more elements come.
    public func complete(_ submission: String) async throws(HayateError) -> SubmissionView {
        try await view(of: .complete(submission))
    }

    // MARK: Outcomes

    /// Outcomes as they are recorded, of one submission or of all, from behind this number on. Ends when the
    /// submission is over; of all, never.
    public func outcomes(
        of submission: String?, after number: Int64 = 0
    ) -> AsyncThrowingStream<[SessionOutcome], any Error> {
        let stream = AnswerStream(connection, .follow(submission: submission, after: number))
        return AsyncThrowingStream {
            guard let answer = try await stream.next() else { return nil }
            guard case .outcomes(let outcomes) = answer else { throw Self.unexpected(answer) }
            return outcomes.map(\.outcome)
        }
    }

    /// Outcomes that are there now by element, at most `limit`; fewer if they are large.
    public func results(
        of submission: String, from element: UInt32 = 0, limit: Int = 1_000
    ) async throws(HayateError) -> [SessionOutcome] {
        let answer = try await connection.ask(.results(submission: submission, from: element, limit: limit))
        guard case .outcomes(let outcomes) = answer else { throw Self.unexpected(answer) }
        return outcomes.map(\.outcome)
    }

    /// The outcome of one task. Waits for it.
    public func outcome(of task: SessionTaskName) async throws(HayateError) -> SessionOutcome {
        let answer = try await connection.ask(.outcome(task))
        guard case .outcomes(let outcomes) = answer, let outcome = outcomes.first else {
            throw Self.unexpected(answer)
        }
        return outcome.outcome
    }

    // MARK: Looking

    /// - Parameter tasks: how many unfinished tasks shall be in it at most.
    public func snapshot(tasks: Int = 0) async throws(HayateError) -> SessionSnapshot {
        let answer = try await connection.ask(.snapshot(tasks: tasks))
        guard case .snapshot(let snapshot) = answer else { throw Self.unexpected(answer) }
        return snapshot
    }

    /// Attempts that ended after this time, and those that run; the newest `limit`.
    public func spans(since: Double, limit: Int = 10_000) async throws(HayateError) -> [SpanView] {
        let answer = try await connection.ask(.spans(since: since, limit: limit))
        guard case .spans(let spans) = answer else { throw Self.unexpected(answer) }
        return spans
    }

    /// One submission; nil: there is none of that name.
    public func submission(_ name: String) async throws(HayateError) -> SubmissionView? {
        let answer = try await connection.ask(.submission(name))
        guard case .submission(let view) = answer else { throw Self.unexpected(answer) }
        return view
    }

    /// What the client left with it (`SubmissionOptions.attachment`).
    public func attachment(of submission: String) async throws(HayateError) -> [UInt8] {
        let answer = try await connection.ask(.attachment(submission))
        guard case .bytes(let bytes) = answer else { throw Self.unexpected(answer) }
        return bytes
    }

    /// Where a task is, why it waits, and what became of its starts: sentences for people.
    public func explain(_ task: SessionTaskName) async throws(HayateError) -> [String] {
        let answer = try await connection.ask(.explain(task))
        guard case .sentences(let sentences) = answer else { throw Self.unexpected(answer) }
        return sentences
    }

    /// Log lines of tasks and of the session, the last 16 to 32 MiB; follows if `following`.
    public func log(
        of selection: SessionSelection, following: Bool
    ) -> AsyncThrowingStream<[String], any Error> {
        let stream = AnswerStream(connection, .log(selection, following: following))
        return AsyncThrowingStream {
            guard let answer = try await stream.next() else { return nil }
            guard case .sentences(let lines) = answer else { throw Self.unexpected(answer) }
            return lines
        }
    }

    // MARK: Changing

    /// - Returns: how many tasks were ended.
    @discardableResult
    public func cancel(_ selection: SessionSelection) async throws(HayateError) -> Int {
        try await count(.cancel(selection))
    }

    /// Tasks that ended without returning run again, as if submitted now. Those that end so because of a task that they
    /// need run again only if that one returned or runs again.
    /// - Returns: how many.
    @discardableResult
    public func retry(_ selection: SessionSelection) async throws(HayateError) -> Int {
        try await count(.retry(selection))
    }

    /// Forgets a submission with all its outcomes; what is unfinished is cancelled.
    public func remove(_ submission: String) async throws(HayateError) { try await done(.remove(submission)) }

    /// How many daemons are wanted.
    public func resize(to daemons: Int) async throws(HayateError) { try await done(.resize(daemons)) }

    /// Ends the session: at once, or when all its tasks have ended. What it holds stays, and `session start` goes on
    /// with it.
    public func stop(draining: Bool) async throws(HayateError) { try await done(.stop(draining: draining)) }

    private func done(_ request: SessionRequest) async throws(HayateError) { _ = try await connection.ask(request) }

    private func count(_ request: SessionRequest) async throws(HayateError) -> Int {
        let answer = try await connection.ask(request)
        guard case .count(let count) = answer else { throw Self.unexpected(answer) }
        return count
    }

    private func view(of request: SessionRequest) async throws(HayateError) -> SubmissionView {
        let answer = try await connection.ask(request)
        guard case .submission(let view?) = answer else { throw Self.unexpected(answer) }
        return view
    }
}
