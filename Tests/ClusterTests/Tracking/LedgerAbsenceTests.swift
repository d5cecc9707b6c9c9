import HayateCluster
import HayateCore
import Testing

@Suite("The ledger and jobs that are missing from the queue")
struct LedgerAbsenceTests {
    /// A job that ran without its daemon and is missing since 71 s.
    private func missing(
        _ kind: SchedulerKind = .slurm, _ adjust: (inout LedgerRules) -> Void = { _ in }
    ) -> LedgerScript {
        var script = LedgerScript(kind, adjust)
        script.accept(0, 1, nil)
        script.accept(0, 2, nil)
        script.look(10, [row("J1", .running), row("J2", .pending)])
        script.look(70, [row("J2", .pending)])
        return script
    }

    @Test("the accounting is asked after some seconds, and knows how it ended")
    func accounting() {
        var script = missing()
        #expect(script.ledger.row(key(1))?.isMissing == true)
        #expect(script.tick(85.9) == [])
        #expect(script.tick(86) == [.queryAccounting([JobID("J1")])])
        let end = JobEnd(.outOfMemory, node: "n7", message: "OUT_OF_MEMORY")
        #expect(script.accounted(87, .jobs([row("J1", .outOfMemory, end: end)])) == [.ended(key(1), end)])
    }

    @Test("without any record its end is unknown after the grace, and never taken for done")
    func unknown() {
        var script = missing()
        script.tick(86)
        #expect(script.accounted(87, .jobs([])) == [])
        script.look(130, [row("J2", .pending)])
        #expect(script.tick(190.9).allSatisfy { $0 == .queryStatus([JobID("J1"), JobID("J2")]) })
        let message = "it is gone from the queue, and the accounting has no record of it"
        #expect(script.tick(191).contains(.ended(key(1), JobEnd(.unknown, message: message))))
        #expect(script.ledger.sanityCheck() == nil)
    }

    @Test("a job that is in the list again was never gone")
    func back() {
        var script = missing()
        script.tick(86)
        script.look(130, [row("J1", .running), row("J2", .pending)])
        #expect(script.accounted(132, .jobs([row("J1", .preempted)])) == [], "that was an earlier run")
        #expect(script.ledger.row(key(1))?.isMissing == false)
    }

    @Test("a daemon that dials in proves a missing job")
    func dialsIn() {
        var script = missing()
        script.dialIn(80, 1, place: 0)
        #expect(script.tick(86) == [])
        #expect(script.ledger.row(key(1))?.isMissing == false)
    }

    @Test("a missing job whose daemon is connected ends when the daemon is gone, as the accounting says")
    func connected() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.dialIn(5, 1, place: 0)
        script.look(10, [])
        script.tick(26)
        #expect(script.accounted(27, .jobs([row("J1", .done)])) == [])
        #expect(script.depart(28, 1, place: 0) == [.ended(key(1), JobEnd(.completed, node: "n0"))])
    }

    @Test("one accounting query for all, and no more than its own rate allows")
    func rate() {
        var script = LedgerScript()
        for number in UInt32(1)...3 { script.accept(0, number, nil) }
        script.look(10, [row("J3", .pending)])
        #expect(script.tick(26) == [.queryAccounting([JobID("J1"), JobID("J2")])])
        script.accounted(27, .jobs([row("J1", .done), row("J2", .done)]))
        script.look(70, [])
        #expect(script.tick(325.9).allSatisfy { $0 == .queryStatus([JobID("J3")]) })
        script.status(325.9, .jobs([]))
        #expect(script.tick(326).contains(.queryAccounting([JobID("J3")])), "and its end waits for the answer")
    }

    @Test("several answers make one round, which is over with the last")
    func round() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.accept(0, 2, nil)
        script.look(10, [])
        script.tick(26)
        #expect(script.accounted(27, .jobs([row("J1", .done)]), isLast: false) == [.ended(key(1), JobEnd(.completed))])
        #expect(script.accounted(28, .jobs([row("J2", .timeout)])) == [.ended(key(2), JobEnd(.timeLimit))])
    }

    @Test("an accounting that fails is asked again, and after three failures the job is given up without it")
    func accountingFails() {
        var script = missing()
        var ends: [LedgerScript.Effect] = []
        var asked: [Double] = []
        while ends.isEmpty, let next = script.next, next < 10_000 {
            var effects = script.tick(next)
            if effects.contains(.queryAccounting([JobID("J1")])) {
                asked.append(next)
                effects += script.accounted(next + 1, .failed("no connection"))
            }
            if effects.contains(where: { if case .queryStatus = $0 { true } else { false } }) {
                effects += script.status(next + 2, .jobs([row("J2", .pending)]))
            }
            ends = effects.filter { if case .ended = $0 { true } else { false } }
        }
        let message = "it is gone from the queue, and the accounting did not answer"
        #expect(ends == [.ended(key(1), JobEnd(.unknown, message: message))])
        #expect(asked.count == 3)
        #expect(zip(asked, asked.dropFirst()).allSatisfy { $1 - $0 >= 300 })
    }

    @Test("without an accounting it ends as unknown after the grace, if a second answer lacks it too")
    func noAccounting() {
        var script = LedgerScript { $0.hasAccounting = false }
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        script.look(70, [])
        #expect(!script.tick(130).contains { if case .ended = $0 { true } else { false } })
        script.status(131, .failed("down"))
        script.tick(200)
        #expect(script.ledger.live == 1, "one empty list is no proof")
        script.tick(250)
        #expect(script.status(251, .jobs([]))
            == [.ended(key(1), JobEnd(.unknown, message: "it is gone from the queue"))])
    }

    @Test("a row that says 'failed' and no more sends for the exit code, and its words are the last resort")
    func hint() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.accept(0, 2, nil)
        var failed = row("J2", .failed)
        failed.reason = "NonZeroExitCode"
        #expect(script.look(10, [row("J1", .failed), failed]) == [])
        #expect(script.tick(26) == [.queryAccounting([JobID("J1"), JobID("J2")])])
        let end = JobEnd(.exited(code: 3))
        #expect(script.accounted(27, .jobs([row("J1", .failed, end: end)])) == [.ended(key(1), end)])
        script.look(70, [failed])
        #expect(script.tick(131).contains(.ended(key(2), JobEnd(.unknown, message: "NonZeroExitCode"))))
    }
}
