import HayateCluster
import HayateCore
import Testing

@Suite("The ledger and the daemons")
struct LedgerDaemonTests {
    @Test("a daemon that dials in makes its allocation run, whatever the queue's list said")
    func starts() {
        var script = LedgerScript()
        script.accept(0, 1, 1...3, daemons: 2)
        script.look(10, [row("J1", .pending, 1...3)])
        #expect(script.dialIn(20, 1, place: 3) == [.started(key(1, 2))])
        let allocation = script.ledger.row(key(1, 2))
        #expect(allocation?.state == .running)
        #expect(allocation?.node == "n3")
        #expect(allocation?.present == 1)
        #expect(allocation?.daemons == 2)
        #expect(script.ledger.started(key(1, 2)) == Instant(nanoseconds: 20_000_000_000))
        #expect(script.ledger.started(key(1, 1)) == nil)
        #expect(script.look(70, [row("J1", .pending, 1...1), row("J1", .running, 2...3)]) == [.started(key(1, 3))])
    }

    @Test("places and submissions that are not there are passed over")
    func strangers() {
        var script = LedgerScript()
        script.accept(0, 1, 1...3, daemons: 2)
        #expect(script.dialIn(1, 1, place: 6) == [])
        #expect(script.dialIn(1, 2, place: 0) == [])
        #expect(script.depart(1, 1, place: 0) == [])
        #expect(script.ledger.key(of: DaemonLaunch(submission: 1, place: 5)) == key(1, 3))
        #expect(script.ledger.key(of: DaemonLaunch(submission: 1, place: 6)) == nil)
        #expect(script.ledger.key(of: DaemonLaunch(submission: 2, place: 0)) == nil)
        #expect(script.ledger.rows.allSatisfy { $0.present == 0 })
    }

    @Test("an allocation that runs without all of its daemons is a complaint after the site's time, once")
    func overdue() {
        var script = LedgerScript()
        script.accept(0, 1, 0...2, daemons: 2)
        script.look(10, [row("J1", .running, 0...1), row("J1", .pending, 2...2)])
        script.dialIn(20, 1, place: 0)
        script.dialIn(20, 1, place: 1)
        script.dialIn(20, 1, place: 2)
        #expect(script.tick(100.9).allSatisfy { $0 != .overdue(key(1, 1)) })
        #expect(script.tick(101) == [.overdue(key(1, 1))])
        #expect(script.ledger.row(key(1, 1))?.isOverdue == true)
        #expect(script.tick(500).allSatisfy { $0 != .overdue(key(1, 1)) })
    }

    @Test("a complaint waits while a job is missing, and comes if it is there after all")
    func overdueAfterAbsence() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.accept(0, 2, nil)
        script.look(10, [row("J1", .running), row("J2", .pending)])
        script.look(70, [row("J2", .pending)])
        #expect(!script.tick(101).contains(.overdue(key(1))))
        script.look(130, [row("J1", .running), row("J2", .pending)])
        #expect(script.tick(191).contains(.overdue(key(1))))
    }

    @Test("a broken connection is worth a question after an interval, not after the long wait of a quiet pool")
    func disconnected() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .running)])
        script.dialIn(20, 1, place: 0)
        script.tick(101)
        #expect(script.next == 310)
        let effects = script.at(110) { $0.disconnected(1, place: 0, at: $1, into: &$2) }
        #expect(effects == [.queryStatus([JobID("J1")])])
        script.status(111, .jobs([row("J1", .running)]))
        // It runs, so the cable was to blame.
        script.look(170, [row("J1", .running)])
        #expect(script.next == 470)
        #expect(script.ledger.row(key(1))?.present == 1)
    }

    @Test("a daemon of an allocation that has ended makes it no run, and a cancellation reaches its job")
    func afterTheEnd() {
        var script = LedgerScript()
        script.accept(0, 1, nil)
        script.look(10, [row("J1", .cancelled)])
        #expect(script.dialIn(20, 1, place: 0) == [])
        #expect(script.ledger.row(key(1))?.end == JobEnd(.cancelled(by: nil)))
        #expect(script.at(30) { $0.cancelAll(at: $1, into: &$2) } == [.cancel([JobElement(JobID("J1"))])])
        script.depart(40, 1, place: 0)
        script.look(70, [row("J1", .cancelled)])
        #expect(script.ledger.live == 0)
        #expect(script.next == nil)
    }

    @Test("whatever comes in whatever order: no trap, sound counts, and every end at most once")
    func anyOrder() {
        for seed in UInt64(1)...150 { anyOrder(seed: seed) }
    }

    private func anyOrder(seed: UInt64) {
        var noise = SeededNoise(seed)
        var script = LedgerScript { $0.kept = 2 }
        var ended: Set<AllocationKey> = []
        var time = 0.0
        for number in UInt32(1)...200 {
            time += noise.between(0, 40)
            let other = UInt32(noise.between(1, Double(number) + 3))
            let job = "J\(UInt32(noise.between(1, Double(number) + 3)))"
            let low = Int(noise.between(-3, 6))
            let states = (0..<3).map { _ in
                row(job, noise.pick(JobState.allCases), low...low + Int(noise.between(0, 4)))
            }
            let effects: [LedgerScript.Effect]
            let place = UInt32(noise.between(0, 9))
            switch noise.next() % 13 {
            case 0: effects = script.submit(time, number, noise.pick([nil, 0...2, 1...4]), daemons: 2)
            case 1: effects = script.answer(time, other, .accepted(JobID(job)))
            case 2: effects = script.answer(time, other, noise.pick([.tryLater("t"), .unclear("u"), .refused("r")]))
            case 3: effects = script.search(time, other, noise.pick([.absent, .failed("f"), .found(JobID(job))]))
            case 4, 5: effects = script.status(time, noise.pick([.jobs(states), .jobs([]), .failed("f")]))
            case 6:
                effects = script.accounted(time, noise.pick([.jobs(states), .failed("f")]), isLast: noise.chance(0.7))
            case 7: effects = script.dialIn(time, other, place: place)
            case 8: effects = script.depart(time, other, place: place, noise.pick([.lost, .agreed]))
            case 9: effects = script.cancel(time, [key(other), key(other, low)])
            case 10: effects = script.cancelAnswered(time, [JobElement(JobID(job), index: noise.pick([nil, low]))])
            case 11: effects = script.cancelAnswered(time, [JobElement(JobID(job))], failure: "f")
            default: effects = script.tick(time)
            }
            for case .ended(let key, _) in effects {
                #expect(ended.insert(key).inserted, "seed \(seed): \(key) ended twice")
            }
            if let fault = script.ledger.sanityCheck() {
                Issue.record("seed \(seed), step \(number): \(fault)")
                return
            }
        }
    }
}
