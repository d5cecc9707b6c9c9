import HayateJournal

/// What a journal must give back.
public struct JournalModel: Sendable {
    public var submissions: [UInt32: JournalSubmission] = [:]
    public var tasks: [TaskKey: JournalTask] = [:]
    public var open: [TaskKey: JournalProgress?] = [:]
    public var outcomes: [TaskKey: JournalOutcome] = [:]
    public var daemons: [SessionKey: JournalDaemon] = [:]
    public var notes: [String: [UInt8]] = [:]
    public var lastOutcome: Int64 = 0

    public init() {}

    public mutating func apply(_ records: [JournalRecord]) {
        for record in records { apply(record) }
    }

    private mutating func apply(_ record: JournalRecord) {
        switch record {
        case .submission(let submission): submissions[submission.number] = submission
        case .accepted(let task):
            tasks[task.key] = task
            open[task.key] = .some(nil)
        case .progress(let progress): if open[progress.key] != nil { open[progress.key] = progress }
        case .outcome(var outcome):
            lastOutcome += 1
            outcome.number = lastOutcome
            outcomes[outcome.key] = outcome
            open[outcome.key] = nil
        case .again(let key, let place):
            outcomes[key] = nil
            tasks[key]?.place = place
            open[key] = .some(nil)
        case .daemon(let daemon): daemons[daemon.session] = daemon
        case .received(let session, let count): daemons[session]?.received = count
        case .daemonGone(let session): daemons[session] = nil
        case .removed(let number):
            submissions[number] = nil
            tasks = tasks.filter { $0.key.submission != number }
            open = open.filter { $0.key.submission != number }
            outcomes = outcomes.filter { $0.key.submission != number }
        case .note(let name, let value): notes[name] = value.isEmpty ? nil : value
        }
    }

    /// What is there and not as here, or the other way round; nil: all is the same.
    public func difference(from journal: Journal) throws(JournalError) -> String? {
        let contents = try journal.recover()
        if contents.submissions != submissions.values.sorted(by: { $0.number < $1.number }) { return "submissions" }
        let keys = open.keys.sorted()
        if contents.tasks.map(\.0) != keys.compactMap({ tasks[$0] }) { return "unfinished tasks" }
        if contents.tasks.map(\.1) != keys.map({ open[$0] ?? nil }) { return "progress" }
        let byKey = contents.daemons.reduce(into: [:]) { $0[$1.session] = $1 }
        if contents.daemons.count != daemons.count || byKey != daemons { return "daemons" }
        if contents.notes != notes { return "notes" }
        if !contents.gaps.isEmpty { return "gaps" }
        let all = try journal.outcomes(after: 0, of: nil, limit: .max, bytes: .max)
        if all != outcomes.values.sorted(by: { $0.number < $1.number }) { return "outcomes" }
        for number in submissions.keys {
            let ended = all.filter { $0.key.submission == number }
            guard let counts = contents.ended[number] else { return "no counts of \(number)" }
            if counts.returned != ended.count(where: { $0.status == 0 })
                || counts.failed != ended.count(where: { $0.status != 0 })
            { return "counts of \(number)" }
        }
        if contents.ended.count != submissions.count { return "counts of none" }
        return nil
    }
}
