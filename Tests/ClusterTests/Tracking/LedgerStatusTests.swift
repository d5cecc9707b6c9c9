import HayateCluster
import HayateCore
import Testing

@Suite("The ledger asks for the status")
struct LedgerStatusTests {
    @Test("one query for all jobs and no more than one an interval, whatever their number")
    func oneQuery() {
        var script = LedgerScript()
        let jobs = (UInt32(1)...5).map { script.accept(0, $0, 0...9) }
        #expect(script.next == 10)
        #expect(script.tick(10) == [.queryStatus(jobs)])
        #expect(script.tick(500) == [], "not before the answer")
        #expect(script.status(501, .jobs(jobs.map { row($0.text, .pending, 0...9) })) == [.queryStatus(jobs)])
        script.status(502, .jobs(jobs.map { row($0.text, .pending, 0...9) }))
        #expect(script.next == 561)
    }

    @Test("nothing is asked while there is no job, and none that has ended is asked after")
    func quiet() {
        var script = LedgerScript()
        #expect(script.next == nil)
        script.accept(0, 1, nil)
        script.accept(0, 2, nil)
        let ended = script.look(10, [row("J1", .done), row("J2", .pending)])
        #expect(ended == [.ended(key(1), JobEnd(.completed))])
        #expect(script.tick(70) == [.queryStatus([JobID("J2")])])
        script.status(71, .jobs([row("J2", .cancelled)]))
        #expect(script.next == nil)
    }

    @Test("with all daemons connected the status is asked five times as seldom, and a loss makes it urgent")
    func slow() {
        var script = LedgerScript()
        script.accept(0, 1, 0...1, daemons: 2)
        script.look(10, [row("J1", .running, 0...1)])
        for place in UInt32(0)...2 { script.dialIn(20, 1, place: place) }
        #expect(script.next == 70)
        script.dialIn(21, 1, place: 3)
        script.tick(101)
        #expect(script.next == 310)
        #expect(script.depart(102, 1, place: 1) == [.queryStatus([JobID("J1")])], "the interval is over")
        script.status(103, .jobs([row("J1", .running, 0...1)]))
        #expect(script.next == 162, "the scheduler may notice later")
        script.look(162, [row("J1", .running, 0...1)])
        #expect(script.next == 462, "its job runs all the same, and the others are connected")
    }

    @Test("daemons that leave as agreed make nothing urgent while others of the job are there")
    func agreed() {
        var script = LedgerScript()
        script.accept(0, 1, nil, daemons: 2)
        script.look(10, [row("J1", .running)])
        script.dialIn(20, 1, place: 0)
        script.dialIn(20, 1, place: 1)
        script.depart(102, 1, place: 0, .agreed)
        #expect(script.next == 310)
        #expect(!script.ledger.isLeaving(key(1)))
        let looks = script.depart(103, 1, place: 1, .agreed)
        #expect(looks == [.queryStatus([JobID("J1")])], "it should end soon")
        #expect(script.ledger.isLeaving(key(1)))
    }

    @Test("queries that fail keep what is known, and wait twice as long each time, up to ten intervals")
    func failures() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        var at = 70.0
        for wait in [120.0, 240, 480, 600, 600] {
            #expect(script.tick(at) == [.queryStatus([JobID("J1")])])
            #expect(script.status(at + 30, .failed("no connection")) == [])
            #expect(script.ledger.statusFailure == "no connection")
            #expect(script.ledger.row(key(1))?.state == .running)
            #expect(script.tick(at + wait - 0.1).isEmpty || at == 70, "the complaint about the missing daemon aside")
            at += wait
        }
        script.tick(at)
        script.status(at + 1, .jobs([row("J1", .running)]))
        #expect(script.ledger.statusFailure == nil)
        #expect(script.next == at + 60)
    }

    @Test("rows are about elements: waiting ranges, running ones, and the array as a whole")
    func elements() {
        var script = LedgerScript()
        script.accept(0, 1, 1...6)
        var waiting = row("J1", .held, 3...4, 6...6)
        waiting.reason = "JobHeldUser"
        #expect(script.look(10, [waiting, row("J1", .running, 1...1), row("J1", .pending)])
            == [.started(key(1, 1))])
        let rows = script.ledger.rows
        #expect(rows.map(\.state) == [.running, .pending, .held, .held, .pending, .held])
        #expect(rows[2].reason == "JobHeldUser")
        #expect(rows.allSatisfy { !$0.isMissing })
    }

    @Test("ranges and jobs that are not ours are passed over")
    func foreign() {
        var script = LedgerScript()
        script.accept(0, 1, 1...2)
        #expect(script.look(10, [
            row("J1", .pending, 0...Int.max), row("J9", .done), row("J1", .done, 7...9), row("J1", .failed, -5...0),
        ]) == [])
        #expect(script.ledger.rows.map(\.state) == [.pending, .pending])
    }

    @Test("an end does not hold against a row that says that the job runs")
    func contradiction() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        #expect(script.look(10, [row("J1", .running), row("J1", .nodeFail)]) == [.started(key(1))])
        script.accept(11, 2, nil)
        #expect(script.look(70, [row("J2", .preempted), row("J2", .pending), row("J1", .unknown)]) == [])
    }

    @Test("a job that waits again after it ran has not ended, and its daemons are expected again")
    func requeued() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        script.dialIn(20, 1, place: 0)
        #expect(script.look(310, [row("J1", .pending)]) == [], "its daemon is connected, so it runs")
        script.depart(320, 1, place: 0)
        #expect(script.look(370, [row("J1", .pending)]) == [.requeued(key(1))])
        #expect(script.look(430, [row("J1", .running)]) == [.started(key(1))])
        #expect(script.tick(430 + 91).contains(.overdue(key(1))), "it complains once a run")
        #expect(script.ledger.row(key(1))?.requeues == 1)
    }

    @Test("a job that ran again before anybody looked is known by the daemon that dials in again")
    func requeuedUnseen() {
        var script = LedgerScript()
        script.accept(0, 1, nil, daemons: 2)
        script.dialIn(20, 1, place: 0)
        script.dialIn(20, 1, place: 1)
        script.depart(30, 1, place: 0)
        script.depart(30, 1, place: 1)
        #expect(script.dialIn(90, 1, place: 1).prefix(2) == [.requeued(key(1)), .started(key(1))])
        #expect(script.dialIn(91, 1, place: 0) == [])
        #expect(script.ledger.row(key(1))?.present == 2)
    }

    @Test("an end is said once; what is seen alive after it can still be cancelled, and says nothing more")
    func afterTheEnd() {
        var script = LedgerScript()
        script.accept(0, 1, 0...1)
        #expect(script.look(10, [row("J1", .done, 0...0), row("J1", .pending, 1...1)])
            == [.ended(key(1, 0), JobEnd(.completed))])
        #expect(script.look(70, [row("J1", .running, 0...0), row("J1", .pending, 1...1)]) == [])
        #expect(script.ledger.row(key(1, 0))?.isStray == true)
        #expect(script.cancel(80, [key(1, 0)]) == [.cancel([JobElement(JobID("J1"), index: 0)])])
        script.cancelAnswered(81, [JobElement(JobID("J1"), index: 0)])
        #expect(script.look(130, [row("J1", .cancelled, 0...0), row("J1", .pending, 1...1)]) == [])
        #expect(script.ledger.row(key(1, 0))?.isStray == false)
        #expect(script.ledger.row(key(1, 0))?.end == JobEnd(.completed))
        #expect(script.ledger.sanityCheck() == nil)
    }

    @Test("a list that was taken before an end became known shows nobody alive after it")
    func staleAfterTheEnd() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [])
        script.tick(26)
        script.tick(70)
        #expect(script.accounted(72, .jobs([row("J1", .done)])) == [.ended(key(1), JobEnd(.completed))])
        #expect(script.status(73, .jobs([row("J1", .running)])) == [])
        #expect(script.ledger.live == 0)
    }

    @Test("answers to questions that nobody asked are ignored")
    func unasked() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        #expect(script.status(5, .jobs([row("J1", .done)])) == [])
        #expect(script.accounted(5, .jobs([row("J1", .done)])) == [])
        #expect(script.search(5, 1, .absent) == [])
        #expect(script.answer(5, 1, .refused("no")) == [])
        #expect(script.ledger.live == 1)
    }

    @Test("an answer that was on its way while a daemon dialled in is stale where it says otherwise")
    func stale() {
        var script = LedgerScript()
        script.accept(0, 1, 0...2)
        script.tick(10)
        for place in UInt32(0)...2 { script.dialIn(11, 1, place: place) }
        #expect(script.status(12, .jobs([row("J1", .pending, 0...0), row("J1", .nodeFail, 1...1)])) == [])
        #expect(script.ledger.rows.map(\.state) == [.running, .running, .running])
        #expect(script.ledger.rows.allSatisfy { !$0.isMissing })
    }
}
