import HayateCore
import Testing

/// How many log lines may leave a daemon, by instants.
@Suite struct LogBudgetTests {
    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    private let limits = LogBudget.Limits(
        burstLines: 3, linesPerSecond: 100, burstBytes: 1_000, bytesPerSecond: 10_000)

    @Test func aBurstPassesAndTheRestIsCounted() {
        var budget = LogBudget(limits: limits)
        let passed = (0..<5).map { _ in budget.mayPass(bytes: 10, at: at(1)) }
        #expect(passed == [true, true, true, false, false])
        #expect(budget.dropped == 2)
        #expect(budget.takeDropped() == 2)
        #expect(budget.takeDropped() == 0)
    }

    @Test func timeFillsItAgainUpToTheBurst() {
        var budget = LogBudget(limits: limits)
        for _ in 0..<3 { #expect(budget.mayPass(bytes: 10, at: at(0))) }
        #expect(!budget.mayPass(bytes: 10, at: at(9)), "one line every 10 ms")
        #expect(budget.mayPass(bytes: 10, at: at(10)))
        #expect(!budget.mayPass(bytes: 10, at: at(19)))
        let later = (0..<5).map { _ in budget.mayPass(bytes: 10, at: at(100_000)) }
        #expect(later == [true, true, true, false, false])
    }

    @Test func shortStepsAddUp() {
        var budget = LogBudget(limits: limits)
        var passed = 0
        // Every millisecond for a second: the burst and a hundred lines.
        for time in 0..<1_000 where budget.mayPass(bytes: 1, at: at(Int64(time))) { passed += 1 }
        #expect((101...103).contains(passed))
    }

    @Test func bytesCountToo() {
        var budget = LogBudget(limits: limits)
        #expect(budget.mayPass(bytes: 900, at: at(0)))
        #expect(!budget.mayPass(bytes: 200, at: at(0)))
        #expect(budget.mayPass(bytes: 100, at: at(0)))
        // Longer than the burst: when all of it is there.
        #expect(!budget.mayPass(bytes: 1 << 40, at: at(50)))
        #expect(budget.mayPass(bytes: 1 << 40, at: at(200)))
    }

    @Test func timeThatStandsStillOrJumpsDoesNoHarm() {
        var budget = LogBudget()
        #expect(budget.mayPass(bytes: 10, at: at(1_000)))
        #expect(budget.mayPass(bytes: 10, at: at(1)))
        #expect(budget.mayPass(bytes: 10, at: .distantFuture))
        #expect(budget.mayPass(bytes: 10, at: .distantFuture))
    }
}
