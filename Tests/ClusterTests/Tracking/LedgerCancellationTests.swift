import HayateCluster
import HayateCore
import Testing

@Suite("The ledger cancels")
struct LedgerCancellationTests {
    private let ours = JobEnd(.cancelled(by: "hayate"))
    private let job = JobID("J1")

    @Test("what waits for its submission is never submitted")
    func waiting() {
        var script = LedgerScript { $0.submissionsInFlight = 1 }
        script.submit(0, 1, nil)
        script.submit(0, 2, 0...1)
        #expect(script.cancel(1, [key(2, 0)]) == [])
        #expect(script.cancel(2, [key(2, 1)]) == [.ended(key(2, 0), ours), .ended(key(2, 1), ours)])
        #expect(script.answer(3, 1, .accepted(job)) == [.accepted(1, job)])
    }

    @Test("what is being submitted is cancelled as soon as it has an id, and not submitted again")
    func submitting() {
        var script = LedgerScript()
        script.submit(0, 1, 0...1)
        script.submit(0, 2, nil)
        #expect(script.at(1) { $0.cancelAll(at: $1, into: &$2) } == [])
        #expect(script.answer(2, 1, .accepted(job)) == [.accepted(1, job), .cancel([JobElement(job)])])
        script.answer(2, 2, .unclear("timed out"))
        script.tick(12)
        script.search(12, 2, .absent)
        script.tick(22)
        #expect(script.search(22, 2, .absent).contains(.ended(key(2), ours)))
    }

    @Test("a whole job in one word, and parts by their elements")
    func parts() {
        var script = LedgerScript()
        script.accept(0, 1, 1...4)
        let two = [JobElement(job, index: 2), JobElement(job, index: 4)]
        #expect(script.cancel(1, [key(1, 2), key(1, 4)]) == [.cancel(two)])
        script.cancelAnswered(2, two)
        script.look(10, [row("J1", .pending, 1...1, 3...3)])
        #expect(script.at(20) { $0.cancelAll(at: $1, into: &$2) } == [.cancel([JobElement(job)])], "all that live")
    }

    @Test("one command at a time, of no more jobs than the site allows")
    func batches() {
        var script = LedgerScript { $0.submission.cancelBatch = 2 }
        for number in UInt32(1)...3 { script.accept(Double(number), number, nil) }
        script.accept(4, 4, 0...4)
        let first = [JobElement(JobID("J1")), JobElement(JobID("J2"))]
        #expect(script.cancel(5, [key(1), key(2), key(3), key(4, 0), key(4, 1), key(4, 2)]) == [.cancel(first)])
        #expect(script.cancelAnswered(6, [first[0]]) == [])
        let second = [JobElement(JobID("J3")), JobElement(JobID("J4"), index: 0)]
        #expect(script.cancelAnswered(6, [first[1]]) == [.cancel(second)])
        let third = [JobElement(JobID("J4"), index: 1), JobElement(JobID("J4"), index: 2)]
        #expect(script.cancelAnswered(7, second) == [.cancel(third)])
        #expect(script.cancelAnswered(8, third) == [])
    }

    @Test("what we cancelled and is gone from the list ended as cancelled by us, without a question to the accounting")
    func gone() {
        var script = LedgerScript()
        script.accept(0, 1, 0...1)
        script.cancel(1, [key(1, 1)])
        script.cancelAnswered(2, [JobElement(job, index: 1)])
        #expect(script.look(10, [row("J1", .pending, 0...0)]) == [.ended(key(1, 1), ours)])
    }

    @Test("an empty list alone does not say so: a controller that starts again shows one")
    func empty() {
        var script = LedgerScript { $0.hasAccounting = false }
        script.accept(0, 1, nil)
        script.cancel(1, [key(1)])
        script.cancelAnswered(2, [JobElement(job)])
        #expect(script.look(10, []) == [])
        #expect(script.look(70, []) == [.ended(key(1), ours)])
    }

    @Test("a signal or an outside name is ours if we cancelled, another reason stays", arguments: [
        (.signalled(number: 15), .cancelled(by: "hayate")), (.exited(code: 143), .cancelled(by: "hayate")),
        (.cancelled(by: "1001"), .cancelled(by: "hayate")), (.completed, .completed),
        (.exited(code: 3), .exited(code: 3)), (.nodeFailed, .nodeFailed),
    ] as [(JobEnd.Reason, JobEnd.Reason)])
    func reasons(told: JobEnd.Reason, said: JobEnd.Reason) {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.cancel(1, [key(1)])
        script.cancelAnswered(2, [JobElement(job)])
        #expect(script.look(10, [row("J1", .failed, end: JobEnd(told))]) == [.ended(key(1), JobEnd(said))])
        script.accept(12, 2, nil)
        #expect(script.look(70, [row("J2", .failed, end: JobEnd(told))]) == [.ended(key(2), JobEnd(told))])
    }

    @Test("a command that failed is given again, later each time")
    func fails() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .pending)])
        script.cancel(20, [key(1)])
        #expect(script.cancelAnswered(20, [JobElement(job)], failure: "no connection") == [])
        #expect(!script.tick(79.9).contains(.cancel([JobElement(job)])))
        #expect(script.tick(80).contains(.cancel([JobElement(job)])))
        script.cancelAnswered(80, [JobElement(job)], failure: "no connection")
        #expect(!script.tick(199).contains(.cancel([JobElement(job)])))
        #expect(script.tick(200).contains(.cancel([JobElement(job)])))
    }

    @Test("a job that is still there long after is cancelled once more; one that is being cleaned up is not")
    func again() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        script.cancel(20, [key(1)])
        script.cancelAnswered(21, [JobElement(job)])
        #expect(script.look(70, [row("J1", .running)]) == [])
        #expect(script.look(130, [row("J1", .running)]) == [], "not yet two intervals")
        #expect(script.look(190, [row("J1", .completing)]) == [])
        #expect(script.look(250, [row("J1", .running)]) == [.cancel([JobElement(job)])])
    }

    @Test("what was thought cancelled and is seen alive is cancelled again")
    func stray() {
        var script = LedgerScript()
        script.accept(0, 1, 0...1)
        script.cancel(1, [key(1, 0)])
        script.cancelAnswered(2, [JobElement(job, index: 0)])
        script.look(10, [row("J1", .pending, 1...1)])
        #expect(script.look(70, [row("J1", .running, 0...0), row("J1", .pending, 1...1)]) == [])
        #expect(script.look(130, [row("J1", .running, 0...0), row("J1", .pending, 1...1)]) == [], "it may take time")
        let late = script.look(190, [row("J1", .running, 0...0), row("J1", .pending, 1...1)])
        #expect(late == [.cancel([JobElement(job, index: 0)])])
    }

    @Test("no complaint about daemons that nobody expects any more")
    func noComplaint() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        script.cancel(20, [key(1)])
        script.cancelAnswered(21, [JobElement(job)])
        #expect(!script.tick(200).contains(.overdue(key(1))))
    }
}
