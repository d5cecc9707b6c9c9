import Testing

@testable import HayateCore

@Suite struct DispatchChildrenTests {
    @Test func aWaitingParentsDaemonRunsTheChild() {
        var script = DispatchScript()
        script.join()
        #expect(script.submit() == ["assign 1#1 A"])
        #expect(script.submitChild(of: "A") == [])
        #expect(script.help(2, by: "A") == ["help 2#1 A"])
        #expect(script.answer == .granted)
        guard case .running = script.reason(1) else {
            Issue.record("the parent waits for \(String(describing: script.reason(1)))")
            return
        }
        #expect(script.finish(2, by: "A") == [])
        #expect(script.verdict == .recorded)
        #expect(script.finish(1, by: "A") == [])
        #expect(script.verdict == .recorded)
    }

    @Test func aChildThatRunsElsewhereNeedsNoHelp() {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        #expect(script.submitChild(of: "A") == ["assign 2#1 B"])
        #expect(script.help(2, by: "A") == [])
        #expect(script.answer == .unneeded)
        // Its daemon is lost: now it does.
        #expect(script.lose("B") == [])
        #expect(script.help(2, by: "A") == ["help 2#2 A"])
    }

    @Test func anEndedChildNeedsNoHelp() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submitChild(of: "A")
        #expect(script.cancel(2) == ["resolve 2 cancelled"])
        #expect(script.help(2, by: "A") == [])
        #expect(script.answer == .unneeded)
        #expect(script.help(1, by: "A") == [])
        #expect(script.answer == .unneeded)
    }

    /// A daemon of short tasks holds several, the child among them: what stands behind the parent would wait
    /// for it.
    @Test func whatStandsBehindAWaitingParentComesBack() {
        var script = Self.withPrefetch()
        #expect(script.submitChild(of: "A") == ["assign 12#1 A"])
        #expect(script.help(12, by: "A") == ["revoke 12#1 A", "revoke 11#1 A", "revoke 10#1 A"])
        #expect(script.answer == .pending)
        #expect(script.giveBack(12, by: "A") == ["help 12#1 A"])
        // The others do not go back there, though it holds few and they are short.
        #expect(script.giveBack(11, by: "A") == [])
        #expect(script.giveBack(10, by: "A") == [])
        #expect(script.finish(12, by: "A") == [])
        #expect(script.finish(9, by: "A").first == "assign 10#1 A")
    }

    @Test func aChildThatWasSentAheadElsewhereIsAskedBackAndGoesToItsParent() {
        var script = Self.withPrefetch()
        script.join()
        script.giveBack(11, by: "A")
        #expect(script.dispatch.tasks(at: script.id("B")).map(\.task) == [script.tasks[10]])
        #expect(script.submitChild(of: "B") == ["assign 12#1 A"])
        #expect(script.help(12, by: "B").contains("revoke 12#1 A"))
        #expect(script.answer == .pending)
        #expect(script.giveBack(12, by: "A").contains("help 12#1 B"))
    }

    @Test func parentsAreNotAskedBack() {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        script.submit()
        script.submitChild(of: "A")
        script.help(3, by: "A")
        // B is idle and A overdue: only what has not started would come back.
        script.finish(2, by: "B")
        #expect(script.after(.seconds(1)).isEmpty)
        #expect(script.drain("A") == [])
        #expect(script.finish(3, by: "A") == [])
        #expect(script.finish(1, by: "A") == ["dismiss A requested"])
    }

    @Test func drainingAndFullDaemonsHelpAllTheSame() {
        var script = DispatchScript()
        script.join(1, DaemonTerms(maximumTasks: 1))
        script.submit()
        script.submitChild(of: "A", retry: .never)
        script.drain("A")
        #expect(script.help(2, by: "A") == ["help 2#1 A"])
        #expect(script.finish(2, by: "A") == [])
        #expect(script.finish(1, by: "A") == ["dismiss A requested"])
    }

    @Test func childrenGoBeforeTasksLikeTheirParents() {
        var script = DispatchScript()
        script.join(1)
        script.submit()
        script.submit()
        script.submitChild(of: "A")
        script.submitChild(of: "A", priority: -1)
        #expect(script.join(3) == ["assign 3#1 B", "assign 2#1 C", "assign 4#1 D"])
    }

    @Test func prioritiesOfGenerationsAreClamped() {
        var script = DispatchScript()
        script.join(1)
        script.submit(priority: 127)
        script.submitChild(of: "A", priority: 127)
        #expect(script.refusal == nil)
        #expect(script.help(2, by: "A") == ["help 2#1 A"])
    }

    @Test func aParentThatDoesNotStopCostsAReplaceableDaemonThoughAChildIsOnTop() {
        var script = DispatchScript()
        script.join(1, DaemonTerms(isReplaceable: true))
        script.submit()
        script.submitChild(of: "A")
        #expect(script.help(2, by: "A") == ["help 2#1 A"])
        script.cancel(1)
        #expect(script.after(.seconds(6)).contains("expel A unresponsive"))
    }

    @Test func inventedPoliciesDoNotPileUp() {
        var script = DispatchScript()
        var effects = Effects()
        for number in 0..<6_000 {
            let retry = RetryPolicy.backoff(attempts: 2, first: .nanoseconds(number))
            _ = script.dispatch.submit(
                TaskSpec(bytes: 1, retry: retry), at: .zero, into: &effects)
        }
        #expect(script.dispatch.policies.count <= 4_096 + 256)
    }

    @Test func aFullQueueTakesChildren() {
        var script = DispatchScript { $0.queuedTasks = 1 }
        script.join()
        script.submit()
        script.submit()
        script.submit()
        #expect(script.refusal == .queueFull)
        script.submitChild(of: "A")
        #expect(script.refusal == nil)
    }

    /// The child is another one each time; without blame its parent would take down daemons for ever.
    @Test func aParentIsBlamedForWhatItsChildrenDo() {
        var script = DispatchScript()
        script.submit()
        for round in 1...5 {
            let daemon = Character(UnicodeScalar(UInt8(64 + round)))
            script.join()
            script.submitChild(of: daemon)
            let child = script.tasks.count
            #expect(script.help(child, by: daemon) == ["help \(child)#1 \(daemon)"])
            script.lose(daemon)
            script.cancel(child)
            #expect((script.reason(1) == nil) == (round == 5))
        }
    }

    @Test func aLostDaemonsParentStartsElsewhere() {
        var script = DispatchScript()
        script.join(2)
        script.submit()
        script.submitChild(of: "A")
        script.finish(2, by: "B")
        script.submitChild(of: "A")
        script.lose("B")
        #expect(script.help(3, by: "A") == ["help 3#2 A"])
        #expect(script.lose("A", .left) == [])
        #expect(script.join() == ["assign 3#3 C"])
        #expect(script.join() == ["assign 1#2 D"])
    }

    @Test func aParentThatEndsFirstLeavesItsChildAtTheHead() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submitChild(of: "A")
        script.help(2, by: "A")
        #expect(script.finish(1, by: "A") == [])
        #expect(script.verdict == .recorded)
        #expect(script.cancel(2) == ["stop 2#1 A", "resolve 2 cancelled"])
        #expect(script.finish(2, by: "A") == [])
        #expect(script.submit() == ["assign 3#1 A"])
    }

    @Test func aTimeoutOfAWaitingParentSaysThatItRan() {
        var script = DispatchScript()
        script.join()
        script.submit(timeout: .seconds(1))
        script.submitChild(of: "A")
        script.help(2, by: "A")
        #expect(script.after(.seconds(1)) == ["stop 1#1 A", "resolve 1 timedOut running"])
    }

    @Test func aResumingDaemonKeepsItsStack() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submitChild(of: "A")
        script.help(2, by: "A")
        script.disconnect("A")
        #expect(script.help(2, by: "A") == [])
        // The child was lost on the way.
        #expect(script.resume("A", holding: [(1, 1)]) == [])
        #expect(script.help(2, by: "A") == ["help 2#1 A"])
    }

    /// A daemon whose tasks are short, with a parent at the head and two behind.
    private static func withPrefetch() -> DispatchScript {
        var script = DispatchScript { $0.overdueAfter = .seconds(10) }
        script.join()
        for number in 1...8 {
            script.submit()
            script.after(.milliseconds(1))
            script.finish(number, by: "A", took: .microseconds(10))
        }
        script.submit()
        script.submit()
        script.submit()
        return script
    }
}
