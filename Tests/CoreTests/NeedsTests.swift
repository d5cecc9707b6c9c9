import Testing

@testable import HayateCore

@Suite struct NeedsTests {
    @Test("a task starts when all that it needs have returned, at the place of its submission")
    func startsAfterItsNeeds() {
        var script = DispatchScript { $0.prefetch = 1 }
        script.join(2)
        script.submit()
        script.submit()
        #expect(script.submit(after: [1, 2]) == [])
        script.submit()
        #expect(script.dispatch.counts.blocked == 1)
        #expect(script.dispatch.counts.waiting == 1)
        #expect(script.reason(3) == .needs(script.tasks[0], unfinished: 2))
        #expect(script.dispatch.taskStatus().first { $0.id == script.tasks[2] }?.state == .blocked)
        #expect(script.finish(2, by: "B") == ["assign 4#1 B"])
        #expect(script.reason(3) == .needs(script.tasks[0], unfinished: 1))
        script.submit()
        // 3 was submitted before 5.
        #expect(script.finish(1, by: "A") == ["assign 3#1 A"])
        #expect(script.dispatch.counts.blocked == 0)
        #expect(script.finish(3, by: "A") == ["assign 5#1 A"])
        #expect(script.verdict == .recorded)
    }

    @Test("a failure ends those that need the task, and those that need these")
    func failuresGoOn() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submit(after: [1])
        script.submit(after: [1, 2])
        script.submit(after: [3])
        script.submit()
        #expect(
            script.finish(1, by: "A", failed: true) == [
                "resolve 2 neededFailed 1", "resolve 3 neededFailed 1", "resolve 4 neededFailed 3", "assign 5#1 A",
            ])
        #expect(script.verdict == .recorded)
    }

    @Test("a failure that is tried again ends nobody", arguments: [false, true])
    func retriedFailures(_ endsWell: Bool) {
        var script = DispatchScript()
        script.join()
        script.submit(retry: .backoff(attempts: 2, first: .milliseconds(1)))
        script.submit(after: [1])
        #expect(script.finish(1, by: "A", failed: true) == [])
        #expect(script.after(.milliseconds(2)) == ["assign 1#2 A"])
        #expect(
            script.finish(1, attempt: 2, by: "A", failed: !endsWell)
                == (endsWell ? ["assign 2#1 A"] : ["resolve 2 neededFailed 1"]))
    }

    @Test("whatever ends a task without a value ends those that need it")
    func otherEndings() {
        var script = DispatchScript()
        script.submit(timeout: .seconds(1))
        script.submit(after: [1])
        #expect(script.after(.seconds(1)) == ["resolve 1 timedOut waiting", "resolve 2 neededFailed 1"])
        script.submit()
        script.submit(after: [3])
        #expect(script.cancel(3) == ["resolve 3 cancelled", "resolve 4 neededFailed 3"])
        script.join()
        script.submit(retry: .never)
        script.submit(after: [5])
        #expect(script.lose("A") == ["resolve 5 daemonLost disconnected", "resolve 6 neededFailed 5"])
        script.join()
        script.submit(retry: RetryPolicy(losses: 1))
        script.submit(after: [7])
        #expect(script.lose("B") == ["resolve 7 poisoned 1", "resolve 8 neededFailed 7"])
        script.join()
        script.submit()
        script.submit(after: [9])
        #expect(script.finish(9, by: "C", refused: true) == ["resolve 10 neededFailed 9"])
        script.submit()
        script.submit(after: [11])
        #expect(script.cancel(11) == ["stop 11#1 C", "resolve 11 cancelled", "resolve 12 neededFailed 11"])
        #expect(script.finish(11, by: "C", failed: true) == [])
    }

    @Test("a blocked task can be cancelled and times out, and those that need it end too")
    func blockedTasksEnd() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submit(after: [1])
        script.submit(timeout: .seconds(1), after: [1])
        script.submit(after: [2])
        #expect(script.cancel(2) == ["resolve 2 cancelled", "resolve 4 neededFailed 2"])
        #expect(script.after(.seconds(1)) == ["resolve 3 timedOut waiting"])
        #expect(script.dispatch.counts.blocked == 0)
        #expect(script.finish(1, by: "A") == [])
        #expect(script.dispatch.needs.isEmpty)
    }

    @Test("a closed pool ends everything as closed, and one without daemons as that")
    func closing() {
        var script = DispatchScript()
        script.submit()
        script.submit(after: [1])
        #expect(script.abandon() == ["resolve 2 noDaemons", "resolve 1 noDaemons"])
        script.submit()
        script.submit(after: [3])
        #expect(script.close() == ["resolve 4 closed", "resolve 3 closed"])
    }

    @Test("needs that are unknown or have ended are refused, and so are those of tasks for one daemon")
    func unknownNeeds() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.finish(1, by: "A")
        script.submit(after: [1])
        #expect(script.refusal == .unknownNeed)
        script.submit()
        script.submit(to: "A", after: [2])
        #expect(script.refusal == .unknownNeed)
        script.cancel(2)
        // It is still at its daemon, but has its outcome.
        script.submit(after: [2])
        #expect(script.refusal == .unknownNeed)
        #expect(script.dispatch.counts.accepted == 2)
    }

    @Test("a need that is named twice counts once")
    func namedTwice() {
        var script = DispatchScript()
        script.join()
        script.submit()
        script.submit(after: [1, 1])
        #expect(script.reason(2) == .needs(script.tasks[0], unfinished: 1))
        #expect(script.finish(1, by: "A") == ["assign 2#1 A"])
    }

    @Test("blocked tasks count against the bound of the queue, and make room when they end")
    func bounds() {
        var script = DispatchScript { $0.queuedTasks = 2 }
        script.join()
        script.submit()
        script.submit(bytes: 7, after: [1])
        script.submit(after: [1])
        #expect(script.dispatch.counts.waitingBytes == 8)
        script.submit()
        #expect(script.refusal == .queueFull)
        #expect(script.cancel(2) == ["room", "resolve 2 cancelled"])
        #expect(script.dispatch.counts.waitingBytes == 1)
    }

    @Test("tasks of higher priority go first when what they need has returned")
    func priorities() {
        var script = DispatchScript { $0.prefetch = 1 }
        script.join()
        script.submit()
        script.submit()
        script.submit(priority: 1, after: [1])
        #expect(script.finish(1, by: "A") == ["assign 3#1 A"])
    }

    @Test("a dispatcher that was killed knows what waits for what", arguments: [false, true])
    func restarts(_ endsWell: Bool) {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.join()
        script.submit()
        script.submit()
        script.submit(after: [1])
        script.submit(after: [3])
        #expect(script.restart() == [])
        #expect(script.dispatch.counts.blocked == 2)
        #expect(script.reason(4) == .needs(script.tasks[2], unfinished: 1))
        script.resume("A", holding: [(1, 1)])
        #expect(
            script.finish(1, by: "A", failed: !endsWell) == (endsWell
                ? ["assign 2#1 A"] : ["resolve 3 neededFailed 1", "resolve 4 neededFailed 3", "assign 2#1 A"]))
        guard endsWell else { return }
        // What it needed has returned: it is in the queue, whatever it was accepted with.
        script.restart()
        #expect(script.dispatch.counts.blocked == 1)
        script.resume("A", holding: [(2, 1)])
        #expect(script.finish(2, by: "A") == ["assign 3#1 A"])
        script.restart()
        script.resume("A", holding: [(3, 1)])
        #expect(script.finish(3, by: "A") == ["assign 4#1 A"])
    }

    @Test("a hundred thousand tasks that need one, and one that needs as many, cost a step each")
    func fans() {
        var dispatch = Dispatch()
        var effects = Effects()
        let count = 100_000
        func submit(_ needs: [TaskID]) -> TaskID {
            guard case .accepted(let id) = dispatch.submit(
                TaskSpec(bytes: 1, needs: needs), at: .zero, into: &effects)
            else { return TaskID(slot: .max, generation: 0) }
            return id
        }
        let root = submit([])
        let leaves = (0..<count).map { _ in submit([root]) }
        let last = submit(leaves)
        #expect(dispatch.counts.blocked == count + 1)
        guard let daemon = dispatch.joined(DaemonTerms(), at: .zero) else { return }
        dispatch.ready(daemon, at: .zero, into: &effects)
        var order: [UInt32] = []
        while let attempt = dispatch.tasks(at: daemon).first {
            order.append(attempt.task.slot)
            _ = dispatch.finished(
                attempt, by: daemon, failed: false, taskTime: 1_000_000, at: .zero, into: &effects)
            effects.removeAll()
        }
        #expect(order == [root.slot] + leaves.map(\.slot) + [last.slot])
        #expect(dispatch.sanityCheck() == nil)
        // And the way down: a chain, and all at once.
        var chain = [submit([])]
        for _ in 0..<count { chain.append(submit([chain[chain.count - 1]])) }
        _ = dispatch.cancel(chain[0], at: .zero, into: &effects)
        #expect(dispatch.counts.blocked == 0)
        #expect(dispatch.counts.accepted == dispatch.counts.resolved)
        #expect(dispatch.needs.isEmpty)
    }

    @Test("tasks that are given up leave nothing at the task that they needed")
    func nothingStays() {
        var dispatch = Dispatch()
        var effects = Effects()
        guard case .accepted(let root) = dispatch.submit(TaskSpec(bytes: 1), at: .zero, into: &effects) else { return }
        for _ in 0..<20_000 {
            if case .accepted(let id) = dispatch.submit(
                TaskSpec(bytes: 1, needs: [root]), at: .zero, into: &effects)
            {
                _ = dispatch.cancel(id, at: .zero, into: &effects)
            }
            effects.removeAll()
        }
        #expect(dispatch.needs.entries < 5_000)
        #expect(dispatch.tasks.count < 10)
        #expect(dispatch.sanityCheck() == nil)
    }
}
