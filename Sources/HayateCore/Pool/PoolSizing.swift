import Collections

/// How many daemons a pool should have, and when to start the next one: a value.
///
/// It keeps the number of live launches at what is wanted, replaces those that ended no faster than a
/// rate limit allows, pauses longer after each launch that ended before it joined, and gives up after
/// several such failures in a row.
public struct PoolSizing: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Replacements that may be started at once, beyond one for each wanted daemon.
        public var burst = 32
        /// Replacements a second, sustained: a task that kills its daemons must not turn the host
        /// into a machine that starts processes.
        public var perSecond = 20.0
        /// Launches in a row that ended before they joined, after which no more are started.
        public var failures = 5
        /// How long a launch may take to join before it counts as failed.
        public var joinWithin: Duration = .seconds(60)
        public init() {}
    }

    public enum Effect: Hashable, Sendable {
        /// Start a daemon and call it by this number.
        case launch(UInt64)
        /// End this launch: it did not join in time, or is not wanted any more.
        case end(UInt64)
        /// Nothing more will be started: the launches fail one after the other.
        case giveUp
    }

    private enum Phase: Sendable, Equatable {
        /// Started. Becomes `preparing` or `joined`; its end is a failure.
        case starting(since: Instant)
        /// It dialled in and is being set up, however long that takes; its end is a failure.
        case preparing
        /// It takes tasks.
        case joined
        /// It was told to end.
        case ending
    }

    public let limits: Limits
    public private(set) var wanted = 0
    public private(set) var hasGivenUp = false
    private var launches: [UInt64: Phase] = [:]
    private var order: Deque<UInt64> = []
    private var next: UInt64 = 1
    private var failuresInARow = 0
    private var notBefore = Instant.zero
    private var tokens: Double = 0
    private var refilled = Instant.zero
    /// Daemons that left because they were idle: started again when tasks wait.
    private var resting = 0
    /// Launches by hand, which nothing replaces.
    private var extras: Set<UInt64> = []

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Launches that have started and not ended.
    public var live: Int { launches.count }
    /// Launches that have not joined yet.
    public var starting: Int {
        launches.values.count { if case .starting = $0 { true } else { false } }
    }

    /// Whether this launch has not dialled in yet.
    public func isStarting(_ number: UInt64) -> Bool {
        if case .starting = launches[number] { true } else { false }
    }

    /// Launches that take no tasks yet.
    public var onTheirWay: Int {
        launches.values.count { phase in
            switch phase {
            case .starting, .preparing: true
            case .joined, .ending: false
            }
        }
    }

    /// Whether daemons are there or may still come.
    public var hasProspects: Bool {
        !launches.isEmpty || (wanted > 0 && !hasGivenUp)
    }

    /// Daemons that were asked for and are not told to end: those wanted, and those launched by hand that
    /// have not ended.
    public var expected: Int { wanted + extras.count { launches[$0] != .ending } }

    /// So many daemons more, now and once: they are not replaced when they end.
    public mutating func launchExtra(_ count: Int, at now: Instant, into effects: inout [Effect]) {
        hasGivenUp = false
        failuresInARow = 0
        for _ in 0..<max(0, count) {
            extras.insert(next)
            launch(at: now, into: &effects)
        }
    }

    /// So many daemons are wanted from now on. `endingSurplus: false` leaves those alone that are more, for
    /// they leave by themselves.
    public mutating func want(
        _ count: Int, endingSurplus: Bool = true, at now: Instant, into effects: inout [Effect]
    ) {
        wanted = max(0, count)
        hasGivenUp = false
        failuresInARow = 0
        resting = 0
        notBefore = now
        refilled = now
        tokens = Double(limits.burst + wanted)
        var surplus = endingSurplus ? liveWanted - wanted : 0
        for number in order.reversed() where surplus > 0 {
            guard let phase = launches[number], phase != .ending, !extras.contains(number) else {
                continue
            }
            launches[number] = .ending
            effects.append(.end(number))
            surplus -= 1
        }
        start(at: now, into: &effects)
    }

    /// The daemon of this launch has dialled in, and is being set up.
    public mutating func arrived(_ number: UInt64) {
        guard case .starting = launches[number] else { return }
        launches[number] = .preparing
    }

    /// The daemon of this launch takes tasks.
    public mutating func joined(_ number: UInt64) {
        switch launches[number] {
        case .starting, .preparing:
            launches[number] = .joined
            failuresInARow = 0
        case .joined, .ending, nil: break
        }
    }

    /// Launches have higher numbers than this one. Before `want`.
    public mutating func number(above last: UInt64) { next = max(next, last &+ 1) }

    /// This launch of an earlier host is still there, and counts as one of ours. Before `want`.
    public mutating func adopt(_ number: UInt64) {
        guard launches[number] == nil else { return }
        launches[number] = .joined
        order.append(number)
        next = max(next, number &+ 1)
    }

    /// The process of this launch has ended, or could not be started.
    public mutating func ended(
        _ number: UInt64, wasIdle: Bool = false, at now: Instant, into effects: inout [Effect]
    ) {
        guard let phase = launches.removeValue(forKey: number) else { return }
        order.removeAll { $0 == number }
        let isExtra = extras.remove(number) != nil
        switch phase {
        case .ending: break
        case .joined: if wasIdle, !isExtra { resting += 1 }
        case .starting, .preparing:
            failuresInARow += 1
            let step = Int64(100_000_000) << Int64(min(failuresInARow - 1, 7))
            notBefore = now.advanced(by: step)
            if failuresInARow >= limits.failures, !hasGivenUp {
                hasGivenUp = true
                effects.append(.giveUp)
            }
        }
        start(at: now, into: &effects)
    }

    /// Tasks wait: daemons that left because they were idle are wanted again.
    public mutating func demanded(at now: Instant, into effects: inout [Effect]) {
        guard resting > 0 else { return }
        resting = 0
        start(at: now, into: &effects)
    }

    /// Time has passed: call at or after `nextDeadline`.
    public mutating func tick(at now: Instant, into effects: inout [Effect]) {
        for number in order {
            guard case .starting(let since) = launches[number],
                now.since(since) >= limits.joinWithin.nanoseconds
            else { continue }
            // It stays `starting`, so that its end counts as a failure.
            effects.append(.end(number))
            launches[number] = .starting(since: now)
        }
        start(at: now, into: &effects)
    }

    public var nextDeadline: Instant? {
        var next: Instant?
        for phase in launches.values {
            guard case .starting(let since) = phase else { continue }
            let due = since.advanced(by: limits.joinWithin.nanoseconds)
            next = min(next ?? due, due)
        }
        if missing > 0 {
            let token = refilled.advanced(by: Int64(1e9 / limits.perSecond))
            let due = max(notBefore, tokens >= 1 ? refilled : token)
            next = min(next ?? due, due)
        }
        return next
    }

    private var missing: Int {
        guard !hasGivenUp else { return 0 }
        return max(0, wanted - resting - liveWanted)
    }

    /// Launches that count among the wanted ones.
    private var liveWanted: Int {
        let live = launches.values.count { $0 != .ending }
        return extras.isEmpty ? live : live - extras.count { launches[$0] != .ending }
    }

    private mutating func start(at now: Instant, into effects: inout [Effect]) {
        let earned = Double(now.since(refilled)) / 1e9 * limits.perSecond
        tokens = min(Double(limits.burst + wanted), tokens + max(0, earned))
        refilled = max(now, refilled)
        guard now >= notBefore else { return }
        while missing > 0, tokens >= 1 {
            tokens -= 1
            launch(at: now, into: &effects)
        }
    }

    private mutating func launch(at now: Instant, into effects: inout [Effect]) {
        launches[next] = .starting(since: now)
        order.append(next)
        effects.append(.launch(next))
        next += 1
    }
}
