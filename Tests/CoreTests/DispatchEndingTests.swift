import Testing

@testable import HayateCore

@Suite struct DispatchEndingTests {
    @Test func timeoutsCountWaitingAndRunning() {
        var script = DispatchScript()
        script.submit(timeout: .seconds(1))
        #expect(script.after(.seconds(1)) == ["resolve 1 timedOut waiting"])
        script.submit(timeout: .seconds(1))
        #expect(script.join() == ["assign 2#1 A"])
        #expect(script.after(.seconds(1)) == ["stop 2#1 A", "resolve 2 timedOut running"])
        script.finish(2, by: "A")
        #expect(script.verdict == .stale)
        #expect(script.dispatch.counts.stopping == 0)
    }

    @Test func cancelEndsAWaitingTaskForGood() {
        var script = DispatchScript()
        script.submit()
        script.submit()
        #expect(script.cancel(1) == ["resolve 1 cancelled"])
        #expect(script.cancel(1) == [])
        #expect(script.join() == ["assign 2#1 A"])
    }

    @Test func cancelStopsARunningTaskWhoseResultIsDropped() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submit()
        #expect(script.cancel(1) == ["stop 1#1 A", "resolve 1 cancelled"])
        #expect(script.finish(1, by: "A") == ["assign 2#1 A"])
        #expect(script.verdict == .stale)
    }

    @Test func manyCancelledTasksLeaveTheQueue() {
        var script = DispatchScript()
        for _ in 0..<3000 { script.submit(timeout: .seconds(3600)) }
        for task in 1...2999 { script.cancel(task) }
        #expect(script.dispatch.tombstones < 1500)
        #expect(script.dispatch.deadlines.count < 3001)
        #expect(script.join() == ["assign 3000#1 A"])
    }

    @Test func aFailureIsAValueUnlessRetriesWereAskedFor() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.finish(1, by: "A", failed: true)
        #expect(script.verdict == .recorded)
    }

    @Test func failuresAreRetriedWithGrowingPauses() {
        var script = DispatchScript()
        script.join()
        script.submit(retry: .backoff(attempts: 3, first: .seconds(1), factor: 2, jitter: 0))
        #expect(script.finish(1, by: "A", failed: true) == [])
        #expect(script.verdict == .retrying)
        #expect(script.reason(1) == .retryPause(failures: 1))
        #expect(script.after(.milliseconds(999)) == [])
        #expect(script.after(.milliseconds(1)) == ["assign 1#2 A"])
        script.finish(1, attempt: 2, by: "A", failed: true)
        #expect(script.after(.milliseconds(1999)) == [])
        #expect(script.after(.milliseconds(1)) == ["assign 1#3 A"])
        script.finish(1, attempt: 3, by: "A", failed: true)
        #expect(script.verdict == .recorded)
    }

    @Test func pausesAreCappedAndJitterStaysInItsBounds() {
        let backoff = RetryPolicy.Backoff(
            attempts: 99, first: .seconds(1), factor: 3, cap: .seconds(10), jitter: 0.2)
        for failure in UInt32(1)...60 {
            let pause = backoff.pause(after: failure, salt: UInt64(failure) &* 77)
            #expect(pause <= 12_000_000_000)
            #expect(pause >= 800_000_000)
        }
    }

    @Test func aTaskOfALostDaemonStartsElsewhereBeforeNewerOnes() {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        script.submit()
        script.submit()
        #expect(script.lose("A", .process(.signalled(number: 9, coreDumped: false))) == [])
        #expect(script.finish(2, by: "B") == ["assign 1#2 B"])
        // The old attempt's answer changes nothing.
        script.finish(1, attempt: 1, by: "A")
        #expect(script.verdict == .stale)
        script.finish(1, attempt: 1, by: "B")
        #expect(script.verdict == .stale)
        #expect(script.reason(1) != nil)
    }

    @Test func aTaskIsPoisonousAtExactlyItsLimit() {
        var script = DispatchScript()
        script.submit()
        for loss in 1...5 {
            #expect(script.join() == ["assign 1#\(loss) \(letter(loss))"])
            let told = script.lose(Character(letter(loss)), .process(.exited(code: 1)))
            #expect(told == (loss == 5 ? ["resolve 1 poisoned 5"] : []))
        }
    }

    @Test func explainedLossesDoNotCount() {
        var script = DispatchScript()
        script.submit(retry: RetryPolicy(losses: 2))
        for loss in 1...6 {
            script.join()
            #expect(script.lose(Character(letter(loss)), .left) == [])
        }
        #expect(script.reason(1) == .noDaemons)
    }

    @Test func afterAnUnexplainedLossEachTaskRunsAlone() {
        var script = DispatchScript { $0.prefetch = 3 }
        script.join()
        script.submit()
        for _ in 0..<3 { script.submit() }
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        script.lose("A", .process(.exited(code: 1)))
        // Only the head is blamed, but all three are alone from now on.
        #expect(script.join(2) == ["assign 2#2 B", "assign 3#2 C"])
        #expect(script.reason(4) == .waitsForIdleDaemon)
        script.finish(2, attempt: 2, by: "B")
        #expect(script.reason(4).map { "\($0)" }?.hasPrefix("running") == true)
    }

    @Test func atMostOnceMeansNoSecondStart() {
        var script = DispatchScript()
        script.join()
        script.submit(retry: .never)
        #expect(script.lose("A", .silent) == ["resolve 1 daemonLost silent"])
    }

    @Test func closingEndsEverything() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submit()
        #expect(script.close() == ["stop 1#1 A", "resolve 1 closed", "resolve 2 closed"])
        script.submit()
        #expect(script.refusal == .closed)
        #expect(script.join() == [])
    }

    @Test func withoutHopeOfDaemonsWaitingTasksEnd() {
        var script = DispatchScript()
        script.submit()
        #expect(script.abandon() == ["resolve 1 noDaemons"])
        script.join()
        script.submit()
        #expect(script.abandon() == [])
    }

    private func letter(_ number: Int) -> String {
        String(UnicodeScalar(UInt8(64 + number)))
    }
}
