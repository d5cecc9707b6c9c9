import HayateCore
import Testing

@testable import HayateLaunch

@Suite("When a machine is connected to again") struct ReconnectionPlanTests {
    private func error(isTransient: Bool = true) -> RemoteError {
        RemoteError(host: "n1", .connect, "refused", isTransient: isTransient)
    }

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func isOpened(_ plan: inout ReconnectionPlan) -> Bool { plan.needed() }

    private func wasMissed(_ plan: inout ReconnectionPlan, _ now: Instant) -> Bool? { plan.connected(at: now) }

    /// A plan whose connection holds since the instant 0.
    private func holding() -> ReconnectionPlan {
        var plan = ReconnectionPlan()
        #expect(isOpened(&plan))
        #expect(wasMissed(&plan, at(0)) == false)
        return plan
    }

    @Test("Only the first who needs it has it opened")
    func firstNeed() {
        var plan = ReconnectionPlan()
        #expect(isOpened(&plan))
        #expect(!isOpened(&plan))
        #expect(wasMissed(&plan, at(1)) == false)
        #expect(!isOpened(&plan))
    }

    @Test("A connection that held is rebuilt at once, and was missed")
    func rebuiltAtOnce() {
        var plan = holding()
        plan.broke(error(), at: at(100), jitter: 0.5)
        plan.resume(at: at(100))
        #expect(plan.phase == .connecting)
        #expect(wasMissed(&plan, at(101)) == true)
    }

    @Test("Pauses grow from 1 s to 30 s, and no jitter leaves these bounds", arguments: [0, 0.3, 1, 7])
    func growingPauses(jitter: Double) throws {
        var plan = holding()
        plan.broke(error(), at: at(100), jitter: jitter)
        var pauses: [Int64] = []
        var now = at(100)
        for _ in 0..<12 {
            plan.resume(at: now)
            #expect(plan.phase == .connecting)
            plan.failed(error(), at: now, jitter: jitter)
            guard case .pausing(let until) = plan.phase else {
                Issue.record("no pause")
                return
            }
            pauses.append(until.since(now))
            // Before its time nothing happens.
            plan.resume(at: Instant(nanoseconds: until.nanoseconds - 1))
            #expect(plan.phase == .pausing(until: until))
            now = until
        }
        #expect(pauses.first == 1_000_000_000)
        #expect(pauses.allSatisfy { (1_000_000_000...30_000_000_000).contains($0) })
        #expect(pauses == pauses.sorted())
        #expect(try #require(pauses.last) >= 15_000_000_000)
    }

    @Test("One that breaks again and again is not dialled without end")
    func flapping() {
        var plan = holding()
        var now = at(1)
        var tries = 0
        while now < at(60) {
            plan.broke(error(), at: now, jitter: 1)
            guard case .pausing(let until) = plan.phase else { break }
            now = until.advanced(by: 10_000_000)
            plan.resume(at: now)
            _ = plan.connected(at: now)
            tries += 1
        }
        #expect(tries >= 4 && tries <= 8)
    }

    @Test("What another try would not better is final")
    func finalReasons() {
        var plan = ReconnectionPlan()
        _ = plan.needed()
        plan.failed(error(isTransient: false), at: at(1), jitter: 0)
        #expect(plan.phase == .failed(error(isTransient: false)))
        plan.resume(at: at(100))
        #expect(!isOpened(&plan))
        #expect(plan.phase == .failed(error(isTransient: false)))
    }

    @Test("After its end nothing is connected, and what comes late is not wanted")
    func closed() {
        var plan = ReconnectionPlan()
        _ = plan.needed()
        plan.close()
        #expect(wasMissed(&plan, at(1)) == nil)
        plan.failed(error(), at: at(1), jitter: 0)
        plan.broke(error(), at: at(1), jitter: 0)
        #expect(plan.phase == .closed)
        #expect(!isOpened(&plan))
    }
}
