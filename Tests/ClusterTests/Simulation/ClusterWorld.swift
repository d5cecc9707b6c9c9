import HayateCluster
import HayateCore

/// A small cluster with a pool on it: a scheduler that delays, forgets and fails, and daemons that come and go.
///
/// Everything that happens follows from the seed. What must never happen is noted in `faults`.
final class ClusterWorld {
    /// How likely things go wrong, each where it can.
    struct Trouble {
        var unclear = 0.0
        var tryLater = 0.0
        var refused = 0.0
        var queryFailed = 0.0
        /// A status answer without any rows that is not said to be a failure.
        var emptyAnswer = 0.0
        var noRecord = 0.0
        var requeue = 0.0
        var nodeFailed = 0.0
        var preempted = 0.0
        var cancelledOutside = 0.0
        var dead = 0.0
        var lateDaemon = 0.0
        var lostDaemon = 0.0
        var cancelFailed = 0.0
        var wallTime = 0.0

        static let none = Trouble()

        /// Each seed has its own mixture; half of the troubles are absent from it.
        init() {}
        init(_ noise: inout SeededNoise) {
            let kinds: [(WritableKeyPath<Trouble, Double>, Double)] = [
                (\.unclear, 0.4), (\.tryLater, 0.4), (\.refused, 0.15), (\.queryFailed, 0.4), (\.emptyAnswer, 0.1),
                (\.noRecord, 0.3), (\.requeue, 0.3), (\.nodeFailed, 0.2), (\.preempted, 0.2),
                (\.cancelledOutside, 0.2), (\.dead, 0.3), (\.lateDaemon, 0.2), (\.lostDaemon, 0.2),
                (\.cancelFailed, 0.5), (\.wallTime, 0.5),
            ]
            for (kind, most) in kinds where noise.chance(0.5) { self[keyPath: kind] = most * noise.fraction() }
        }
    }

    var noise: SeededNoise
    var trouble: Trouble
    let hadTrouble: Trouble
    var now = Instant(nanoseconds: 1_000_000_000)
    /// What is to happen, the next last.
    private var agenda: [(at: Instant, action: () -> Void)] = []
    private(set) var faults: [String] = []

    var ledger: AllocationLedger
    var sizing: AllocationSizing
    let rules: LedgerRules
    let daemonsPerAllocation: Int
    var nextSubmission: UInt32 = 1

    // The scheduler.
    var jobs: [ClusterJob] = []
    var lastWasEmpty = false
    /// Seconds for which ended jobs stay in the queue's list, and until the accounting has them.
    let shown: Double
    let recordLag: Double

    // The tasks of the pool: so many that want a daemon each.
    var tasks = 0

    // What happened.
    var statusQueries: [Instant] = []
    var submissions: [Instant] = []
    var ends: [AllocationKey: JobEnd] = [:]
    var refusedKeys: Set<AllocationKey> = []
    var allKeys: Set<AllocationKey> = []
    var cancelled: Set<AllocationKey> = []
    var overdue = 0
    var requeues = 0
    var pauses = 0

    init(seed: UInt64, adjust: (inout LedgerRules) -> Void = { _ in }) {
        noise = SeededNoise(seed)
        hadTrouble = Trouble(&noise)
        trouble = hadTrouble
        var cluster = ClusterProfile(.slurm)
        cluster.polling.interval = .seconds(noise.pick([30, 60]))
        cluster.submission.rate = Rate(noise.pick([1, 4]), per: .seconds(10))
        cluster.submission.cancelBatch = noise.pick([2, 50])
        if noise.chance(0.3) { cluster.submission.mostQueued = 14 }
        var rules = LedgerRules(cluster)
        rules.hasAccounting = noise.chance(0.7)
        rules.kept = noise.pick([0, 3, 10])
        adjust(&rules)
        self.rules = rules
        daemonsPerAllocation = noise.pick([1, 1, 3])
        shown = noise.pick([0, 30, 300])
        recordLag = noise.pick([0, 5, 15])
        ledger = AllocationLedger(rules)
        let most = noise.pick([1, 6, 12])
        let limits = AllocationSizing.Limits(
            minimum: noise.chance(0.5) ? most : noise.pick([0, 1]), maximum: most,
            daemonsPerAllocation: daemonsPerAllocation, mostElements: noise.pick([3, 8]))
        sizing = AllocationSizing(limits)
    }

    func fault(_ text: String) { faults.append("at \(now.nanoseconds / 1_000_000_000) s: \(text)") }

    /// Does something so many seconds later.
    func after(_ seconds: Double, _ action: @escaping () -> Void) {
        let at = now.advanced(by: Int64(seconds * 1e9))
        let place = agenda.lastIndex { $0.at > at }.map { $0 + 1 } ?? 0
        agenda.insert((at, action), at: place)
    }

    /// Goes on until the condition holds, the time is over or something is wrong.
    /// - Returns: whether the condition held.
    @discardableResult
    func run(seconds: Double, until isReached: () -> Bool = { false }) -> Bool {
        let end = now.advanced(by: Int64(seconds * 1e9))
        var steps = 0
        while faults.isEmpty {
            if isReached() { return true }
            let event = agenda.last?.at ?? .distantFuture
            let deadline = min(ledger.nextDeadline ?? .distantFuture, sizing.nextDeadline ?? .distantFuture)
            guard min(event, deadline) <= end else {
                now = end
                return isReached()
            }
            now = max(now, min(event, deadline))
            if event <= deadline, let next = agenda.popLast() {
                next.action()
            } else {
                tick()
            }
            check()
            steps += 1
            if steps > 200_000 { fault("it never comes to rest") }
        }
        return false
    }

    private func tick() {
        feed { $0.tick(at: now, into: &$1) }
        size { $0.tick(at: now, into: &$1) }
        if let next = ledger.nextDeadline, next <= now { fault("the ledger's deadline \(next) stays after a tick") }
        if let next = sizing.nextDeadline, next <= now { fault("the sizing's deadline \(next) stays after a tick") }
    }

    private func check() {
        if let wrong = ledger.sanityCheck() { fault(wrong) }
        if let wrong = sizing.sanityCheck() { fault(wrong) }
    }

    /// The pool's daemons that are connected.
    var connected: Int { jobs.reduce(0) { $0 + $1.elements.reduce(0) { $0 + $1.connected.count } } }

    /// Jobs and elements that wait or run at the scheduler.
    var alive: Int { jobs.reduce(0) { $0 + $1.elements.count(where: \.isAlive) } }
}

/// Repeatable noise (SplitMix64).
struct SeededNoise: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0 ..< 1
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }
    mutating func chance(_ probability: Double) -> Bool { fraction() < probability }
    mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * fraction() }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }
}
