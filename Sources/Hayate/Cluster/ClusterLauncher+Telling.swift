import Glibc
import HayateCluster
import HayateCore

/// How an allocation ended, for people.
public struct AllocationEnding: Hashable, Sendable {
    /// The scheduler's name of the job or element.
    public var job: String
    public var end: JobEnd
    /// The last lines of what it printed; nil: nothing.
    public var lastWords: String?

    /// Whether it ended by itself, or because its pool no longer needed it.
    public var wasExpected: Bool {
        end.reason == .completed || end.reason == .cancelled(by: AllocationLedger.canceller)
    }

    /// One sentence without its full stop.
    public var text: String {
        var text = "job \(job) ended \(end.reason.readable)"
        if let node = end.node { text += " on \(node)" }
        if let message = end.message, !message.isEmpty { text += " (\(message))" }
        if let lastWords { text += ", its log ends: \(lastWords)" }
        return text
    }
}

extension ClusterLauncher {
    /// Its log is read on a queue of its own: the file system may be slow.
    func complain(_ key: AllocationKey) {
        guard far == nil else { return awaitLog(AwaitedLog(key: key, end: nil)) }
        writing.async { [self] in
            guard let row = state.withLock({ $0.ledger.row(key) }) else { return }
            complain(row, directory.tail(of: row.name, element: key.element))
        }
    }

    func complain(_ row: AllocationRow, _ lastWords: String?) {
        let text = describe(row) + (lastWords.map { "; its log ends: \($0)" } ?? "")
        state.withLock { $0.failure = text }
        Self.log.warning("\(text)")
    }

    func tell(_ key: AllocationKey, _ end: JobEnd) {
        guard far == nil else { return awaitLog(AwaitedLog(key: key, end: end)) }
        writing.async { [self] in
            guard let row = state.withLock({ $0.ledger.row(key) }) else { return }
            tell(row, end) { directory.tail(of: row.name, element: key.element) }
        }
    }

    func tell(_ row: AllocationRow, _ end: JobEnd, lastWords: () -> String?) {
        var ending = AllocationEnding(job: Self.name(of: row), end: end)
        if !ending.wasExpected { ending.lastWords = lastWords() }
        state.withLock { state in
            state.endings.append(ending)
            if state.endings.count > 64 { state.endings.removeFirst() }
            if !ending.wasExpected { state.failure = ending.text }
        }
        if ending.wasExpected { Self.log.debug("\(ending.text)") } else { Self.log.warning("\(ending.text)") }
    }

    /// `4711_3`, or the job's name while it has no id.
    static func name(of row: AllocationRow) -> String {
        guard let element = row.element else { return row.name }
        return element.index.map { "\(element.job)_\($0)" } ?? element.job.text
    }

    /// An allocation in one sentence: what the scheduler says, joined with what its daemons do.
    func describe(_ row: AllocationRow) -> String {
        let name = "job \(Self.name(of: row))"
        if let end = row.end { return "\(name) ended \(end.reason.readable)" }
        switch row.stage {
        case .waiting: return "\(name) waits for its submission"
        case .submitting: return "\(name) is being submitted"
        case .unclear: return "\(name) was submitted without an answer, and is looked for by its name"
        case .over: return "\(name) was not accepted"
        case .accepted: break
        }
        let place = row.node.map { " on \($0)" } ?? ""
        if row.isBeingCancelled { return "\(name)\(place) is being cancelled" }
        if row.isMissing { return "\(name)\(place) is missing from the queue, and its end is being looked for" }
        guard let started = row.started else {
            return "\(name) is \(row.state.rawValue)" + (row.reason.map { " (\($0))" } ?? "")
        }
        let since = "\(name) is running since \(Self.clock(started))\(place)"
        if row.present == row.daemons { return since }
        if row.present == 0 { return since + ", has not dialled in: tried \(dialled)" }
        return since + ", \(row.daemons - row.present) of \(row.daemons) daemons have not dialled in: tried \(dialled)"
    }

    /// Where daemons dial.
    private var dialled: String { state.withLock { $0.planner?.place.url } ?? endpoint.description }

    /// The time of day of an instant of this run.
    private static func clock(_ instant: Instant) -> String {
        var seconds = time(nil) - Int(Instant.now.since(instant) / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(parts.tm_hour)):\(two(parts.tm_min))"
    }

    /// All in one sentence, for tasks that wait: the most telling allocation first; nil: there is nothing to say.
    var waitReason: String? {
        let (rows, failure, query, pause) = state.withLock {
            (
                $0.ledger.rows.filter { $0.end == nil }, $0.tunnelTrouble ?? $0.failure, $0.ledger.statusFailure,
                $0.obstacle ?? $0.sizing.pauseReason
            )
        }
        if let pause { return "no more jobs are submitted: \(pause)" }
        let telling = rows.first { $0.isOverdue } ?? rows.first { $0.started != nil && $0.present < $0.daemons } ?? rows.first
        var text = telling.map { describe($0) }
        if text == nil, isPreparing { text = "the way to \(far.map { "\($0.host)" } ?? "the cluster") is being made" }
        if let first = text, rows.count > 1 { text = first + ", and \(rows.count - 1) more" }
        if let query { text = (text.map { $0 + "; " } ?? "") + "the scheduler does not answer (\(query))" }
        if let failure { text = (text.map { $0 + "; " } ?? "") + failure }
        return text
    }
}
