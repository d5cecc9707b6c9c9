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
        let (first, second) = (budget.takeDropped(), budget.takeDropped())
        #expect(first == 2)
        #expect(second == 0)
    }

    @Test func timeFillsItAgainUpToTheBurst() {
        var budget = LogBudget(limits: limits)
        // One line every 10 ms, after the burst.
        let times: [Int64] = [0, 0, 0, 9, 10, 19]
        let passed = times.map { budget.mayPass(bytes: 10, at: at($0)) }
        #expect(passed == [true, true, true, false, true, false])
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
        // The last two are longer than the burst: when all of it is there.
        let lines: [(bytes: Int, at: Int64)] = [
            (900, 0), (200, 0), (100, 0), (1 << 40, 50), (1 << 40, 200),
        ]
        let passed = lines.map { budget.mayPass(bytes: $0.bytes, at: at($0.at)) }
        #expect(passed == [true, false, true, false, true])
    }

    @Test func timeThatStandsStillOrJumpsDoesNoHarm() {
        var budget = LogBudget()
        let times = [at(1_000), at(1), .distantFuture, .distantFuture]
        let passed = times.map { budget.mayPass(bytes: 10, at: $0) }
        #expect(passed == [true, true, true, true])
    }
}
