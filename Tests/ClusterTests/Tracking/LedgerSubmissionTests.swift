import HayateCluster
import HayateCore
import Testing

@Suite("The ledger submits")
struct LedgerSubmissionTests {
    @Test("submissions go out within the site's rate, however many wait")
    func rate() {
        var script = LedgerScript { $0.submission.rate = Rate(2, per: .seconds(10)) }
        #expect(script.submit(0, 1, 0...3) == [.submit(1)])
        #expect(script.answer(1, 1, .accepted(JobID("1"))) == [.accepted(1, JobID("1"))])
        #expect(script.submit(1, 2, nil) == [.submit(2)])
        #expect(script.answer(1, 2, .accepted(JobID("2"))) == [.accepted(2, JobID("2"))])
        #expect(script.submit(1, 3, nil) == [])
        #expect(script.next == 10)
        #expect(script.tick(9.9) == [])
        #expect(script.tick(10).contains(.submit(3)))
    }

    @Test("no more submissions are in flight than allowed, unclear ones counting")
    func inFlight() {
        var script = LedgerScript { $0.submissionsInFlight = 2 }
        script.submit(0, 1, nil)
        script.submit(0, 2, nil)
        #expect(script.submit(0, 3, nil) == [])
        #expect(script.answer(1, 1, .unclear("timed out")) == [])
        #expect(script.answer(2, 2, .accepted(JobID("2"))).contains(.submit(3)))
    }

    @Test("a refusal is said once and ends all elements without further words")
    func refused() {
        var script = LedgerScript()
        script.submit(0, 1, 0...3)
        #expect(script.answer(1, 1, .refused("no such account")) == [.refused(1, "no such account")])
        #expect(script.ledger.live == 0)
        #expect(script.answer(2, 1, .accepted(JobID("1"))) == [])
        #expect(script.next == nil)
        #expect(script.ledger.row(key(1, 0))?.end == JobEnd(.notStarted, message: "no such account"))
    }

    @Test("'try later' waits a minute, then twice as long each time up to a quarter of an hour, and success forgets it")
    func tryLater() {
        var script = LedgerScript()
        script.submit(0, 1, nil)
        script.submit(0, 2, nil)
        script.answer(0, 2, .accepted(JobID("2")))
        var at = 1.0
        for wait in [60.0, 120, 240, 480, 900, 900] {
            #expect(script.answer(at, 1, .tryLater("too many jobs")) == [.postponed(1, "too many jobs")])
            #expect(script.submit(at, UInt32(10 + at), nil) == [], "others wait too")
            #expect(!script.tick(at + wait - 0.1).contains(.submit(1)))
            #expect(script.tick(at + wait).contains(.submit(1)))
            at += wait + 1
            script.answer(at, 11, .refused("no"))
            for number in script.ledger.rows.map(\.key.submission) where number > 2 {
                script.answer(at, number, .refused("no"))
            }
        }
        script.answer(at, 1, .accepted(JobID("1")))
        script.submit(at, 3, nil)
        #expect(script.answer(at, 3, .tryLater("busy"), jitter: 0) == [.postponed(3, "busy")])
        #expect(!script.tick(at + 44.9).contains(.submit(3)), "jitter shortens by a quarter at most")
        #expect(script.tick(at + 45).contains(.submit(3)))
    }

    @Test("an unclear submission is looked for twice before it is submitted again under the same name")
    func unclear() {
        var script = LedgerScript()
        script.submit(0, 1, 0...3)
        #expect(script.answer(30, 1, .unclear("timed out")) == [])
        #expect(script.next == 40)
        #expect(script.tick(40) == [.search(1)])
        #expect(script.tick(45) == [], "one look at a time")
        #expect(script.search(46, 1, .absent) == [])
        #expect(script.tick(55.9) == [])
        #expect(script.tick(56) == [.search(1)])
        #expect(script.search(57, 1, .absent) == [.submit(1)])
    }

    @Test("a look that fails tells nothing, and the next one waits longer")
    func searchFails() {
        var script = LedgerScript()
        script.submit(0, 1, nil)
        script.answer(0, 1, .unclear("timed out"))
        script.tick(10)
        #expect(script.search(10, 1, .failed("down")) == [])
        #expect(script.next == 20)
        script.tick(20)
        script.search(20, 1, .failed("down"))
        #expect(script.next == 40)
        script.tick(40)
        script.search(40, 1, .absent)
        script.tick(50)
        #expect(script.search(50, 1, .found(JobID("7"))) == [.accepted(1, JobID("7"))])
        #expect(script.ledger.job(of: 1) == JobID("7"))
    }

    @Test("a daemon that dials in proves the job: it is not submitted again, even if nobody finds its name")
    func proven() {
        var script = LedgerScript()
        script.submit(0, 1, 0...1)
        script.answer(0, 1, .unclear("timed out"))
        #expect(script.dialIn(5, 1, place: 0) == [.started(key(1, 0))])
        for at in [10.0, 20] {
            script.tick(at)
            #expect(script.search(at, 1, .absent) == [])
        }
        #expect(script.depart(30, 1, place: 0) == [])
        script.tick(40)
        let gone = "no job of this name is in the queue"
        #expect(script.search(40, 1, .absent) == [
            .ended(key(1, 0), JobEnd(.unknown, node: "n0", message: gone)),
            .ended(key(1, 1), JobEnd(.unknown, message: gone)),
        ])
    }

    @Test("a daemon that dials in takes its job out of the line to be submitted again")
    func provenInLine() {
        var script = LedgerScript { $0.submission.rate = Rate(1, per: .seconds(1000)) }
        script.submit(0, 1, nil)
        script.answer(0, 1, .unclear("timed out"))
        script.tick(10)
        script.search(10, 1, .absent)
        script.tick(20)
        #expect(script.search(20, 1, .absent) == [], "the rate allows no other submission yet")
        script.dialIn(30, 1, place: 0)
        #expect(script.tick(1000) == [.search(1)])
        #expect(script.ledger.sanityCheck() == nil)
    }

    @Test("a second submission's refusal means nothing when a daemon shows that the first was accepted")
    func provenInFlight() {
        var script = LedgerScript()
        script.submit(0, 1, nil)
        script.answer(0, 1, .unclear("timed out"))
        script.tick(10)
        script.search(10, 1, .absent)
        script.tick(20)
        #expect(script.search(20, 1, .absent) == [.submit(1)])
        script.dialIn(21, 1, place: 0)
        #expect(script.answer(22, 1, .refused("you have enough jobs")) == [])
        #expect(script.tick(32) == [.search(1)])
        #expect(script.search(33, 1, .found(JobID("7"))).contains(.accepted(1, JobID("7"))))
    }

    @Test("what was postponed keeps its place at the head of the line")
    func order() {
        var script = LedgerScript { $0.submissionsInFlight = 1 }
        script.submit(0, 1, nil)
        script.submit(0, 2, nil)
        #expect(script.answer(0, 1, .tryLater("busy")) == [.postponed(1, "busy")])
        #expect(script.tick(60) == [.submit(1)])
        #expect(script.answer(61, 1, .accepted(JobID("1"))) == [.accepted(1, JobID("1")), .submit(2)])
    }

    @Test("no more jobs are queued than the site allows, each element counting, and the first in line goes first")
    func mostQueued() {
        var script = LedgerScript { $0.submission.mostQueued = 4 }
        script.accept(0, 1, 0...2)
        #expect(script.submit(0, 2, 0...1) == [])
        #expect(script.submit(0, 3, nil) == [])
        #expect(script.ledger.queued == 3)
        script.tick(10)
        let ended = row("J1", .done, 0...0)
        #expect(script.status(11, .jobs([ended, row("J1", .running, 1...2)])).contains(.submit(2)))
        #expect(script.ledger.queued == 4)
    }

    @Test("a submission that is larger than the limit goes alone")
    func tooLarge() {
        var script = LedgerScript { $0.submission.mostQueued = 4 }
        #expect(script.submit(0, 1, 0...9) == [.submit(1)])
    }

    @Test("nothing is submitted while the ledger is held, and at once when it is released")
    func held() {
        var script = LedgerScript()
        script.ledger.hold()
        #expect(script.submit(0, 1, nil) == [])
        #expect(script.next == nil)
        #expect(script.at(5) { $0.release(at: $1, into: &$2) } == [.submit(1)])
    }

    @Test("of many submissions that have ended the last are remembered")
    func forgotten() {
        var script = LedgerScript { $0.kept = 2 }
        for number in UInt32(1)...5 {
            script.submit(Double(number) * 10, number, nil)
            script.answer(Double(number) * 10, number, .refused("no"))
        }
        #expect(script.ledger.rows.map(\.key.submission) == [3, 4, 5])
        #expect(script.ledger.sanityCheck() == nil)
    }
}
