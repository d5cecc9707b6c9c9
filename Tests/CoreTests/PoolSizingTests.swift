import HayateCore
import Testing

/// How many daemons are started, replaced and given up on, by events and expected effects.
@Suite struct PoolSizingTests {
    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    private func sizing(_ count: Int, _ change: (inout PoolSizing.Limits) -> Void = { _ in }) -> (
        PoolSizing, [PoolSizing.Effect]
    ) {
        var limits = PoolSizing.Limits()
        change(&limits)
        var sizing = PoolSizing(limits: limits)
        var effects: [PoolSizing.Effect] = []
        sizing.want(count, at: at(0), into: &effects)
        return (sizing, effects)
    }

    @Test func wantedDaemonsAreStartedAndLostOnesReplaced() {
        var (sizing, effects) = sizing(2)
        #expect(effects == [.launch(1), .launch(2)])
        sizing.joined(1)
        sizing.joined(2)
        effects = []
        sizing.ended(1, at: at(10), into: &effects)
        #expect(effects == [.launch(3)])
        #expect(sizing.live == 2)
    }

    @Test func fewerWantedEndsTheYoungest() {
        var (sizing, effects) = sizing(3)
        for number: UInt64 in 1...3 { sizing.joined(number) }
        effects = []
        sizing.want(1, at: at(5), into: &effects)
        #expect(effects == [.end(3), .end(2)])
        effects = []
        sizing.ended(3, at: at(6), into: &effects)
        sizing.ended(2, at: at(6), into: &effects)
        #expect(effects == [])
    }

    @Test func thoseLaunchedByHandAreNotReplacedAndNotCounted() {
        var (sizing, effects) = sizing(1)
        sizing.joined(1)
        effects = []
        sizing.launchExtra(2, at: at(1), into: &effects)
        #expect(effects == [.launch(2), .launch(3)])
        #expect(sizing.expected == 3)
        sizing.joined(2)
        sizing.joined(3)
        effects = []
        sizing.ended(2, at: at(2), into: &effects)
        #expect(effects == [])
        #expect(sizing.expected == 2)
        // The wanted one is replaced all the same, and nobody is in its way.
        sizing.ended(1, at: at(3), into: &effects)
        #expect(effects == [.launch(4)])
        effects = []
        sizing.want(0, at: at(4), into: &effects)
        #expect(effects == [.end(4)])
        effects = []
        sizing.launchExtra(-1, at: at(5), into: &effects)
        #expect(effects == [])
    }

    @Test func launchesByHandThatFailCountAsFailures() {
        var (sizing, effects) = sizing(0) { $0.failures = 2 }
        sizing.launchExtra(2, at: at(0), into: &effects)
        effects = []
        sizing.ended(1, at: at(1), into: &effects)
        sizing.ended(2, at: at(2), into: &effects)
        #expect(effects == [.giveUp])
        effects = []
        sizing.launchExtra(1, at: at(3), into: &effects)
        #expect(effects == [.launch(3)])
        #expect(!sizing.hasGivenUp)
    }

    @Test func surplusMayBeLeftToLeaveByItself() {
        var (sizing, effects) = sizing(3)
        effects = []
        sizing.want(1, endingSurplus: false, at: at(1), into: &effects)
        #expect(effects == [])
        for number: UInt64 in 1...2 { sizing.joined(number) }
        sizing.ended(1, at: at(2), into: &effects)
        sizing.ended(2, at: at(2), into: &effects)
        #expect(effects == [])
        sizing.joined(3)
        sizing.ended(3, at: at(3), into: &effects)
        #expect(effects == [.launch(4)])
    }

    @Test func replacementsAreLimitedInRate() {
        var (sizing, effects) = sizing(1) {
            $0.burst = 2
            $0.perSecond = 10
        }
        var started = 0
        // Daemons that join and are lost at once, for one second, as fast as they are started.
        for time in stride(from: Int64(0), through: 1_000, by: 1) {
            sizing.tick(at: at(time), into: &effects)
            let launched = effects
            effects = []
            for case .launch(let number) in launched {
                started += 1
                sizing.joined(number)
                sizing.ended(number, at: at(time), into: &effects)
            }
        }
        // 3 at once (the burst and the wanted one), then ten a second.
        #expect((11...14).contains(started), "\(started) were started")
    }

    @Test(arguments: [false, true])
    func launchesThatNeverTakeTasksAreGivenUp(arrives: Bool) {
        var (sizing, effects) = sizing(1) { $0.failures = 3 }
        var launched: [UInt64] = [1]
        var gaveUp = false
        effects = []
        for time in stride(from: Int64(0), through: 20_000, by: 50) {
            if let number = launched.popLast() {
                if arrives { sizing.arrived(number) }
                sizing.ended(number, at: at(time), into: &effects)
            }
            sizing.tick(at: at(time), into: &effects)
            for effect in effects {
                if case .launch(let number) = effect { launched.append(number) }
                if effect == .giveUp { gaveUp = true }
            }
            effects = []
        }
        #expect(gaveUp)
        #expect(sizing.hasGivenUp)
        #expect(!sizing.hasProspects)
        sizing.want(1, at: at(30_000), into: &effects)
        #expect(effects.count == 1, "asked again, it tries again")
    }

    @Test func aLaunchThatDoesNotJoinInTimeIsEnded() {
        var (sizing, effects) = sizing(1) { $0.joinWithin = .seconds(2) }
        effects = []
        sizing.tick(at: at(1_999), into: &effects)
        #expect(effects == [])
        sizing.tick(at: at(2_000), into: &effects)
        #expect(effects == [.end(1)])
        // Being set up may take as long as it takes.
        var (patient, more) = self.sizing(1) { $0.joinWithin = .seconds(2) }
        patient.arrived(1)
        more = []
        patient.tick(at: at(60_000), into: &more)
        #expect(more == [])
    }

    @Test func idleLeaversComeBackOnDemandOnly() {
        var (sizing, effects) = sizing(1)
        sizing.joined(1)
        effects = []
        sizing.ended(1, wasIdle: true, at: at(100), into: &effects)
        #expect(effects == [])
        sizing.demanded(at: at(200), into: &effects)
        #expect(effects == [.launch(2)])
    }
}
