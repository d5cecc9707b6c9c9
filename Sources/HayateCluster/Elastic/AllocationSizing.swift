import HayateCore

/// How many daemons a pool on a cluster should have, and when to ask for more: a value.
///
/// It keeps the daemons that are there or on their way between a minimum and a maximum, following the tasks that wait;
/// asks for many at once as one array; replaces what is lost; waits longer after each submission or allocation that
/// failed, and pauses after several in a row.
public struct AllocationSizing: Sendable {
    public struct Limits: Hashable, Sendable {
        /// Daemons that there should always be, and that there may be. The same number: a pool of fixed size.
        public var minimum: Int
        public var maximum: Int
        /// 1 or more.
        public var daemonsPerAllocation: Int
        /// The most allocations of one submission.
        public var mostElements: Int
        /// How many tasks must wait for one more daemon to be wanted. Tasks on clusters are long: each is worth one.
        public var tasksPerDaemon = 1
        /// How long a need is gathered before it is told, so that a burst of tasks or losses makes one array.
        public var gathering: Duration = .seconds(2)
        /// How long allocations must be too many before those that wait in the queue are cancelled.
        public var patience: Duration = .seconds(60)
        /// After a submission or an allocation that failed; doubles with each in a row, up to `longestBackoff`.
        public var backoff: Duration = .seconds(60)
        public var longestBackoff: Duration = .seconds(900)
        /// Submissions in a row that the scheduler did not take, after which no more is asked for.
        public var failedSubmissions = 10
        /// Allocations in a row that ended before any of their daemons joined, after which no more is asked for.
        public var failedAllocations = 3

        /// Allocations that fail within this time after their first daemon joined are replaced more slowly each time.
        public var shortLife: Duration = .seconds(60)

        public init(minimum: Int, maximum: Int, daemonsPerAllocation: Int = 1, mostElements: Int = .max) {
            self.minimum = max(0, minimum)
            self.maximum = max(self.minimum, maximum)
            self.daemonsPerAllocation = max(1, daemonsPerAllocation)
            self.mostElements = max(1, mostElements)
        }
    }

    public enum Effect: Hashable, Sendable {
        /// Make one submission of so many allocations, and tell by `submitted`.
        case request(allocations: Int)
        /// They wait in the queue, and nothing waits for them any more.
        case cancel([AllocationKey])
        /// Nothing is asked for until `resume`, for this reason.
        case pause(String)
        case resumed
    }

    struct Record: Hashable, Sendable {
        /// Daemons that are connected.
        var present = 0
        /// Daemons that have joined during this run; not more than an allocation has.
        var joined = 0
        /// When the first one did, in any run.
        var firstJoined: Instant?
        var isStarted = false
        /// Told to be cancelled because it was too many.
        var isCancelled = false
        /// A host that is no more has asked for it, and what its daemons have done until now is not known.
        var isAdopted = false
    }

    public private(set) var limits: Limits
    /// Why nothing is asked for; nil: it does not pause.
    public internal(set) var pauseReason: String?
    public internal(set) var isClosed = false

    var allocations: [AllocationKey: Record] = [:]
    /// Told by `.request` and not yet by `submitted`.
    var requested = 0
    /// Daemons of allocations that live, and those that have not joined yet.
    public internal(set) var present = 0
    var coming = 0
    var waiting = 0
    var busy = 0
    /// Daemons that left because they were idle: asked for again when tasks wait.
    var resting = 0

    var refusals = 0
    var failures = 0
    /// Allocations in a row that failed soon after their first daemon joined.
    var shortLives = 0
    var notBefore = Instant.zero
    /// Since when there are too few, or too many.
    var shortSince: Instant?
    var surplusSince: Instant?

    public init(_ limits: Limits) { self.limits = limits }

    public var isPaused: Bool { pauseReason != nil }

    /// Daemons that should be there now.
    public var target: Int {
        guard !isClosed else { return 0 }
        let perDaemon = max(1, limits.tasksPerDaemon)
        let demand = waiting == 0 ? 0 : busy + (waiting - 1) / perDaemon + 1
        return max(min(max(limits.minimum, demand), limits.maximum) - resting, min(busy, limits.maximum))
    }

    /// Daemons that are there, in the queue, or asked for.
    public var expected: Int { present + coming + requested * limits.daemonsPerAllocation }

    /// Whether daemons are there or may still come by themselves.
    public var hasProspects: Bool { expected > 0 || (!isClosed && !isPaused && target > 0) }

    /// The pool shall have other bounds from now on. Also the first call, which asks for the minimum at once.
    public mutating func resize(minimum: Int, maximum: Int, at now: Instant, into effects: inout [Effect]) {
        limits.minimum = max(0, minimum)
        limits.maximum = max(limits.minimum, maximum)
        resting = 0
        settle(at: now, gathering: .zero, into: &effects)
    }

    /// The pool's tasks, whenever their numbers change.
    /// - Parameter waiting: tasks that no daemon runs.
    /// - Parameter busy: daemons that run one.
    public mutating func demand(waiting: Int, busy: Int, at now: Instant, into effects: inout [Effect]) {
        self.waiting = max(0, waiting)
        self.busy = max(0, busy)
        if waiting > 0 { resting = 0 }
        settle(at: now, into: &effects)
    }

    /// Nothing is asked for any more. The allocations are whoever closes it to cancel.
    public mutating func close() {
        isClosed = true
        shortSince = nil
        surplusSince = nil
    }

    /// Goes on after a pause, as if nothing had failed.
    public mutating func resume(at now: Instant, into effects: inout [Effect]) {
        let wasPaused = isPaused
        pauseReason = nil
        refusals = 0
        failures = 0
        shortLives = 0
        notBefore = now
        resting = 0
        if wasPaused { effects.append(.resumed) }
        settle(at: now, gathering: .zero, into: &effects)
    }

    /// Time has passed: call at or after `nextDeadline`.
    public mutating func tick(at now: Instant, into effects: inout [Effect]) { settle(at: now, into: &effects) }

    public var nextDeadline: Instant? {
        guard !isClosed, !isPaused else { return nil }
        if let shortSince { return max(notBefore, shortSince.advanced(by: limits.gathering.nanoseconds)) }
        return surplusSince?.advanced(by: limits.patience.nanoseconds)
    }

    // MARK: Steps

    mutating func settle(at now: Instant, into effects: inout [Effect]) {
        settle(at: now, gathering: limits.gathering, into: &effects)
    }

    /// Asks for what is missing, or gives up what waits in the queue for nothing.
    private mutating func settle(at now: Instant, gathering: Duration, into effects: inout [Effect]) {
        let target = self.target
        guard !isClosed, !isPaused else { return }
        if expected < target {
            surplusSince = nil
            let since = shortSince ?? now
            shortSince = since
            guard now >= max(notBefore, since.advanced(by: gathering.nanoseconds)) else { return }
            shortSince = nil
            ask(for: target - expected, into: &effects)
        } else {
            shortSince = nil
            let surplus = surplusAllocations(over: target)
            guard !surplus.isEmpty else {
                surplusSince = nil
                return
            }
            let since = surplusSince ?? now
            surplusSince = since
            guard now >= since.advanced(by: limits.patience.nanoseconds) else { return }
            surplusSince = nil
            for key in surplus { update(key) { $0.isCancelled = true } }
            effects.append(.cancel(surplus))
        }
    }

    private mutating func ask(for daemons: Int, into effects: inout [Effect]) {
        var left = (daemons - 1) / limits.daemonsPerAllocation + 1
        while left > 0 {
            let count = min(left, limits.mostElements)
            requested += count
            effects.append(.request(allocations: count))
            left -= count
        }
    }

    /// The youngest of those that wait in the queue, as many as can go without falling below the target.
    private func surplusAllocations(over target: Int) -> [AllocationKey] {
        var spare = expected - target
        guard spare >= limits.daemonsPerAllocation else { return [] }
        let waiting = allocations.filter { !$0.value.isStarted && !$0.value.isCancelled }.keys
        var surplus: [AllocationKey] = []
        for key in waiting.sorted(by: { $0.isYounger(than: $1) }) where spare >= limits.daemonsPerAllocation {
            surplus.append(key)
            spare -= limits.daemonsPerAllocation
        }
        return surplus
    }

    /// Changes an allocation and keeps the counts.
    mutating func update(_ key: AllocationKey, _ body: (inout Record) -> Void) {
        guard var record = allocations[key] else { return }
        present -= record.present
        coming -= coming(of: record)
        body(&record)
        present += record.present
        coming += coming(of: record)
        allocations[key] = record
    }

    func coming(of record: Record) -> Int {
        record.isCancelled ? 0 : max(0, limits.daemonsPerAllocation - record.joined)
    }
}

extension AllocationKey {
    fileprivate func isYounger(than other: Self) -> Bool {
        (submission, element ?? 0) > (other.submission, other.element ?? 0)
    }
}
