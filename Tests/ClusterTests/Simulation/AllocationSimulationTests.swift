import HayateCluster
import HayateCore
import Testing

@Suite("Allocations in a simulated cluster")
struct AllocationSimulationTests {
    /// Trouble for some hours, then calm with more tasks than daemons, then the end of the pool.
    static func story(seed: UInt64, adjust: (inout LedgerRules) -> Void = { _ in }) -> ClusterWorld {
        let world = ClusterWorld(seed: seed, adjust: adjust)
        let limits = world.sizing.limits
        world.size { $0.resize(minimum: limits.minimum, maximum: limits.maximum, at: world.now, into: &$1) }
        for _ in 0..<6 {
            world.tasks = world.noise.pick([0, 0, 1, 5, 20])
            world.tellDemand()
            world.run(seconds: world.noise.between(60, 1800))
        }
        world.trouble = .none
        world.tasks = 1000
        world.tellDemand()
        // Half an hour of a pause, a quarter of an hour of backoff, and the queue.
        let isBack = world.run(seconds: 4 * 3600) { world.connected >= limits.maximum }
        if !isBack, world.faults.isEmpty {
            world.fault("only \(world.connected) of \(limits.maximum) daemons came back")
        }
        world.sizing.close()
        world.cancelled.formUnion(world.allKeys)
        world.feed { $0.cancelAll(at: world.now, into: &$1) }
        let isOver = world.run(seconds: 4 * 3600) { world.ledger.live == 0 && world.alive == 0 }
        if !isOver, world.faults.isEmpty {
            world.fault("\(world.ledger.live) allocations live in the ledger and \(world.alive) on the cluster")
        }
        let ended = world.refusedKeys.union(world.ends.keys)
        if world.faults.isEmpty, ended != world.allKeys {
            world.fault("never said to have ended: \(world.allKeys.subtracting(ended))")
        }
        return world
    }

    @Test("whatever goes wrong: each allocation ends once, none is submitted twice, and the daemons come back")
    func seeds() {
        var failed = 0
        var queries = 0
        var hours = 0.0
        var most = 0.0
        var jobs = 0
        for seed in 1...UInt64(2000) {
            let world = Self.story(seed: seed)
            if let fault = world.faults.first {
                Issue.record("seed \(seed): \(fault)")
                failed += 1
                if failed == 5 { return }
            }
            let time = Double(world.now.nanoseconds) / 3.6e12
            queries += world.statusQueries.count
            hours += time
            let minutes = world.rules.polling.interval / .seconds(60)
            most = max(most, Double(world.statusQueries.count - 1) / time * minutes)
            jobs += world.ends.count
        }
        print("\(jobs) allocations in \(Int(hours)) h: \(queries) status queries, \(Double(queries) / hours) an hour, "
            + "at most \(most) where 60 are allowed")
        #expect(most <= 60)
        #expect(jobs > 2000)
    }

    /// Rules that are wrong, each with the fault that a story must find.
    static let wrong: [(String, @Sendable (inout LedgerRules) -> Void)] = [
        ("is submitted twice", { $0.searchGap = .milliseconds(1) }),
        ("not JobEnd(reason: HayateCluster.JobEnd.Reason.unknown", { $0.accountingLag = .milliseconds(1) }),
        ("daemons came back", {
            $0.submissionBackoff = .seconds(100_000)
            $0.longestSubmissionBackoff = .seconds(100_000)
        }),
    ]

    @Test("the simulated cluster finds what is planted", arguments: wrong.indices)
    func planted(index: Int) {
        let (fault, adjust) = Self.wrong[index]
        let isFound = (UInt64(1)...400).contains { seed in
            Self.story(seed: seed, adjust: adjust).faults.contains { $0.contains(fault) }
        }
        #expect(isFound, "no story of 400 found: \(fault)")
    }

    @Test("a seed repeats its story")
    func repeats() {
        for seed in UInt64(1)...10 {
            let first = Self.story(seed: seed)
            let second = Self.story(seed: seed)
            #expect(first.now == second.now)
            #expect(first.ends == second.ends)
            #expect(first.statusQueries == second.statusQueries)
        }
    }

    @Test("the stories have in them what they are about")
    func variety() {
        let worlds = (UInt64(1)...100).map { Self.story(seed: $0) }
        #expect(worlds.contains { $0.pauses > 0 })
        #expect(worlds.contains { $0.overdue > 0 })
        #expect(worlds.contains { $0.requeues > 0 })
        #expect(worlds.contains { !$0.refusedKeys.isEmpty })
        let reasons = Set(worlds.flatMap { $0.ends.values.map(\.reason) })
        let expected: [JobEnd.Reason] = [
            .completed, .exited(code: 1), .timeLimit, .preempted, .nodeFailed, .cancelled(by: "root"),
            .cancelled(by: AllocationLedger.canceller), .unknown,
        ]
        for reason in expected { #expect(reasons.contains(reason), "no allocation ended \(reason)") }
    }
}
