import HayateCore

/// What a ledger knows of one allocation.
struct AllocationRecord: Hashable, Sendable {
    enum Cancellation: Hashable, Sendable {
        case none
        /// Nobody has asked the scheduler yet, or it could not be asked.
        case wanted(notBefore: Instant)
        /// The command runs.
        case asked
        /// The scheduler has taken the order; the job ends some time after.
        case done(at: Instant)

        var isWanted: Bool { if case .wanted = self { true } else { false } }
    }

    /// The job is not in the queue's list.
    struct Absence: Hashable, Sendable {
        var since: Instant
        /// Status answers without it.
        var misses = 0
        /// Whether a second answer lacks it too, or the first had other rows: a scheduler that is starting again may
        /// show an empty list.
        var isConfirmed = false
        /// Accounting answers without it.
        var looks = 0
        /// Accounting queries that failed.
        var failures = 0
        /// What its last row said, which was less than how it ended.
        var hint: JobEnd?
        /// How it ended, while daemons of it are still connected.
        var found: JobEnd?
    }

    var state = JobState.pending
    var reason: String?
    var node: String?
    /// Since when it runs; nil: it waits.
    var started: Instant?
    /// When a daemon of it dialled in last. Answers to older questions that say otherwise are stale.
    var heard: Instant?
    /// Sessions of its daemons with the host.
    var present = 0
    /// The places whose daemons have dialled in during this run.
    var arrived: Set<UInt32> = []
    /// When a daemon was lost or its connection broke, until a later status answer says that the job runs.
    var lost: Instant?
    /// A status answer says that it waits again while its daemons are connected.
    var mayBeRequeued = false
    var requeues = 0
    var absence: Absence?
    var cancellation = Cancellation.none
    var end: JobEnd?
    var ended: Instant?
    /// It was seen alive after its end. The end stands, and a cancellation still reaches it.
    var isStray = false
    /// Empty status answers since.
    var strayMisses = 0
    /// Its daemons did not dial in in time, and that was said.
    var isOverdue = false

    var isLive: Bool { end == nil || isStray }
    /// Its daemons are gone, as agreed: it should end any moment.
    var isLeaving: Bool { end == nil && started != nil && present == 0 && !arrived.isEmpty && lost == nil }

    /// Whether the next status answer may tell something that matters.
    func isUrgent(daemons: Int) -> Bool {
        guard end == nil else { return isStray && cancellation != .none }
        return started == nil || arrived.count < daemons || present == 0 || lost != nil || mayBeRequeued
            || cancellation != .none || absence != nil
    }

    /// It waits again, after it ran.
    mutating func requeue() {
        started = nil
        arrived = []
        lost = nil
        mayBeRequeued = false
        isOverdue = false
        requeues += 1
    }
}

/// What a ledger knows of one submission.
struct SubmissionRecord: Sendable {
    enum Phase: Hashable, Sendable {
        /// In the line for its submission. Becomes `submitting`, or `over` when all of it is cancelled before.
        case waiting
        /// The command runs. Becomes `accepted`, `over` (refused), `waiting` (try later) or `unclear`.
        case submitting
        /// It may be in the queue. Becomes `accepted`, or after two looks in vain `waiting` or `over`.
        case unclear(Search)
        /// The scheduler has it.
        case accepted(JobID)
        /// It never came to be.
        case over
    }

    struct Search: Hashable, Sendable {
        var next: Instant
        var isInFlight = false
        /// Looks in vain.
        var absences = 0
        /// Looks that failed in a row.
        var failures = 0
    }

    /// Allocations by what a ledger has to do about them.
    struct Counts: Hashable, Sendable {
        var live = 0
        var urgent = 0
        var absent = 0
        var toCancel = 0
        var present = 0

        mutating func add(_ record: AllocationRecord, daemons: Int, times: Int) {
            if record.isLive { live += times }
            if record.isUrgent(daemons: daemons) { urgent += times }
            if record.absence != nil { absent += times }
            if record.cancellation.isWanted { toCancel += times }
            present += record.present * times
        }
    }

    let submission: Submission
    var phase = Phase.waiting
    /// Of a host that is no more: what was submitted is no longer known, so it is not submitted again. If nobody knows
    /// whether it was, it may still appear in the queue until then.
    var mayAppearUntil: Instant?
    /// A daemon of it has dialled in, so the scheduler has it, or had it.
    var isProven = false
    private(set) var allocations: [AllocationRecord]
    private(set) var counts = Counts()

    init(_ submission: Submission) {
        self.submission = submission
        allocations = Array(repeating: AllocationRecord(), count: submission.elements?.count ?? 1)
        counts = derivedCounts
    }

    var daemons: Int { max(1, submission.daemonsPerElement) }

    var job: JobID? { if case .accepted(let job) = phase { job } else { nil } }

    /// Whether it counts among the jobs in the scheduler's queue, as far as is known.
    var isAtScheduler: Bool {
        switch phase {
        case .submitting, .unclear, .accepted: true
        case .waiting, .over: false
        }
    }

    /// Whether its submission has no clear answer yet.
    var isInFlight: Bool {
        switch phase {
        case .submitting, .unclear: true
        case .waiting, .accepted, .over: false
        }
    }

    func key(_ offset: Int) -> AllocationKey {
        AllocationKey(
            submission: submission.number, element: submission.elements.map { $0.lowerBound + offset })
    }

    /// - Parameter place: of a daemon's launch.
    func offset(of place: UInt32) -> Int? {
        let offset = Int(place) / daemons
        return offset < allocations.count ? offset : nil
    }

    func offset(of key: AllocationKey) -> Int? {
        guard let elements = submission.elements else { return key.element == nil ? 0 : nil }
        guard let element = key.element, elements.contains(element) else { return nil }
        return element - elements.lowerBound
    }

    mutating func update<Result>(_ offset: Int, _ body: (inout AllocationRecord) -> Result) -> Result {
        counts.add(allocations[offset], daemons: daemons, times: -1)
        defer { counts.add(allocations[offset], daemons: daemons, times: 1) }
        return body(&allocations[offset])
    }

    var derivedCounts: Counts {
        allocations.reduce(into: Counts()) { $0.add($1, daemons: daemons, times: 1) }
    }
}
