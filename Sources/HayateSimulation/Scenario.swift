import HayateCore

let microsecond: Int64 = 1_000
let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000

/// What one seed's world is like. Each seed draws its own mix (swarm testing: Groce and others,
/// ISSTA 2012), because a world with every fault at once hides what a world with two of them shows.
struct Scenario: Sendable {
    /// Nothing breaks here but the host may freeze: nobody may be lost, nobody may be blamed.
    var isHarmless: Bool
    /// Nothing breaks but daemons that start a poison task.
    var isPoisonOnly: Bool
    var daemons: Int
    var tasks: Int
    /// When faults end and everything must come to its end.
    var healAt: Int64
    var closesAtEnd: Bool
    var limits = DispatchLimits()

    // The load.
    var burst: Double
    var shortTask: Int64
    var longTask: Int64
    var longShare: Double
    var priorities: Int
    var timeoutShare = 0.0
    var cancelShare = 0.0
    var onceShare = 0.0
    var backoffShare = 0.0
    var failingShare = 0.0
    var directedShare = 0.0
    var poisonShare = 0.0
    var endlessShare = 0.0
    var deafShare = 0.0
    var largeShare = 0.0
    /// Tasks that ask for time at their daemons.
    var requestShare = 0.0
    /// Tasks that ask for resources at their daemons, and daemons that share what they have.
    var sizedShare = 0.0
    var sharedShare = 0.0
    /// Tasks that submit tasks, and how deep.
    var parentShare = 0.0
    var generations = 0

    /// Tasks that need others.
    var needShare = 0.0

    // The host's journal.
    /// Hosts have one: what they let out is written before, and the next one goes on with it.
    var isDurable = false
    /// The mean time between two deaths of the host.
    var killEvery: Int64 = 0
    /// The most that writing usually takes.
    var commitTime: Int64 = 0

    // The daemons.
    var ownShare: Double
    var maximumTasksShare = 0.0
    var idleTimeShare = 0.0
    var wallTimeShare = 0.0
    var slowShare = 0.0
    var drainShare = 0.0
    /// Daemons whose end a signal announces, and those of them that are then killed.
    var warnedShare = 0.0
    var reclaimedShare = 0.0
    var preparation: Int64
    var replaceAfter: Int64
    var settings: DaemonSession.Settings

    // The network.
    var latency: Int64
    var heartbeat: Int64
    var silence: Int64
    var splitShare = 0.0
    var dropShare = 0.0
    var duplicateShare = 0.0
    var acknowledgeEvery: Int

    /// Links are under TLS.
    var isProtected: Bool
    /// Pieces of which a byte is changed on its way; only under TLS.
    var damageShare = 0.0
    /// The mean time between two strangers that dial, 0 for never; only under TLS.
    var strangerEvery: Int64 = 0

    // Faults: the mean time between two of a kind, 0 for never.
    var faultEvery: Int64
    var weights: [Fault: Double] = [:]

    /// What can go wrong, as drawn and counted.
    enum Fault: Int, CaseIterable, Sendable {
        case cut, blackhole, stall, crash, freeze, hostFreeze, hostRestart
    }

    /// - Parameters:
    ///   - isWarned: the end of daemons is announced in every world where it can be, and not in some.
    ///   - isJournaled: hosts have journals in every world, in none, or (nil) in some.
    ///   - isShared: daemons run tasks beside each other in every world where they can, and not in some.
    init(seed: UInt64, isWarned: Bool = false, isJournaled: Bool? = nil, isShared: Bool = false) {
        var random = RandomSource(seed: seed ^ 0x5EED)
        let kind = random.below(20)
        // From a source of its own, as below.
        var protecting = RandomSource(seed: seed ^ 0x715)
        isProtected = protecting.chance(0.04)
        isHarmless = kind < 3
        isPoisonOnly = kind == 3
        let isCalm = isHarmless || isPoisonOnly
        daemons = 1 + random.below(random.chance(0.3) ? 8 : 3)
        tasks = 4 + random.below(random.chance(0.5) ? 30 : 150)
        healAt = random.spread(100 * millisecond, 8 * second)
        closesAtEnd = random.chance(0.1)

        limits.suspectAfter = .nanoseconds(random.spread(100 * millisecond, second))
        limits.lostAfter = limits.suspectAfter * (2 + random.below(3))
        limits.reconnectWithin = .nanoseconds(random.spread(20 * millisecond, 2 * second))
        limits.stopGrace = .nanoseconds(random.spread(5 * millisecond, 500 * millisecond))
        limits.overdueAfter = .nanoseconds(random.spread(millisecond, 100 * millisecond))
        limits.prefetch = 1 + random.below(32)
        if random.chance(0.3) { limits.queuedTasks = 1 + random.below(10) }
        if random.chance(0.3) { limits.queuedBytes = 20 + random.below(400) }

        burst = random.chance(0.5) ? random.unit() : 0
        shortTask = random.spread(microsecond, millisecond)
        longTask = random.spread(millisecond, 300 * millisecond)
        longShare = random.chance(0.5) ? random.unit() * 0.5 : 0
        priorities = random.chance(0.4) ? 1 + random.below(4) : 1
        func share(_ often: Double, _ most: Double) -> Double {
            random.chance(often) ? random.unit() * most : 0
        }
        timeoutShare = share(0.4, 0.4)
        cancelShare = share(0.4, 0.4)
        onceShare = share(0.4, 0.4)
        backoffShare = share(0.4, 0.5)
        failingShare = share(0.4, 0.5)
        directedShare = share(0.3, 0.2)
        poisonShare = isPoisonOnly ? 0.05 : isHarmless ? 0 : share(0.2, 0.05)
        endlessShare = share(0.5, 0.1)
        deafShare = share(0.3, 0.2)
        largeShare = share(0.02, 0.02)

        ownShare = random.chance(0.5) ? 1 : random.unit()
        if !isPoisonOnly {
            maximumTasksShare = share(0.3, 1)
            idleTimeShare = share(0.2, 1)
            wallTimeShare = share(0.2, 1)
            drainShare = share(0.2, 0.3)
        }
        slowShare = share(0.3, 0.5)
        preparation = random.chance(0.5) ? 0 : random.spread(10 * microsecond, 20 * millisecond)
        replaceAfter = random.spread(millisecond, 200 * millisecond)
        let exits: [DaemonSession.AutoExit] = [.now, .afterTask, .never]
        settings = DaemonSession.Settings(
            autoExit: exits[random.below(3)],
            hostLease: .nanoseconds(
                isCalm ? 100 * second : random.spread(50 * millisecond, 5 * second)),
            connectWithin: .seconds(30), stopGrace: limits.stopGrace)

        latency = random.spread(10 * microsecond, 3 * millisecond)
        if isHarmless {
            // Long enough for a daemon that gave up a frozen host to dial again.
            limits.reconnectWithin = .seconds(10)
            limits.stopGrace = max(limits.stopGrace, .milliseconds(100))
            limits.suspectAfter = max(limits.suspectAfter, .milliseconds(300))
            limits.lostAfter = limits.suspectAfter * (2 + random.below(3))
        }
        heartbeat = limits.suspectAfter.nanoseconds / 4
        silence = limits.lostAfter.nanoseconds
        splitShare = share(0.5, 0.3)
        acknowledgeEvery = 1 + random.below(8)
        faultEvery = random.spread(2 * millisecond, 500 * millisecond)
        if isHarmless {
            weights = random.chance(0.5) ? [.hostFreeze: 1] : [:]
        } else if !isPoisonOnly {
            dropShare = share(0.3, 0.02)
            duplicateShare = share(0.3, 0.05)
            for fault in Fault.allCases where random.chance(0.4) {
                weights[fault] = fault == .hostRestart ? 0.1 : 0.2 + random.unit()
            }
        }
        if weights.isEmpty { faultEvery = 0 }
        if random.chance(0.2) {
            limits.scheduling = .roundRobin
            if random.chance(0.3) { limits.backlogBytes = 20 + random.below(400) }
        }
        if !isCalm, protecting.chance(0.4) { damageShare = protecting.unit() * 0.02 }
        if protecting.chance(0.5) {
            strangerEvery = protecting.spread(healAt / 4, healAt)
        }
        // From a source of its own: the other seeds' worlds stay what they were.
        var nesting = RandomSource(seed: seed ^ 0xC41D)
        if !isPoisonOnly, nesting.chance(0.35) {
            parentShare = 0.1 + nesting.unit() * 0.5
            generations = 1 + nesting.below(3)
        }
        var requesting = RandomSource(seed: seed ^ 0x7177E)
        if limits.scheduling == .dispatched, requesting.chance(0.3) {
            requestShare = 0.2 + 0.8 * requesting.unit()
            if !isPoisonOnly, requesting.chance(0.8) { wallTimeShare = max(wallTimeShare, requesting.unit()) }
        }
        // Tasks beside each other submit none.
        var sharing = RandomSource(seed: seed ^ 0x5A4ED)
        if limits.scheduling == .dispatched, parentShare == 0, isShared || sharing.chance(0.35) {
            sharedShare = 0.2 + 0.8 * sharing.unit()
            sizedShare = sharing.chance(0.8) ? sharing.unit() : 0
        }
        var warning = RandomSource(seed: seed ^ 0x51617)
        // A frozen host may lose whom it has just given a task, as if something had broken.
        if weights[.hostFreeze] == nil || !isHarmless, isWarned || warning.chance(0.3) {
            warnedShare = isWarned ? 1 : 0.2 + 0.8 * warning.unit()
            reclaimedShare = isCalm ? 0 : warning.unit()
        }
        var needing = RandomSource(seed: seed ^ 0x4EED5)
        if needing.chance(0.35) { needShare = 0.05 + needing.unit() * 0.6 }
        var writing = RandomSource(seed: seed ^ 0xD15C)
        guard isJournaled ?? writing.chance(0.34) else { return }
        isDurable = true
        weights[.hostRestart] = nil
        commitTime = writing.spread(10 * microsecond, 20 * millisecond)
        // An order to stop that is written for too long reaches nobody in its time.
        if isHarmless { commitTime = min(commitTime, limits.stopGrace.nanoseconds / 50) }
        killEvery = writing.spread(healAt / 20, healAt)
    }

    /// Draws the kind of the next fault.
    func fault(_ random: inout RandomSource) -> Fault? {
        let total = Fault.allCases.reduce(0) { $0 + (weights[$1] ?? 0) }
        var rest = random.unit() * total
        for fault in Fault.allCases {
            rest -= weights[fault] ?? 0
            if rest < 0 { return fault }
        }
        return nil
    }
}
