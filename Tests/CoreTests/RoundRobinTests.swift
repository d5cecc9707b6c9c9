import HayateCore
import Testing

/// Pools without a common queue: one daemon after the other gets a task, whether or not it is busy.
@Suite struct RoundRobinTests {
    private func script(_ adjust: (inout DispatchLimits) -> Void = { _ in }) -> DispatchScript {
        DispatchScript {
            $0.scheduling = .roundRobin
            adjust(&$0)
        }
    }

    private func submit(_ count: Int, _ script: inout DispatchScript) -> [String] {
        (0..<count).flatMap { _ in script.submit() }
    }

    @Test func tasksGoInTurnAndNothingWaits() {
        var script = script()
        script.join(3)
        #expect(submit(7, &script) == [
            "assign 1#1 B", "assign 2#1 C", "assign 3#1 A", "assign 4#1 B", "assign 5#1 C",
            "assign 6#1 A", "assign 7#1 B",
        ])
        #expect(script.dispatch.counts.waiting == 0)
        #expect(script.dispatch.executing == 3)
        #expect(script.reason(7) == .prefetched(script.id("B"), ahead: 2))
    }

    @Test func nothingIsTakenBackFromABusyDaemon() {
        var script = script()
        script.join(2)
        #expect(submit(6, &script).count == 6)
        // B is through with its three; A has not begun its second.
        script.after(.milliseconds(1))
        for task in [2, 4, 6] { #expect(script.finish(task, by: "A") == []) }
        #expect(script.after(.seconds(1)) == [])
        #expect(script.join() == [])
        #expect(submit(2, &script) == ["assign 7#1 B", "assign 8#1 C"])
    }

    @Test func whatWaitsGoesInTurnToThoseWhoCome() {
        var script = script()
        #expect(submit(3, &script) == [])
        #expect(script.reason(1) == .noDaemons)
        #expect(script.join() == ["assign 1#1 A", "assign 2#1 A", "assign 3#1 A"])
    }

    @Test func tasksOfALostDaemonGoToTheOthers() {
        var script = script()
        script.join(2)
        #expect(submit(4, &script) == ["assign 1#1 B", "assign 2#1 A", "assign 3#1 B", "assign 4#1 A"])
        // From now on they run alone: they wait until A has nothing.
        #expect(script.lose("B", .process(.exited(code: 1))) == [])
        #expect(script.reason(1) == .waitsForIdleDaemon)
        script.after(.milliseconds(1))
        #expect(script.finish(2, by: "A") == [])
        #expect(script.finish(4, by: "A") == ["assign 1#2 A"])
        #expect(script.finish(1, attempt: 2, by: "A") == ["assign 3#2 A"])
    }

    @Test func tasksThatStartOnceAreSentAheadToo() {
        var script = script()
        script.join()
        script.submit()
        #expect(script.submit(retry: .never) == ["assign 2#1 A"])
        #expect(script.lose("A", .silent) == ["resolve 2 daemonLost silent"])
    }

    @Test func termsAndTheBoundOfTheBacklogAreKept() {
        var script = script { $0.backlogBytes = 10 }
        script.join(1, DaemonTerms(maximumTasks: 3))
        #expect(script.submit(bytes: 6) == ["assign 1#1 A"])
        #expect(script.submit(bytes: 6) == ["assign 2#1 A"])
        #expect(script.submit(bytes: 6) == [])
        script.after(.milliseconds(1))
        #expect(script.finish(1, by: "A") == ["assign 3#1 A"])
        #expect(script.submit() == [])
        // A has its three: what comes goes to the next.
        #expect(script.join() == ["assign 4#1 B"])
    }

    @Test func drainingGivesBackWhatHasNotStarted() {
        var script = script()
        script.join(2)
        #expect(submit(4, &script).count == 4)
        #expect(script.drain("B") == ["revoke 3#1 B"])
        #expect(script.giveBack(3, by: "B") == ["assign 3#1 A"])
    }
}
