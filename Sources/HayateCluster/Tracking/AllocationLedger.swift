import HayateCore

/// All submissions of one pool on one cluster, and what became of their allocations: a value.
///
/// Whoever owns it carries out the effects, feeds each answer in once, and calls `tick` at `nextDeadline`. A command
/// that fails or takes too long is an answer too: none may be left out.
public struct AllocationLedger: Sendable {
    public enum Effect: Hashable, Sendable {
        /// Submit it, and tell by `answered`.
        case submit(UInt32)
        /// Look for it by its name, and tell by `searched`.
        case search(UInt32)
        /// One query for all of these, told by `status`.
        case queryStatus([JobID])
        /// One or several queries, told by `accounted`.
        case queryAccounting([JobID])
        /// Told by `cancelAnswered`.
        case cancel([JobElement])
        /// The scheduler has it under this id.
        case accepted(UInt32, JobID)
        /// The scheduler never takes it: the scheduler's words. None of its allocations came to be.
        case refused(UInt32, String)
        /// The scheduler does not take it now; it is submitted again later.
        case postponed(UInt32, String)
        /// It runs: a status answer says so, or a daemon dialled in.
        case started(AllocationKey)
        /// It waits again after it ran. Its daemons are expected once more.
        case requeued(AllocationKey)
        /// It runs, and not all of its daemons have dialled in in the time that the site gives them. Said once a run.
        case overdue(AllocationKey)
        /// Something in its row is new.
        case changed(AllocationKey)
        /// It has ended. Said once.
        case ended(AllocationKey, JobEnd)
    }

    /// Why a daemon is no longer there.
    public enum Departure: Hashable, Sendable {
        /// It left as was agreed: idle for too long, its number of tasks done, dismissed.
        case agreed
        /// It left since its job's time is nearly over.
        case wallTime
        /// Nobody knows: its connection broke and it did not come back.
        case lost
    }

    struct Query: Hashable, Sendable {
        var numbers: [UInt32]
        var asked: Instant
        /// Parts of it failed.
        var hasFailed = false
    }

    /// By whom, in the end of an allocation that this pool cancelled.
    public static let canceller = "hayate"

    public let rules: LedgerRules
    var submissions: [UInt32: SubmissionRecord] = [:]
    /// All of them, in the order in which they came.
    var order: [UInt32] = []
    var jobs: [JobID: UInt32] = [:]
    /// Those that have ended, oldest first.
    var finished: [UInt32] = []

    /// The line for submission.
    var waiting: [UInt32] = []
    var window: RateWindow
    public internal(set) var isHeld = false
    var postponements = 0
    var submitNotBefore = Instant.zero

    var statusQuery: Query?
    var statusFailures = 0
    var lastStatus: Instant?
    /// How long after `lastStatus` the next one may be, beyond the interval.
    var statusWait: Int64 = 0
    var statusNotBefore = Instant.zero
    /// Why the last status query failed; nil: it did not.
    public internal(set) var statusFailure: String?

    var accountingQuery: Query?
    var accountingFailures = 0
    var accountingNotBefore = Instant.zero
    /// When those that are missing from the queue are looked at next.
    var absencesDue = Instant.distantFuture

    var cancelsInFlight: Set<JobElement> = []
    var cancelFailures = 0
    var cancelsDue = Instant.distantFuture

    var overdueDue = Instant.distantFuture

    public init(_ rules: LedgerRules) {
        self.rules = rules
        window = RateWindow(rules.submission.rate)
    }

    /// Time has passed: call at or after `nextDeadline`.
    public mutating func tick(at now: Instant, into effects: inout [Effect]) { advance(at: now, into: &effects) }

    /// When `tick` has something to do next; nil: only after another event.
    public var nextDeadline: Instant? {
        var next = min(submissionDue ?? .distantFuture, searchDue ?? .distantFuture)
        next = min(next, statusDue ?? .distantFuture, absencesDue, overdueDue)
        if cancelsInFlight.isEmpty { next = min(next, cancelsDue) }
        return next == .distantFuture ? nil : next
    }

    /// Does whatever is due. Called at the end of each event, so that no tick is needed for what is due at once.
    mutating func advance(at now: Instant, into effects: inout [Effect]) {
        settleAbsences(at: now, into: &effects)
        submitNext(at: now, into: &effects)
        searchNext(at: now, into: &effects)
        cancelNext(at: now, into: &effects)
        complain(at: now, into: &effects)
        queryStatus(at: now, into: &effects)
    }

    // MARK: Records

    func allocation(_ number: UInt32, _ offset: Int) -> AllocationRecord? {
        submissions[number]?.allocations[offset]
    }

    func key(_ number: UInt32, _ offset: Int) -> AllocationKey {
        submissions[number]?.key(offset) ?? AllocationKey(submission: number, element: nil)
    }

    /// Changes an allocation, and says so if its row is another one now.
    mutating func update(
        _ number: UInt32, _ offset: Int, into effects: inout [Effect], _ body: (inout AllocationRecord) -> Void
    ) {
        guard let before = allocation(number, offset) else { return }
        submissions[number]?.update(offset, body)
        guard let after = allocation(number, offset), after.differsForPeople(from: before) else { return }
        effects.append(.changed(key(number, offset)))
    }

    /// The only way to an end.
    mutating func finish(
        _ number: UInt32, _ offset: Int, _ end: JobEnd, at now: Instant, isSaid: Bool = true,
        into effects: inout [Effect]
    ) {
        guard let before = allocation(number, offset), before.end == nil else { return }
        var end = end
        if before.cancellation != .none, end.reason.mayComeOfCancelling {
            end.reason = .cancelled(by: Self.canceller)
        }
        if end.node == nil { end.node = before.node }
        submissions[number]?.update(offset) {
            $0.end = end
            $0.ended = now
            $0.state = end.reason.state
            $0.absence = nil
            $0.lost = nil
            $0.mayBeRequeued = false
            $0.cancellation = .none
        }
        if isSaid { effects.append(.ended(key(number, offset), end)) }
        retire(number)
    }

    /// Ends all of a submission that have not ended.
    mutating func finishAll(
        of number: UInt32, _ end: JobEnd, at now: Instant, isSaid: Bool = true, into effects: inout [Effect]
    ) {
        for offset in submissions[number]?.allocations.indices ?? 0..<0 {
            finish(number, offset, end, at: now, isSaid: isSaid, into: &effects)
        }
    }

    mutating func retire(_ number: UInt32) {
        guard submissions[number]?.counts.live == 0, !finished.contains(number) else { return }
        finished.append(number)
    }

    /// Forgets the oldest of those that have ended when there are many. Only where new ones come: whoever carries
    /// out effects finds the rows that they are about.
    mutating func forgetOldest() {
        while finished.count > max(0, rules.kept) {
            let oldest = finished.removeFirst()
            if submissions[oldest]?.counts.live != 0 { continue }
            if let job = submissions.removeValue(forKey: oldest)?.job, jobs[job] == oldest {
                jobs.removeValue(forKey: job)
            }
            order.removeAll { $0 == oldest }
        }
    }
}
