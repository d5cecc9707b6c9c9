import HayateCluster
import HayateCore
import Testing

@Suite("The ledger goes on after a host that was killed")
struct LedgerRestorationTests {
    private func left(
        _ number: UInt32, job: String?, elements: ClosedRange<Int>? = 0...1, planned: Double = 0,
        ends: [AllocationKey: JobEnd] = [:]
    ) -> PastSubmission {
        let submission = HayateCluster.Submission(
            number: number, name: "old-\(number)", elements: elements, daemonsPerElement: 1, firstDaemon: 0)
        return PastSubmission(
            submission, job: job.map { JobID($0) }, planned: Instant(nanoseconds: Int64(planned * 1e9)), ends: ends)
    }

    private func restored(
        _ past: [PastSubmission], lastStatus: Double? = nil, at seconds: Double = 1000,
        _ adjust: (inout LedgerRules) -> Void = { _ in }
    ) -> (LedgerScript, [AllocationLedger.Effect]) {
        var script = LedgerScript(.slurm, adjust)
        let last = lastStatus.map { Instant(nanoseconds: Int64($0 * 1e9)) }
        let effects = script.at(seconds) { $0.restore(past, lastStatus: last, at: $1, into: &$2) }
        return (script, effects)
    }

    @Test("jobs are asked after by their ids in one query, and nothing is submitted, recorded or told again")
    func known() {
        var (script, effects) = restored([
            left(1, job: "8", ends: [key(1, 0): JobEnd(.timeLimit)]), left(3, job: "9"),
            left(2, job: "7", elements: nil, ends: [key(2): JobEnd(.completed)]),
        ])
        #expect(effects == [.queryStatus([JobID("8"), JobID("9")])])
        #expect(script.ledger.live == 3)
        #expect(script.ledger.row(key(1, 0))?.end == JobEnd(.timeLimit))
        #expect(script.ledger.row(key(2))?.end == JobEnd(.completed))
        #expect(script.ledger.sanityCheck() == nil)
        #expect(
            script.status(1001, .jobs([row("8", .running, 1...1), row("9", .pending, 0...0), row("9", .running, 1...1)]))
                == [.started(key(1, 1)), .started(key(3, 1))])
        #expect(script.dialIn(1002, 3, place: 1) == [])
        #expect(script.ledger.row(key(3, 1))?.present == 1)
        #expect(script.dialIn(1003, 3, place: 0) == [.started(key(3, 0))])
    }

    @Test("what is missing from the queue is asked after in the accounting, and its end is told with the reason")
    func ended() {
        var (script, _) = restored([left(1, job: "8")])
        #expect(script.status(1001, .jobs([row("8", .running, 1...1)])) == [.started(key(1, 1))])
        #expect(script.tick(1016) == [.queryAccounting([JobID("8")])])
        let end = JobEnd(.timeLimit, node: "n1")
        #expect(
            script.accounted(1017, .jobs([row("8", .timeout, 0...0, end: end)])) == [.ended(key(1, 0), end)])
        #expect(script.ledger.sanityCheck() == nil)
    }

    @Test("a job of which nobody knows is looked for by its name first, and found")
    func found() {
        var (script, effects) = restored([left(1, job: nil)])
        #expect(effects == [.search(1)])
        #expect(script.search(1001, 1, .found(JobID("8"))) == [.accepted(1, JobID("8"))])
        #expect(script.tick(1011) == [.queryStatus([JobID("8")])])
    }

    @Test("one that is looked for in vain twice was never submitted, and is not submitted now")
    func neverSubmitted() {
        var (script, _) = restored([left(1, job: nil)])
        #expect(script.search(1001, 1, .absent) == [])
        #expect(script.tick(1011) == [.search(1)])
        let end = JobEnd(.notStarted, message: "no job of this name is in the queue")
        #expect(script.search(1011, 1, .absent) == [.ended(key(1, 0), end), .ended(key(1, 1), end)])
        #expect(script.next == nil)
        #expect(script.ledger.sanityCheck() == nil)
    }

    @Test("it is not given up while the command of the old host may still reach the scheduler")
    func mayAppear() {
        var (script, effects) = restored([left(1, job: nil, planned: 995)]) { $0.answerWithin = .seconds(30) }
        #expect(effects == [.search(1)])
        for at in [1000.0, 1011, 1021, 1031] {
            #expect(script.search(at, 1, .absent) == [])
            #expect(script.tick(at + 10.5) == [.search(1)])
        }
        #expect(script.search(1042, 1, .found(JobID("8"))) == [.accepted(1, JobID("8"))])
    }

    @Test("a daemon's word proves that the scheduler has its job")
    func proven() {
        var (script, _) = restored([left(1, job: nil)])
        #expect(script.dialIn(1000.5, 1, place: 0) == [.started(key(1, 0))])
        script.search(1001, 1, .absent)
        script.tick(1011)
        #expect(script.search(1012, 1, .absent) == [])
        #expect(script.ledger.row(key(1, 0))?.end == nil)
    }

    @Test("the rates hold across hosts: of status queries and of submissions")
    func rates() {
        var (script, effects) = restored([left(1, job: "8", planned: 990), left(2, job: "9", planned: 998)], lastStatus: 970) {
            $0.polling.interval = .seconds(60)
            $0.submission.rate = Rate(2, per: .seconds(20))
        }
        #expect(effects == [])
        #expect(script.submit(1001, 3, nil) == [])
        #expect(script.tick(1010) == [.submit(3)])
        #expect(script.tick(1029.9) == [])
        #expect(script.tick(1030) == [.queryStatus([JobID("8"), JobID("9")])])
    }

    @Test("everything that was restored can be cancelled")
    func cancelled() {
        var (script, _) = restored([left(1, job: "8", ends: [key(1, 0): JobEnd(.completed)]), left(2, job: "9")])
        #expect(
            script.at(1001) { $0.cancelAll(at: $1, into: &$2) }
                == [.cancel([JobElement(JobID("8")), JobElement(JobID("9"))])])
        script.cancelAnswered(1002, [JobElement(JobID("8")), JobElement(JobID("9"))])
        #expect(script.ledger.isWoundUp)
    }
}
