import Testing

@testable import HayateCore

@Suite struct DispatchOrderTests {
    @Test func tasksGoToIdleDaemonsInOrderOfSubmission() {
        var script = DispatchScript()
        #expect(script.submit() == [])
        #expect(script.submit() == [])
        #expect(script.join(2) == ["assign 1#1 A", "assign 2#1 B"])
        #expect(script.submit() == [])
        #expect(script.finish(2, by: "B") == ["assign 3#1 B"])
        #expect(script.verdict == .recorded)
    }

    @Test func higherPriorityGoesFirstAndEqualsKeepTheirOrder() {
        var script = DispatchScript()
        script.submit()
        script.submit(priority: 5)
        script.submit(priority: 5)
        script.submit(priority: -1)
        #expect(script.join() == ["assign 2#1 A"])
        for (task, next) in [(2, 3), (3, 1), (1, 4)] {
            script.after(.milliseconds(10))
            let told = script.finish(task, by: "A", took: .milliseconds(10))
            #expect(told == ["assign \(next)#1 A"])
        }
    }

    /// After one short task over a long way the daemon gets more than one.
    @Test func shortTasksAreSentAhead() {
        var script = DispatchScript { $0.prefetch = 3 }
        script.join()
        script.submit()
        for _ in 0..<9 { script.submit() }
        script.after(.microseconds(100))
        #expect(script.finish(1, by: "A") == ["assign 2#1 A", "assign 3#1 A", "assign 4#1 A"])
        #expect(script.reason(4) == .prefetched(script.id("A"), ahead: 2))
        #expect(script.finish(2, by: "A") == ["assign 5#1 A"])
    }

    @Test func longTasksAreSentOneByOne() {
        var script = DispatchScript()
        script.join()
        for _ in 0..<3 { script.submit() }
        script.after(.seconds(1))
        #expect(script.finish(1, by: "A", took: .milliseconds(999)) == ["assign 2#1 A"])
        #expect(script.reason(3) == .queued(ahead: 0))
    }

    @Test func anIdleDaemonGetsWhatAnotherHoldsUnstarted() {
        var script = prefetching()
        script.after(.milliseconds(1))
        // A holds 2, 3, 4. B comes: half of what A has not started is asked back.
        #expect(script.join() == ["revoke 4#1 A"])
        #expect(script.giveBack(4, by: "A") == ["assign 4#1 B"])
    }

    @Test func whatWaitsBehindALongTaskComesBack() {
        var script = prefetching()
        #expect(script.after(.milliseconds(60)) == ["revoke 4#1 A", "revoke 3#1 A"])
        #expect(script.giveBack(4, by: "A") == [])
        // Both have their old places: 3 comes before 4 and both before 5.
        #expect(script.giveBack(3, by: "A") == [])
        script.submit()
        #expect(script.join() == ["assign 3#1 B"])
        script.after(.milliseconds(1))
        #expect(script.finish(3, by: "B", took: .milliseconds(1)).first == "assign 4#1 B")
    }

    @Test func aTaskThatHadStartedIsNotGivenBackButAnswered() {
        var script = prefetching()
        script.after(.milliseconds(60))
        script.finish(2, by: "A", took: .milliseconds(60))
        script.finish(3, by: "A")
        #expect(script.verdict == .recorded)
        #expect(script.giveBack(4, by: "A") == ["assign 4#1 A"])
    }

    @Test func aDirectedTaskDoesNotQueue() {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        script.submit()
        script.submit()
        #expect(script.submit(to: "A") == ["assign 4#1 A"])
        #expect(script.reason(3) == .queued(ahead: 0))
        #expect(script.lose("A", .silent) == ["resolve 4 daemonLost silent"])
        #expect(script.submit(to: "A") == [])
        #expect(script.refusal == .noSuchDaemon)
    }

    @Test func aDirectedTaskIsRetriedAtItsDaemon() {
        var script = DispatchScript()
        script.join(2)
        script.submit(retry: .backoff(attempts: 3, first: .seconds(1), jitter: 0), to: "B")
        #expect(script.finish(1, by: "B", failed: true) == [])
        #expect(script.verdict == .retrying)
        script.hear("A")
        #expect(script.after(.seconds(1)) == ["assign 1#2 B"])
        script.finish(1, attempt: 2, by: "B", failed: true)
        #expect(script.lose("B", .silent) == ["resolve 1 daemonLost silent"])
    }

    @Test func aFullQueueRefusesAndTellsWhenThereIsRoom() {
        var script = DispatchScript {
            $0.queuedBytes = 100
            $0.queuedTasks = 3
        }
        // An empty queue takes any one task.
        script.submit(bytes: 500)
        #expect(script.refusal == nil)
        script.submit(bytes: 1)
        #expect(script.refusal == .queueFull)
        #expect(script.join() == ["room", "assign 1#1 A"])
        for _ in 0..<4 { script.submit() }
        #expect(script.refusal == .queueFull)
        #expect(script.cancel(2) == ["room", "resolve 2 cancelled"])
    }

    @Test func anEnormousTaskIsRefusedNotTrappedOn() {
        var script = DispatchScript()
        script.submit(bytes: .max)
        #expect(script.refusal == .queueFull)
        script.submit()
        script.submit(bytes: .max)
        #expect(script.refusal == .queueFull)
    }

    /// A runs 2 and holds 3 and 4 behind it.
    private func prefetching() -> DispatchScript {
        var script = DispatchScript { $0.prefetch = 3 }
        script.join()
        script.submit()
        for _ in 0..<3 { script.submit() }
        script.after(.microseconds(100))
        script.finish(1, by: "A")
        return script
    }
}
