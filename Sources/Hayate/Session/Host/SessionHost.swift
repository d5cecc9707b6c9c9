import HayateCore
import HayateJournal
import HayateLaunch
import HayateTransport
import HayateWire
import Synchronization

/// The process of a session: its pool, its journal, and what it answers to clients.
public final class SessionHost: Sendable {
    /// What a session is started with.
    public struct Options: Sendable {
        public var name = "default"
        /// Where sessions are kept; nil: as `Session.connect`.
        public var directory: String?
        /// `onLog` is the session's own: lines go to its log. Without an address or a key of their own, they get those
        /// of the session, which are the same for each of its hosts.
        public var daemons: Daemons
        /// How long daemons wait for a host that is gone, with what they run and have finished.
        public var lease: Duration = .seconds(2_400)
        /// How long outcomes are kept that nobody has removed.
        public var keep: Duration = .seconds(30 * 86_400)
        /// Whether damaged records are left out, with a report.
        public var acceptsGaps = false

        public init(daemons: Daemons) { self.daemons = daemons }
    }

    let options: Options
    let directory: SessionDirectory
    let journal: Journal
    let book: SessionBook
    let pool: Pool
    let log: SessionLog
    let facts: HostFacts
    private let ending: SessionEnding
    private let server = Mutex<SessionServer?>(nil)
    private let timer = Mutex<TimerQueue.Timer?>(nil)
    /// What was damaged in the journal and left out, a sentence each.
    public let gaps: [String]

    /// Opens the journal, restores what it knows, and listens.
    /// - Throws: `HayateError` with the remedy: another host has it, it is damaged, there is no room.
    public init(_ options: Options) throws(HayateError) {
        self.options = options
        directory = try SessionDirectory(options.name, in: options.directory)
        try directory.prepare()
        let opened = try OpenedJournal(directory, acceptsGaps: options.acceptsGaps)
        journal = opened.journal
        gaps = opened.contents.gaps
        let log = SessionLog(at: directory.logPath)
        self.log = log
        let ending = SessionEnding()
        self.ending = ending
        let hub = Hub()
        book = SessionBook(
            drained: { ending.end() }, over: { number in hub.host.withLock { $0.host }?.noteOver(number) })
        do throws(HayateError) {
            let facts = opened.facts
            self.facts = facts
            book.restore(opened.contents, journal, next: facts.nextSubmission)
            pool = try Self.makePool(options, directory, opened, book, log, ending)
        } catch {
            opened.journal.close()
            throw error
        }
        hub.host.withLock { $0.host = self }
        do throws(HayateError) {
            try listen()
        } catch {
            let (pool, journal) = (pool, journal)
            Task {
                await pool.close()
                journal.close()
            }
            throw error
        }
        pool.dispatcher.write([note()]) { _ in }
        begin()
    }

    /// What callbacks refer to that are made before the host is complete.
    private final class Hub: Sendable {
        struct Reference: Sendable { weak var host: SessionHost? }
        let host = Mutex(Reference())
    }

    private static func makePool(
        _ options: Options, _ directory: SessionDirectory, _ opened: OpenedJournal, _ book: SessionBook,
        _ log: SessionLog, _ ending: SessionEnding
    ) throws(HayateError) -> Pool {
        var daemons = options.daemons
        if daemons.url == nil, daemons.place == nil, daemons.remote == nil {
            daemons.url = try directory.socket("pool.sock").description
        }
        if daemons.security.keyFile == nil {
            daemons.security.keyFile = directory.keyPath
        }
        daemons.onLog = { line in log.add(line) }
        let places = Dictionary(
            opened.contents.tasks.map { ($0.0.key, TaskID(rawValue: $0.0.place)) }, uniquingKeysWith: { first, _ in first })
        daemons.durability = Durability(
            journal: opened.journal, contents: opened.contents, receiver: { book.receiver(of: $0) },
            request: { task in
                // Terms that cannot be read are those of a task without any.
                let terms = TaskTerms(reading: task.terms) ?? TaskTerms(SessionTask(type: "", body: [], label: ""), needs: [])
                return (
                    terms.spec(bytes: task.body.count, needs: terms.keys.compactMap { places[$0] }), TaskDetails()
                )
            },
            failed: { ending.end($0) }, lease: options.lease)
        return try Pool(daemons)
    }

    private func listen() throws(HayateError) {
        let endpoint = try directory.socket("client.sock")
        let server = try SessionServer(
            at: endpoint, self, SessionWelcome(session: directory.name, process: facts.host.process),
            turnedAway: { [log] in log.add("\($0) tried to connect and was turned away: sessions are their user's own") })
        self.server.withLock { $0 = server }
        try directory.write(SessionRecord(host: facts.host, clientURL: endpoint.description))
    }

    private func begin() {
        log.add("the session's host began (process \(facts.host.process) on \(facts.host.machine), start \(facts.epoch))")
        for gap in gaps { log.add("damaged and left out: \(gap)") }
        Task { [weak self] in await self?.countOldFailures() }
        lookForExpired()
    }

    // MARK: The end

    /// Returns when the session has ended: stopped, drained, or because its disk fails.
    /// - Throws: `HayateError.journalFailed`.
    public func run() async throws(HayateError) {
        let failure = await ending.wait()
        if let timer = timer.withLock({ $0 }) { TimerQueue.shared.cancel(timer) }
        log.add(failure.map { "the session's host ends: \($0.message)" } ?? "the session's host ends")
        server.withLock { server in
            defer { server = nil }
            return server
        }?.close()
        // Daemons keep what they have for the next host when this one cannot write any more.
        if failure == nil {
            await pool.close()
            await withoutWaiting { [journal] in journal.close() }
        }
        await log.flush()
        if let failure { throw failure }
        let url = try directory.socket("client.sock").description
        try directory.write(SessionRecord(host: facts.host, clientURL: url, isStopped: true))
        directory.removeShortPlace()
    }

    /// Ends it; with `draining`, when all its tasks have ended.
    public func stop(draining: Bool) {
        guard draining else { return ending.end() }
        log.add("no more tasks are accepted; the session ends when all have ended")
        book.drain()
    }

    // MARK: From time to time

    private static let lookEvery = Duration.seconds(3_600)

    private func lookForExpired() {
        let timer = TimerQueue.shared.schedule(after: Self.lookEvery) { [weak self] in self?.lookForExpired() }
        self.timer.withLock { $0 = timer }
        let keep = Double(options.keep.nanoseconds) / 1e9
        let expired = book.expired(keep: keep, at: WallClock.seconds)
        guard !expired.isEmpty else { return }
        Task { [weak self] in
            for name in expired {
                do throws(HayateError) {
                    try await self?.remove(name)
                    self?.log.add("the outcomes of \(name) were kept long enough and are removed")
                } catch {
                    self?.log.add("the old outcomes of \(name) could not be removed: \(error.message)")
                }
            }
        }
    }

    /// All tasks of a submission have ended: the next host shall know when.
    private func noteOver(_ number: UInt32) {
        guard let turnstile = book[number]?.turnstile else { return }
        Task { [self] in
            await turnstile.enter()
            defer { turnstile.leave() }
            // It may have been removed, or run again.
            guard let submission = book[number], submission.isOver else { return }
            do throws(HayateError) {
                try await write([.submission(submission.record)])
            } catch {
                log.add("the end of \(submission.name) could not be written: \(error.message)")
            }
        }
    }
}

/// The one end of a host.
final class SessionEnding: Sendable {
    private struct State {
        var isOver = false
        var failure: HayateError?
    }

    private let state = Mutex(State())
    private let gate = RaceGate()

    /// The first call counts.
    func end(_ failure: HayateError? = nil) {
        state.withLock { state in
            guard !state.isOver else { return }
            state.isOver = true
            state.failure = failure
        }
        gate.open()
    }

    /// - Returns: why it failed, if it did.
    func wait() async -> HayateError? {
        await gate.wait()
        return state.withLock { $0.failure }
    }
}
