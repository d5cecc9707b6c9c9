import HayateSimulation
import Testing

@Suite struct WorldTests {
    /// Seeds that failed once, then two hundred more, each with its own mix of faults.
    @Test func manyWorldsKeepAllProperties() throws {
        let failed = Simulation.seeds(in: try SeedFile.text())
        #expect(failed.count >= 10)
        for seed in failed + Array(1...200) {
            let report = World(seed: seed).run()
            if let violation = report.violation {
                Issue.record("seed \(seed), event \(report.events): \(violation)")
            }
        }
    }

    @Test func aSeedRepeatsItsWorldExactly() {
        for seed in UInt64(1)...20 {
            let first = World(seed: seed).run()
            let second = World(seed: seed).run(tracing: true)
            #expect(first.events == second.events)
            #expect(first.tasks == second.tasks)
        }
    }

    /// Handshakes, tickets, strangers and damaged bytes.
    @Test func worldsUnderTLSKeepAllPropertiesAndRepeat() {
        for seed in UInt64(1)...12 {
            let first = World(seed: seed, isProtected: true).run()
            if let violation = first.violation {
                Issue.record("seed \(seed), event \(first.events): \(violation)")
            }
            let second = World(seed: seed, isProtected: true).run(tracing: true)
            #expect(first.events == second.events && first.tasks == second.tasks)
            #expect(first.injected.handshakes == second.injected.handshakes)
            #expect(first.injected.handshakes > 0)
        }
    }

    @Test func differentSeedsAreDifferentWorlds() {
        let events = Set((UInt64(1)...30).map { World(seed: $0).run().events })
        #expect(events.count > 20)
    }

    /// A checker that finds no planted bug proves nothing.
    @Test(arguments: PlantedBug.allCases)
    func aPlantedBugIsFoundWithinAHundredSeeds(_ bug: PlantedBug) {
        for seed in UInt64(1)...100 {
            if World(seed: seed, bug: bug).run().violation != nil { return }
        }
        Issue.record("\(bug) was not found")
    }

    @Test func everyOrderOfFewEventsKeepsAllProperties() {
        let result = SmallWorld.explore(depth: 6)
        #expect(result.violation == nil)
        #expect(result.schedules > 10_000)
    }

    @Test func hostileMessagesHitNoPrecondition() {
        #expect(Byzantine.run(seed: 1, messages: 20_000) == nil)
    }

    @Test func seedFilesMayHoldRemarks() {
        #expect(Simulation.seeds(in: "12 # twelve\n\n# nothing\n  7\n") == [12, 7])
    }
}
