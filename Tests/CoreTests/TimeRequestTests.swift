import Testing

@testable import HayateCore

/// Tasks that ask for time, and daemons that have little of it.
@Suite struct TimeRequestTests {
    private func daemon(_ wallTime: Duration?) -> DaemonTerms { DaemonTerms(wallTime: wallTime) }

    @Test func aTaskWaitsForADaemonWithEnoughTime() {
        var script = DispatchScript()
        script.join(1, daemon(.seconds(240)))
        #expect(script.submit(needing: .seconds(600)) == [])
        #expect(script.reason(1) == .needsTime(.seconds(600), mostLeft: .seconds(240)))
        #expect(script.join(1, daemon(.seconds(3600))) == ["assign 1#1 B"])
    }

    @Test func thoseBehindThatFitGoOn() {
        var script = DispatchScript()
        script.submit(needing: .seconds(600))
        script.submit(needing: .seconds(60))
        script.submit()
        script.submit(needing: .seconds(600))
        #expect(script.join(1, daemon(.seconds(240))) == ["assign 2#1 A"])
        #expect(script.finish(2, by: "A", took: .seconds(1)) == ["assign 3#1 A"])
        #expect(script.finish(3, by: "A", took: .seconds(1)) == [])
        #expect(script.join(1, daemon(nil)) == ["assign 1#1 B"])
        #expect(script.reason(4) == .queued(ahead: 0))
        #expect(script.finish(1, by: "B", took: .seconds(1)) == ["assign 4#1 B"])
    }

    @Test func amongThoseThatFitTheOldestAndTheMostUrgentGoFirst() {
        var script = DispatchScript()
        script.submit()
        script.submit(needing: .seconds(10))
        script.submit(needing: .seconds(5))
        script.submit(priority: 1, needing: .seconds(20))
        #expect(script.join(1, daemon(.seconds(60))) == ["assign 4#1 A"])
        script.after(.seconds(1))
        #expect(script.finish(4, by: "A", took: .seconds(1)) == ["assign 1#1 A"])
        script.after(.seconds(1))
        #expect(script.finish(1, by: "A", took: .seconds(1)) == ["assign 2#1 A"])
        script.after(.seconds(1))
        #expect(script.finish(2, by: "A", took: .seconds(1)) == ["assign 3#1 A"])
    }

    @Test func timeRunsWhileADaemonWorks() {
        var script = DispatchScript()
        script.join(1, daemon(.seconds(100)))
        script.submit()
        script.submit(needing: .seconds(60))
        script.after(.seconds(30))
        script.hear("A")
        script.after(.seconds(12))
        script.hear("A")
        #expect(script.finish(1, by: "A", took: .seconds(42)) == [])
        #expect(script.reason(2) == .needsTime(.seconds(60), mostLeft: .seconds(58)))
    }

    /// What is sent ahead must fit behind what is there.
    @Test func sendingAheadCountsWhatADaemonHolds() {
        var script = DispatchScript { $0.prefetch = 8 }
        script.join(1, daemon(.seconds(100)))
        // It learns that its tasks are short against the round trip.
        script.submit()
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        for _ in 0..<4 { script.submit(needing: .seconds(30)) }
        let reasons = (2...5).map { script.reason($0) }
        #expect(reasons.count { if case .prefetched = $0 { true } else { false } } == 2)
        #expect(reasons.last == .queued(ahead: 0))
        #expect(script.finish(2, by: "A") == ["assign 5#1 A"])
    }

    @Test func whatComesBackKeepsItsPlaceAndItsRequest() {
        var script = DispatchScript()
        script.join(1, daemon(.seconds(3600)))
        script.submit(needing: .seconds(600))
        script.submit(needing: .seconds(600))
        script.lose("A")
        #expect(script.join(1, daemon(.seconds(300))) == [])
        #expect(script.join(1, daemon(nil)) == ["assign 1#2 C"])
    }

    @Test func cancelledOnesLeaveNothingBehind() {
        var script = DispatchScript()
        script.join(1, daemon(.seconds(10)))
        for _ in 0..<3_000 { script.submit(needing: .seconds(600)) }
        for task in 1...2_999 { script.cancel(task) }
        #expect(script.dispatch.counts.waiting == 1)
        #expect(script.dispatch.timeRequests.lengths.count < 1_100)
        #expect(script.cancel(3_000) == ["resolve 3000 cancelled"])
        #expect(script.join(1, daemon(nil)) == [])
        #expect(script.dispatch.timeRequests.lengths.isEmpty)
        #expect(script.dispatch.timeRequests.lines.isEmpty)
    }

    /// An idle daemon that does not fit what a busy one holds takes nothing back for it.
    @Test func nothingIsTakenBackInVain() {
        var script = DispatchScript { $0.prefetch = 8 }
        script.join(1, daemon(nil))
        script.submit()
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        for _ in 0..<4 { script.submit(needing: .seconds(600)) }
        script.after(.microseconds(500))
        #expect(script.join(1, daemon(.seconds(60))) == [])
        #expect(script.hear("B") == [])
        #expect(script.join(1, daemon(nil)).contains { $0.hasPrefix("revoke") })
    }

    @Test func aPoolWithoutAQueueRefuses() {
        var script = DispatchScript { $0.scheduling = .roundRobin }
        script.submit(needing: .seconds(1))
        #expect(script.refusal == .timeRequest)
    }

    @Test func aTaskThatMustBeAloneIsNotOvertakenForEver() {
        var script = DispatchScript { $0.prefetch = 8 }
        script.join(1, daemon(.seconds(3600)))
        script.submit()
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        script.submit()
        script.submit(retry: .never, needing: .seconds(60))
        script.submit()
        #expect(script.finish(2, by: "A") == ["assign 3#1 A"])
    }

    @Test func requestsAreRoundedUpByAThirtySecondAtMost() {
        for length in [1, 2, 63, 64, 65, 1_000, 600_000_000_000, 1 << 53] as [Int64] {
            let rounded = TimeRequests.rounded(length)
            #expect(rounded >= length && rounded - length <= length / 32)
            #expect(TimeRequests.rounded(rounded) == rounded)
        }
        let distinct = Set((0..<20_000).map { TimeRequests.rounded(1 + Int64($0) * 7_919_000_000) })
        #expect(distinct.count < 700)
    }

    @Test func theTreeFindsTheFirstThatHasEnough() {
        var tree = MaxTree()
        var plain = [Int64](repeating: MaxTree.nothing, count: 70)
        for step in 0..<3_000 {
            let slot = UInt32(SplitMix64.mix(UInt64(step)) % 70)
            let value = step % 5 == 0 ? MaxTree.nothing : Int64(SplitMix64.mix(UInt64(step) << 32) % 100)
            tree[slot] = value
            plain[Int(slot)] = value
            let least = Int64(step % 101)
            #expect(tree.first(atLeast: least) == plain.firstIndex { $0 >= least }.map { UInt32($0) })
            #expect(tree.greatest == plain.max())
        }
    }
}
