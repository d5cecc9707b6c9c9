import HayateCluster
import HayateCore
import Testing

@Suite("The size of a pool on a cluster")
struct AllocationSizingTests {
    @Test("a pool of fixed size asks for all at once, in as few submissions as the site's arrays allow")
    func fixed() {
        var script = SizingScript(16, 16)
        #expect(script.submissions.map { $0.elements?.count } == [16])
        #expect(script.tick(100) == [])
        script = SizingScript(20, 20) { $0.mostElements = 8 }
        #expect(script.submissions.map { $0.elements?.count } == [8, 8, 4])
        script = SizingScript(16, 16) { $0.daemonsPerAllocation = 5 }
        #expect(script.submissions.map { $0.elements?.count } == [4])
        #expect(script.sizing.expected == 20)
    }

    @Test("a burst of tasks makes one array, and no more than the maximum")
    func burst() {
        var script = SizingScript(0, 8)
        #expect(script.next == nil)
        for number in 1...50 { #expect(script.demand(1 + Double(number) / 100, waiting: number, busy: 0) == []) }
        #expect(script.tick(3) == [])
        #expect(script.tick(3.1) == [.request(allocations: 8)])
        #expect(script.demand(4, waiting: 1000, busy: 0) == [])
        #expect(script.tick(10) == [])
    }

    @Test("what waits in the queue counts as coming, and busy daemons do not serve what waits")
    func coming() {
        var script = SizingScript(0, 8)
        script.demand(0, waiting: 3, busy: 0)
        #expect(script.tick(2) == [.request(allocations: 3)])
        script.join(5, key(1, 0), key(1, 1))
        #expect(script.demand(5, waiting: 1, busy: 2) == [])
        script.demand(6, waiting: 3, busy: 2)
        #expect(script.tick(8) == [.request(allocations: 2)])
    }

    @Test("several tasks may share a daemon, and several daemons an allocation")
    func shares() {
        var script = SizingScript(0, 100) {
            $0.tasksPerDaemon = 4
            $0.daemonsPerAllocation = 2
        }
        script.demand(0, waiting: 9, busy: 0)
        #expect(script.sizing.target == 3)
        #expect(script.tick(2) == [.request(allocations: 2)])
    }

    @Test("losses that come together are replaced together", arguments: [
        .preempted, .nodeFailed, .timeLimit, .cancelled(by: "root"), .cancelled(by: nil),
    ] as [JobEnd.Reason])
    func losses(reason: JobEnd.Reason) {
        var script = SizingScript(3, 3)
        script.join(10, key(1, 0), key(1, 1), key(1, 2))
        for element in 0...2 {
            script.depart(100 + Double(element) / 10, key(1, element))
            #expect(script.end(101 + Double(element) / 10, key(1, element), reason) == [])
        }
        #expect(script.next == 102)
        #expect(script.tick(102) == [.request(allocations: 3)])
        #expect(!script.sizing.isPaused)
    }

    @Test("allocations that were taken from us before they ran are no failures", arguments: [
        .preempted, .nodeFailed, .cancelled(by: "root"),
    ] as [JobEnd.Reason])
    func excused(reason: JobEnd.Reason) {
        var script = SizingScript(1, 1)
        for number in UInt32(1)...20 {
            #expect(script.end(Double(number) * 10, key(number, 0), reason) == [])
            #expect(script.tick(Double(number) * 10 + 2) == [.request(allocations: 1)])
        }
    }

    @Test("a requeued allocation is expected again and not replaced")
    func requeued() {
        var script = SizingScript(1, 1)
        script.join(10, key(1, 0))
        script.depart(20, key(1, 0))
        #expect(script.at(21) { $0.requeued(key(1, 0), at: $1, into: &$2) } == [])
        #expect(script.tick(100) == [])
        #expect(script.sizing.expected == 1)
        script.join(110, key(1, 0))
        #expect(script.sizing.present == 1)
    }

    @Test("a surplus in the queue is cancelled after a while, the youngest first, and never what runs")
    func surplus() {
        var script = SizingScript(1, 8)
        script.demand(0, waiting: 6, busy: 0)
        #expect(script.tick(2) == [.request(allocations: 5)])
        script.at(5) { sizing, _, _ in sizing.started(key(2, 4)) }
        script.join(6, key(1, 0))
        #expect(script.demand(10, waiting: 0, busy: 1) == [])
        #expect(script.tick(60) == [])
        #expect(script.tick(70) == [.cancel([key(2, 3), key(2, 2), key(2, 1), key(2, 0)])])
        #expect(script.tick(200) == [], "said once")
        #expect(script.end(201, key(2, 3), .cancelled(by: "hayate")) == [])
        #expect(script.tick(300) == [])
    }

    @Test("demand that comes back in time keeps what waits in the queue")
    func patience() {
        var script = SizingScript(0, 8)
        script.demand(0, waiting: 4, busy: 0)
        script.tick(2)
        script.demand(10, waiting: 0, busy: 0)
        script.demand(40, waiting: 4, busy: 0)
        script.demand(50, waiting: 0, busy: 0)
        #expect(script.tick(100) == [])
        #expect(script.tick(110) == [.cancel([key(1, 3), key(1, 2), key(1, 1), key(1, 0)])])
        script.demand(111, waiting: 4, busy: 0)
        #expect(script.tick(113) == [.request(allocations: 4)], "those that were told to go do not count")
    }

    @Test("daemons that left because they were idle are asked for again when tasks wait, and not before")
    func resting() {
        var script = SizingScript(2, 2)
        script.join(10, key(1, 0), key(1, 1))
        script.depart(500, key(1, 0), wasIdle: true)
        script.end(501, key(1, 0), .completed)
        #expect(script.tick(1000) == [])
        #expect(script.sizing.target == 1)
        script.demand(2000, waiting: 1, busy: 1)
        #expect(script.tick(2002) == [.request(allocations: 1)])
    }

    @Test("of an elastic pool idle ones leave down to the minimum, which is kept")
    func minimum() {
        var script = SizingScript(1, 4)
        script.demand(0, waiting: 4, busy: 0)
        script.tick(2)
        script.join(5, key(1, 0), key(2, 0), key(2, 1), key(2, 2))
        script.demand(6, waiting: 0, busy: 0)
        for element in 0...2 {
            script.depart(300, key(2, element), wasIdle: true)
            script.end(301, key(2, element), .completed)
        }
        #expect(script.tick(1000) == [])
        script.depart(1001, key(1, 0))
        script.end(1001, key(1, 0), .nodeFailed)
        #expect(script.tick(1003) == [.request(allocations: 1)])
    }

    @Test("after a refusal it waits a minute, twice as long each time up to a quarter of an hour, and pauses at ten")
    func refusals() {
        var script = SizingScript(2, 2)
        var at = 10.0
        for (index, wait) in [60.0, 120, 240, 480, 900, 900, 900, 900, 900].enumerated() {
            #expect(script.refuse(at, index + 1) == [])
            #expect(script.tick(at + wait - 0.1) == [])
            #expect(script.tick(at + wait) == [.request(allocations: 2)])
            at += wait + 5
        }
        #expect(script.refuse(at, 10) == [.pause("10 submissions in a row failed, the last one: no such account")])
        #expect(script.next == nil)
        #expect(script.demand(at + 1, waiting: 50, busy: 0) == [])
        #expect(script.tick(at + 100_000) == [])
        #expect(script.at(at + 100_001) { $0.resume(at: $1, into: &$2) } == [.resumed, .request(allocations: 2)])
    }

    @Test("postponed submissions count too, without being asked for twice, and an accepted one forgets them")
    func postponed() {
        var script = SizingScript(1, 4)
        for number in 1...9 {
            let now = Double(number) * 1000
            #expect(script.at(now) { $0.postponed("too many jobs", at: $1, jitter: 1, into: &$2) } == [])
        }
        #expect(script.sizing.expected == 1)
        script.demand(9001, waiting: 3, busy: 0)
        #expect(script.tick(9500) == [], "the scheduler takes none now")
        #expect(script.at(9600) { $0.accepted(at: $1, into: &$2) } == [.request(allocations: 2)])
        for _ in 1...9 {
            #expect(script.at(9700) { $0.postponed("busy", at: $1, jitter: 1, into: &$2) } == [])
        }
    }

    @Test("three allocations in a row that end before a daemon joined make a pause with the reason")
    func failedAllocations() {
        var script = SizingScript(4, 4)
        script.end(10, key(1, 0), .exited(code: 127))
        script.end(11, key(1, 1), .notStarted)
        script.join(12, key(1, 2))
        script.end(13, key(1, 3), .timeLimit)
        #expect(script.tick(72.9) == [], "a minute after the first failure")
        #expect(script.tick(131) == [.request(allocations: 3)], "two minutes after the second one")
        script.end(140, key(2, 0), .unknown)
        let reason = "3 allocations in a row ended before any of their daemons joined, the last one with exit code 1"
        #expect(script.end(141, key(2, 1), .exited(code: 1)) == [.pause(reason)])
        #expect(script.sizing.pauseReason == reason)
        #expect(script.end(142, key(2, 2), .exited(code: 1)) == [], "one pause is enough")
        #expect(script.at(150) { $0.resume(at: $1, into: &$2) } == [.resumed, .request(allocations: 3)])
    }

    @Test("allocations that fail soon after their daemons joined are replaced more slowly each time")
    func shortLives() {
        var script = SizingScript(1, 1)
        var at = 10.0
        var waits: [Double] = []
        for number in UInt32(1)...12 {
            script.join(at, key(number, 0))
            script.depart(at + 1, key(number, 0))
            script.end(at + 1, key(number, 0), .outOfMemory)
            let next = script.next ?? .infinity
            waits.append(next - at - 1)
            #expect(script.tick(next) == [.request(allocations: 1)])
            at = next + 1
        }
        #expect(waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
        script.join(at, key(13, 0))
        script.depart(at + 61, key(13, 0))
        script.end(at + 61, key(13, 0), .outOfMemory)
        #expect(script.next == at + 63)
    }

    @Test("a request that cannot be carried out is a failure like a refusal")
    func unsubmitted() {
        var sizing = AllocationSizing(AllocationSizing.Limits(minimum: 2, maximum: 2))
        var effects: [AllocationSizing.Effect] = []
        sizing.resize(minimum: 2, maximum: 2, at: .zero, into: &effects)
        sizing.unsubmitted(allocations: 2, "no queue fits", at: .zero, jitter: 1, into: &effects)
        #expect(effects == [.request(allocations: 2)])
        #expect(sizing.expected == 0)
        #expect(sizing.nextDeadline == Instant(nanoseconds: 60_000_000_000))
    }

    @Test("other bounds ask for more at once, or give up what waits")
    func resize() {
        var script = SizingScript(2, 2)
        #expect(script.at(10) { $0.resize(minimum: 5, maximum: 5, at: $1, into: &$2) } == [.request(allocations: 3)])
        #expect(script.at(20) { $0.resize(minimum: 1, maximum: 1, at: $1, into: &$2) } == [])
        #expect(script.tick(80) == [.cancel([key(2, 2), key(2, 1), key(2, 0), key(1, 1)])])
    }

    @Test("a closed pool asks for nothing, whatever comes")
    func closed() {
        var script = SizingScript(2, 8)
        script.at(1) { sizing, _, _ in sizing.close() }
        #expect(script.demand(2, waiting: 100, busy: 0) == [])
        #expect(script.end(3, key(1, 0), .exited(code: 1)) == [])
        #expect(script.tick(1000) == [])
        #expect(script.next == nil)
        #expect(script.sizing.expected == 1)
        #expect(script.sizing.hasProspects)
        script.end(4, key(1, 1), .cancelled(by: "hayate"))
        #expect(!script.sizing.hasProspects)
    }

    @Test("allocations of a crashed host count")
    func adopted() {
        var sizing = AllocationSizing(AllocationSizing.Limits(minimum: 3, maximum: 3))
        var effects: [AllocationSizing.Effect] = []
        sizing.adopted([key(1, 0), key(1, 1)], at: .zero, into: &effects)
        sizing.resize(minimum: 3, maximum: 3, at: .zero, into: &effects)
        #expect(effects == [.request(allocations: 1)])
    }

    @Test("an adopted allocation that ends before a daemon has come back is replaced without delay or blame")
    func adoptedEnds() {
        var script = SizingScript(0, 0)
        script.at(0) { $0.adopted([key(9, 0), key(9, 1), key(9, 2)], at: $1, into: &$2) }
        #expect(script.at(0) { $0.resize(minimum: 3, maximum: 3, at: $1, into: &$2) } == [])
        for element in 0...2 { #expect(script.end(1, key(9, element), .exited(code: 1)) == []) }
        #expect(script.tick(3).contains(.request(allocations: 3)))
        #expect(!script.sizing.isPaused)
        // What it asks for itself is judged as ever.
        for element in 0...2 { script.end(4, key(1, element), .exited(code: 1)) }
        #expect(script.sizing.isPaused)
    }

    @Test("daemons of an adopted allocation that have not come back in time are asked for anew")
    func adoptedInPart() {
        var script = SizingScript(0, 0) { $0.daemonsPerAllocation = 4 }
        script.at(0) { $0.adopted([key(9, 0), key(9, 1)], at: $1, into: &$2) }
        script.at(0) { $0.resize(minimum: 8, maximum: 8, at: $1, into: &$2) }
        script.join(1, key(9, 0), key(9, 0), key(9, 0))
        #expect(script.at(60) { $0.overdue(key(9, 0), at: $1, into: &$2) } == [])
        #expect(script.at(60) { $0.overdue(key(9, 1), at: $1, into: &$2) } == [])
        #expect(script.tick(62) == [.request(allocations: 1)])
        #expect(script.sizing.sanityCheck() == nil)
    }
}
