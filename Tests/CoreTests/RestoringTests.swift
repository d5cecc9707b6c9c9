import Testing

@testable import HayateCore

@Suite struct RestoringTests {
    /// Three daemons; A runs 1, B runs 2, 3 waits at C behind nothing, 4 to `count` wait.
    private func working(_ count: Int = 5, _ adjust: (inout DispatchLimits) -> Void = { _ in }) -> DispatchScript {
        var script = DispatchScript(adjust)
        script.dispatch.notesChanges = true
        script.join(3)
        for _ in 0..<count { script.submit() }
        return script
    }

    @Test("a task whose daemon comes back to the next host is not started again")
    func runningTasksGoOn() {
        var script = working()
        #expect(script.restart() == [])
        #expect(script.dispatch.counts.assigned == 3)
        #expect(script.dispatch.counts.daemons == 3)
        #expect(script.reason(2).map { "\($0)" }?.hasPrefix("daemonAway") == true)
        #expect(script.resume("B", holding: [(2, 1)]) == [])
        #expect(script.finish(2, by: "B") == ["assign 4#1 B"])
        #expect(script.verdict == .recorded)
        // A had not been sent its task when the host died: it keeps its number, and its place before 5.
        #expect(script.resume("A", holding: []) == ["assign 1#1 A"])
        #expect(script.resume("C", holding: [(3, 1)]) == [])
        #expect(script.finish(3, by: "C") == ["assign 5#1 C"])
    }

    @Test("a daemon that does not come back loses its tasks to others")
    func lostDaemons() {
        var script = working(3)
        script.restart(back: .seconds(10))
        script.resume("A", holding: [(1, 1)])
        script.resume("B", holding: [(2, 1)])
        script.hear("A")
        script.hear("B")
        #expect(script.after(.seconds(9)) == [])
        #expect(script.after(.seconds(1)) == ["expel C disconnected"])
        #expect(script.finish(1, by: "A") == ["assign 3#2 A"])
    }

    @Test("a task that may start once ends when its daemon does not come back, and is never started elsewhere")
    func atMostOnce() {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.join(1)
        script.submit(retry: .never)
        script.submit(retry: .never)
        script.restart(back: .seconds(10))
        script.join()
        #expect(script.after(.seconds(1)) == [])
        #expect(script.dispatch.counts.assigned == 2)
        #expect(script.after(.seconds(9)) == ["expel A disconnected", "resolve 1 daemonLost disconnected"])
    }

    @Test("a task that may start once goes to another daemon when its own says that it never had it")
    func givenBack() {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.join()
        script.submit(retry: .never)
        script.restart()
        #expect(script.resume("A", holding: []) == ["assign 1#1 A"])
    }

    @Test("names of tasks of the old host never name a new one's")
    func generations() {
        var script = working(3)
        for task in 1...3 { script.finish(task, by: ["A", "B", "C"][task - 1]) }
        for _ in 0..<4 { script.submit() }
        let highest = script.dispatch.highestGeneration
        #expect(highest == 1)
        // Only 5 is known to the journal: the others could have been in any slot below.
        let kept = script.tasks[4]
        let progress = TaskProgress(id: kept, attempt: 1)
        var next = Dispatch()
        var effects = Effects()
        next.restoreGenerations(from: highest)
        next.restore(TaskSpec(bytes: 1), progress, at: script.now)
        next.beginRestored(at: script.now, into: &effects)
        #expect(next.sanityCheck() == nil)
        #expect(next.record(kept)?.attempt == 1)
        var names: [TaskID] = []
        for _ in 0..<6 {
            if case .accepted(let id) = next.submit(TaskSpec(bytes: 1), at: script.now, into: &effects) {
                names.append(id)
            }
        }
        #expect(Set(names).count == 6)
        #expect(names.allSatisfy { $0.generation > highest })
        // Its slot is used again, above everything too.
        #expect(next.cancel(kept, at: script.now, into: &effects))
        _ = next.joined(DaemonTerms(), at: script.now).map { next.ready($0, at: script.now, into: &effects) }
        guard case .accepted(let id) = next.submit(TaskSpec(bytes: 1), at: script.now, into: &effects) else {
            Issue.record("not accepted")
            return
        }
        #expect(id.slot == kept.slot)
        #expect(id.generation > highest)
    }

    @Test("losses, failures and being alone outlive the host")
    func history() {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.join()
        script.submit(retry: RetryPolicy(losses: 2, failures: .init(attempts: 2, first: .zero)))
        script.submit()
        script.lose("A")
        script.restart()
        script.join()
        #expect(script.dispatch.record(script.tasks[0])?.losses == 1)
        #expect(script.dispatch.record(script.tasks[0])?.flags.contains(.alone) == true)
        #expect(script.finish(1, attempt: 2, by: "B", failed: true) == ["assign 2#1 B"])
        #expect(script.verdict == .retrying)
        script.after(.milliseconds(1))
        script.restart()
        #expect(script.dispatch.record(script.tasks[0])?.failures == 1)
        script.resume("B", holding: [(2, 1)])
        #expect(script.finish(2, by: "B") == ["assign 1#3 B"])
        #expect(script.lose("B") == ["resolve 1 poisoned 2"])
    }

    @Test("tasks of one daemon are restored in the order in which it was given them, whatever was submitted first")
    func order() {
        var script = DispatchScript { $0.prefetch = 3 }
        script.dispatch.notesChanges = true
        script.join()
        for _ in 0..<5 { script.submit() }
        script.after(.microseconds(100))
        // Short tasks: three at once.
        script.finish(1, by: "A")
        script.giveBack(3, by: "A")
        let held = script.dispatch.tasks(at: script.daemons[0])
        script.restart()
        #expect(script.dispatch.tasks(at: script.daemons[0]) == held)
        #expect(script.resume("A", holding: [(2, 1), (4, 1), (3, 1)]) == [])
        #expect(script.dispatch.tasks(at: script.daemons[0]) == held)
    }

    @Test("time limits go on in the next host, counted from its start as they are given")
    func timeouts() {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.submit(timeout: .seconds(5))
        script.after(.seconds(3))
        script.restart()
        #expect(script.after(.seconds(4)) == [])
        #expect(script.after(.seconds(1)) == ["resolve 1 timedOut waiting"])
    }

    @Test("a task at a daemon that nobody knows any more starts elsewhere, or ends if it may start once")
    func unknownDaemon() {
        for policy in [RetryPolicy.lostDaemons, .never] {
            var next = Dispatch()
            var effects = Effects()
            let id = TaskID(slot: 3, generation: 2)
            next.restoreGenerations(from: 7)
            let nobody = DaemonID(slot: 4, generation: 0)
            next.restore(
                TaskSpec(bytes: 1, retry: policy), TaskProgress(id: id, attempt: 1, daemon: nobody, order: 9),
                at: .zero)
            next.beginRestored(at: .zero, into: &effects)
            #expect(next.sanityCheck() == nil)
            #expect(next.counts.waiting == (policy == .never ? 0 : 1))
            let loss = Loss(daemon: nobody, attempt: 1, reason: .disconnected)
            #expect(effects.list == (policy == .never ? [.resolve(id, .daemonLost(loss))] : []))
        }
    }

    @Test("a daemon that still runs what is nobody's any more is given nothing until it has let go")
    func strangers() {
        var script = DispatchScript()
        script.dispatch.notesChanges = true
        script.join()
        script.submit()
        script.submitChild(of: "A")
        script.help(2, by: "A")
        // The child dies with the host: only its parent is restored, and that has ended meanwhile.
        let child = script.tasks[1]
        script.cancel(1)
        script.tasks = [script.tasks[0]]
        script.journal.specs[child] = nil
        script.restart()
        script.tasks.append(child)
        #expect(script.resume("A", holding: [(2, 1), (1, 1)]) == ["stop 2#1 A", "stop 1#1 A"])
        #expect(script.submit() == [])
        #expect(script.dispatch.daemonStatus().first?.state == .busy)
        #expect(script.finish(2, by: "A", failed: true) == [])
        #expect(script.verdict == .stale)
        #expect(script.finish(1, by: "A", failed: true) == ["assign 3#1 A"])
    }

    @Test(
        "a daemon that does not let go of what is nobody's is ended, if another takes its place",
        arguments: [false, true])
    func deafStrangers(_ isReplaceable: Bool) {
        var script = DispatchScript()
        script.join(1, DaemonTerms(isReplaceable: isReplaceable))
        script.disconnect("A")
        script.tasks.append(TaskID(slot: 9, generation: 9))
        #expect(script.resume("A", holding: [(1, 1)]) == ["stop 1#1 A"])
        script.after(.seconds(4))
        script.hear("A")
        #expect(script.after(.seconds(1)) == (isReplaceable ? ["expel A unresponsive"] : []))
    }

    @Test("changes are told once, and of unfinished tasks only")
    func changes() {
        var dispatch = Dispatch()
        dispatch.notesChanges = true
        var effects = Effects()
        var ids: [TaskID] = []
        for _ in 0..<3 {
            if case .accepted(let id) = dispatch.submit(TaskSpec(bytes: 1), at: .zero, into: &effects) {
                ids.append(id)
            }
        }
        #expect(dispatch.takeChanges() == [])
        guard let daemon = dispatch.joined(DaemonTerms(), at: .zero) else { return }
        dispatch.ready(daemon, at: .zero, into: &effects)
        #expect(dispatch.takeChanges() == [TaskProgress(id: ids[0], attempt: 1, daemon: daemon, order: 1)])
        #expect(dispatch.takeChanges() == [])
        let first = AttemptID(task: ids[0], attempt: 1)
        _ = dispatch.finished(first, by: daemon, failed: false, taskTime: 1, at: .zero, into: &effects)
        _ = dispatch.cancel(ids[1], at: .zero, into: &effects)
        // 1 has its outcome, 2 was given to the daemon and cancelled: nothing is to be known of them.
        #expect(dispatch.takeChanges() == [TaskProgress(id: ids[2], attempt: 1, daemon: daemon, order: 3)])
        dispatch.lost(daemon, .left, at: .zero, into: &effects)
        #expect(dispatch.takeChanges() == [TaskProgress(id: ids[2], attempt: 1, order: 3)])
        #expect(dispatch.sanityCheck() == nil)
    }

    @Test("a dispatcher without a journal notes nothing")
    func noNotes() {
        var script = working()
        script.dispatch.notesChanges = false
        script.submit()
        script.finish(1, by: "A")
        #expect(script.dispatch.takeChanges() == [])
    }
}
