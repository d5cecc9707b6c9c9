import HayateCore

/// A submission of a host that is no more, as far as it was written down.
public struct PastSubmission: Hashable, Sendable {
    public var submission: Submission
    /// nil: nobody knows whether the scheduler has it.
    public var job: JobID?
    /// When it was planned, on the clock of the ledger that it is given to; may be before its zero.
    public var planned: Instant
    /// The ends that are known.
    public var ends: [AllocationKey: JobEnd]

    public init(_ submission: Submission, job: JobID?, planned: Instant, ends: [AllocationKey: JobEnd] = [:]) {
        self.submission = submission
        self.job = job
        self.planned = planned
        self.ends = ends
    }
}

extension AllocationLedger {
    /// Takes over what a host has left that is no more. To be called before any other event.
    ///
    /// Jobs that it has are asked after; those of which nobody knows are looked for by their names before anything
    /// else, and never submitted again. What has ended stays ended and is not said again. Submissions of the old host
    /// and its last status query count in the rates.
    /// - Parameter lastStatus: when the queue's list was asked for last; nil: long ago.
    public mutating func restore(
        _ past: [PastSubmission], lastStatus: Instant?, at now: Instant, into effects: inout [Effect]
    ) {
        for one in past.sorted(by: { $0.submission.number < $1.submission.number }) {
            restore(one, at: now, into: &effects)
        }
        let start = now.advanced(by: -rules.submission.rate.period.nanoseconds)
        for planned in past.map(\.planned).sorted() where planned > start { window.note(at: min(planned, now)) }
        if let lastStatus {
            statusNotBefore = min(lastStatus, now).advanced(by: rules.polling.interval.nanoseconds)
        }
        forgetOldest()
        advance(at: now, into: &effects)
    }

    private mutating func restore(_ past: PastSubmission, at now: Instant, into effects: inout [Effect]) {
        let number = past.submission.number
        guard submissions[number] == nil else { return }
        var record = SubmissionRecord(past.submission)
        // A command that the old host had begun may reach the scheduler after that host's end.
        record.mayAppearUntil = past.planned.advanced(by: (rules.answerWithin + rules.searchGap).nanoseconds)
        record.phase = past.job.map { .accepted($0) } ?? .unclear(SubmissionRecord.Search(next: now))
        order.append(number)
        if let job = past.job { jobs[job] = number }
        // Until the queue's list tells.
        if past.job != nil { for offset in record.allocations.indices { record.update(offset) { $0.state = .unknown } } }
        submissions[number] = record
        for (offset, key) in record.allocations.indices.map({ ($0, record.key($0)) }) {
            if let end = past.ends[key] { finish(number, offset, end, at: now, isSaid: false, into: &effects) }
        }
        if past.job == nil, submissions[number]?.counts.live == 0 { submissions[number]?.phase = .over }
    }
}
