import Testing

@testable import HayateCore

/// Tasks beside each other at daemons that say what they have.
@Suite struct PlacementTests {
    private func daemon(
        cpus: Int, gpus: [Int] = [], memory: Int64? = nil, named: [String: Int] = [:], wallTime: Duration? = nil
    ) -> DaemonTerms {
        DaemonTerms(
            wallTime: wallTime, resources: DaemonResources(cpus: cpus, gpus: gpus, memory: memory, named: named))
    }

    private func cpus(_ count: Int) -> ResourceRequest { ResourceRequest(cpus: count) }
    private func gpus(_ count: Int) -> ResourceRequest { ResourceRequest(gpus: count) }

    @Test("As many tasks run at once as there are processors, and the next when one has ended")
    func processors() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 3))
        #expect(script.submit() == ["beside 1#1 A"])
        #expect(script.submit(asking: cpus(2)) == ["beside 2#1 A"])
        #expect(script.submit() == [])
        #expect(script.submit() == [])
        #expect(script.reason(1) == .running(script.id("A"), since: script.now, attempt: 1))
        #expect(script.reason(4) == .queued(ahead: 1))
        #expect(script.finish(2, by: "A") == ["beside 3#1 A", "beside 4#1 A"])
        #expect(script.dispatch.executing == 3)
        #expect(script.dispatch.daemonStatus()[0].free?.cpus == 0)
    }

    @Test("Graphics processors are given by their indexes, and no index to two tasks at once")
    func graphicsProcessors() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 8, gpus: [5, 0, 1]))
        #expect(script.submit(asking: gpus(2)) == ["beside 1#1 A gpu0 gpu1"])
        #expect(script.submit(asking: gpus(1)) == ["beside 2#1 A gpu5"])
        #expect(script.submit(asking: gpus(1)) == [])
        #expect(script.reason(3) == .needsResources(gpus(1), exists: true))
        #expect(script.submit(asking: gpus(4)) == [])
        #expect(script.reason(4) == .needsResources(gpus(4), exists: false))
        #expect(script.finish(1, by: "A") == ["beside 3#1 A gpu0"])
        #expect(script.dispatch.grant(of: script.tasks[1])?.gpus == [5])
        #expect(script.dispatch.resourceShortage() == gpus(4))
    }

    @Test("Memory and named resources are counted; memory only where the daemon says how much it has")
    func memoryAndNames() {
        var script = DispatchScript()
        let request = ResourceRequest(memory: 6 << 30)
        let licence = ResourceRequest(named: ["licence": 1])
        script.join(1, daemon(cpus: 8, memory: 10 << 30, named: ["licence": 1]))
        #expect(script.submit(asking: request) == ["beside 1#1 A"])
        #expect(script.submit(asking: request) == [])
        #expect(script.submit(asking: licence) == [])
        #expect(script.finish(1, by: "A") == ["beside 2#1 A", "beside 3#1 A"])
        #expect(script.submit(asking: licence) == [])
        #expect(script.join(1, daemon(cpus: 8)) == [])
        #expect(script.submit(asking: ResourceRequest(memory: 1 << 50)) == ["beside 5#1 B"])
        #expect(script.finish(3, by: "A") == ["beside 4#1 A"])
    }

    @Test("A daemon that says nothing gets no task that asks for more than a processor")
    func plainDaemons() {
        var script = DispatchScript()
        script.join(1)
        #expect(script.submit(asking: cpus(2)) == [])
        #expect(script.reason(1) == .needsResources(cpus(2), exists: false))
        #expect(script.submit(asking: cpus(1)) == ["assign 2#1 A"])
        #expect(script.join(1, daemon(cpus: 4)) == ["beside 1#1 B"])
        #expect(script.submit() == ["beside 3#1 B"])
        #expect(script.finish(2, by: "A") == [])
        #expect(script.submit() == ["assign 4#1 A"])
    }

    @Test("The oldest task that fits nowhere now has a daemon kept for it, and others pass it elsewhere only")
    func nobodyStarves() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4))
        for _ in 1...4 { script.submit() }
        script.submit(asking: cpus(4))
        for _ in 6...9 { script.submit() }
        #expect(script.finish(1, by: "A") == [])
        #expect(script.finish(2, by: "A") == [])
        #expect(script.join(1, daemon(cpus: 1)) == ["beside 6#1 B"])
        #expect(script.finish(3, by: "A") == [])
        #expect(script.finish(6, by: "B") == ["beside 7#1 B"])
        #expect(script.finish(4, by: "A") == ["beside 5#1 A"])
        #expect(script.finish(5, by: "A") == ["beside 8#1 A", "beside 9#1 A"])
    }

    @Test("A small task that is older goes before the one for which a daemon is kept")
    func orderOfSubmission() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 2))
        script.submit(asking: cpus(2))
        script.submit()
        script.submit(asking: cpus(2))
        script.submit()
        #expect(script.finish(1, by: "A") == ["beside 2#1 A"])
        #expect(script.finish(2, by: "A") == ["beside 3#1 A"])
        #expect(script.submit(priority: 1) == [])
        #expect(script.finish(3, by: "A") == ["beside 5#1 A", "beside 4#1 A"])
    }

    @Test("Of an unexplained loss each that ran is suspected, and runs alone from then on")
    func loss() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4))
        script.submit()
        script.submit(retry: RetryPolicy(losses: 1))
        script.submit(asking: cpus(2))
        #expect(script.lose("A") == ["resolve 2 poisoned 1"])
        #expect(script.join(1, daemon(cpus: 8)) == ["beside 1#2 B"])
        #expect(script.submit() == [])
        #expect(script.reason(3) == .waitsForIdleDaemon)
        #expect(script.finish(1, attempt: 2, by: "B") == ["beside 3#2 B"])
        #expect(script.finish(3, attempt: 2, by: "B") == ["beside 4#1 B"])
    }

    @Test("A suspected task gets a daemon of its own although others could always fill it")
    func suspectsDoNotStarve() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 1))
        script.submit()
        script.join(1, daemon(cpus: 2))
        for _ in 2...6 { script.submit() }
        #expect(script.lose("A") == [])
        #expect(script.finish(2, by: "B") == [])
        #expect(script.reason(1) == .waitsForIdleDaemon)
        #expect(script.finish(3, by: "B") == ["beside 1#2 B"])
        #expect(script.finish(1, attempt: 2, by: "B") == ["beside 4#1 B", "beside 5#1 B"])
    }

    @Test("A suspected task holds up nobody who fits elsewhere")
    func suspectsHoldUpNobody() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 1))
        script.submit()
        script.join(2, daemon(cpus: 2))
        for _ in 2...7 { script.submit() }
        #expect(script.lose("A") == [])
        // B, where as many run as at C, is kept for task 1.
        #expect(script.finish(2, by: "B") == [])
        #expect(script.finish(4, by: "C") == ["beside 6#1 C"])
        #expect(script.finish(3, by: "B") == ["beside 1#2 B"])
        #expect(script.finish(6, by: "C") == ["beside 7#1 C"])
    }

    @Test("Tasks that may start only once run beside each other")
    func atMostOnce() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 2))
        #expect(script.submit(retry: .never) == ["beside 1#1 A"])
        #expect(script.submit(retry: .never) == ["beside 2#1 A"])
        #expect(
            script.lose("A") == ["resolve 1 daemonLost disconnected", "resolve 2 daemonLost disconnected"])
    }

    @Test("What a daemon holds when it comes back keeps what it was given; what was lost on the way is free")
    func resuming() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4, gpus: [0, 1]))
        script.submit(asking: gpus(1))
        script.submit(asking: gpus(1))
        script.submit(asking: gpus(2))
        script.disconnect("A")
        #expect(script.resume("A", holding: [(2, 1)]) == ["beside 1#1 A gpu0"])
        script.disconnect("A")
        #expect(script.resume("A", holding: [(1, 1), (2, 1)]) == [])
        script.finish(1, by: "A")
        #expect(script.finish(2, by: "A") == ["beside 3#1 A gpu0 gpu1"])
    }

    @Test("A stopped task keeps what it was given until its daemon lets go of it")
    func stopping() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 1))
        script.submit()
        script.submit()
        #expect(script.cancel(1) == ["stop 1#1 A", "resolve 1 cancelled"])
        #expect(script.finish(1, by: "A") == ["beside 2#1 A"])
    }

    @Test("A task for one daemon comes when those that run there have ended, and nothing passes it")
    func directed() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 2))
        script.submit()
        #expect(script.submit(to: "A") == ["assign 2#1 A"])
        #expect(script.reason(2) == .prefetched(script.id("A"), ahead: 1))
        #expect(script.submit() == [])
        #expect(script.finish(1, by: "A") == [])
        #expect(script.finish(2, by: "A") == ["beside 3#1 A"])
    }

    @Test("A daemon that drains is asked for nothing back, and leaves when all its tasks have ended")
    func draining() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 2))
        script.submit()
        script.submit()
        #expect(script.drain("A") == [])
        #expect(script.submit() == [])
        #expect(script.finish(2, by: "A") == [])
        #expect(script.finish(1, by: "A") == ["dismiss A requested"])
    }

    @Test("A limit on the number of tasks counts those that run")
    func maximumTasks() {
        var script = DispatchScript()
        var terms = daemon(cpus: 8)
        terms.maximumTasks = 2
        script.join(1, terms)
        script.submit()
        script.submit()
        #expect(script.submit() == [])
        script.finish(1, by: "A")
        #expect(script.finish(2, by: "A") == ["dismiss A maximumTasks"])
    }

    @Test("Time and resources are asked for together")
    func timeAndResources() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4, wallTime: .seconds(100)))
        #expect(script.submit(needing: .seconds(600), asking: cpus(2)) == [])
        #expect(script.submit(needing: .seconds(60), asking: cpus(2)) == ["beside 2#1 A"])
        #expect(script.submit(needing: .seconds(60)) == ["beside 3#1 A"])
        #expect(script.join(1, daemon(cpus: 2, wallTime: .seconds(1000))) == ["beside 1#1 B"])
    }

    @Test("What an earlier host had given is taken before anything else is given")
    func holdingAgain() {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4, gpus: [0, 1]))
        script.submit(asking: gpus(1))
        let slot = script.tasks[0].slot
        script.dispatch.releaseResources(of: slot, at: 0)
        script.dispatch.holdResources(ResourceGrant(gpus: [1]), of: slot, at: 0, at: script.now)
        #expect(script.submit(asking: gpus(1)) == ["beside 2#1 A gpu0"])
        #expect(script.submit(asking: gpus(1)) == [])
        #expect(script.finish(1, by: "A") == ["beside 3#1 A gpu1"])
    }

    @Test("Where tasks are given out in turn, none can ask for resources, and daemons run one at a time")
    func inTurn() {
        var script = DispatchScript { $0.scheduling = .roundRobin }
        script.join(1, daemon(cpus: 4))
        script.submit(asking: cpus(2))
        #expect(script.refusal == .resources)
        #expect(script.submit() == ["assign 1#1 A"])
    }

    @Test("Whatever happens, no daemon gives more than it has and every task ends", arguments: 1...8)
    func anything(seed: UInt64) {
        var script = DispatchScript()
        var state = seed
        func random(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            return Int(SplitMix64.mix(state) % UInt64(bound))
        }
        func terms() -> DaemonTerms {
            random(4) == 0
                ? DaemonTerms()
                : daemon(
                    cpus: 1 + random(6), gpus: Array(0..<random(3)), memory: random(2) == 0 ? nil : Int64(random(9)),
                    named: ["x": random(3)])
        }
        // Whatever is asked for, this one has it.
        script.join(1, daemon(cpus: 6, gpus: [0, 1], memory: 9, named: ["x": 3]))
        var wrong: [String] = []
        func look(_ told: [String]) { wrong += told.filter { $0.hasPrefix("INSANE") } }
        for step in 0..<400 {
            script.now = script.now.advanced(by: 1_000)
            let gone = Set(script.daemons.filter { !script.dispatch.isKnown($0) })
            let there = script.daemons.indices.filter { !gone.contains(script.daemons[$0]) }
            let letter = Character(UnicodeScalar(UInt8(65 + there[random(there.count)])))
            let held = script.dispatch.tasks(at: script.id(letter))
            switch random(10) {
            case 0 where script.daemons.count < 20: look(script.join(1, terms()))
            case 1 where letter != "A" && step % 3 == 0: look(script.lose(letter, .process(.exited(code: 1))))
            case 2: look(script.disconnect(letter))
            case 3:
                let known = held.filter { _ in random(4) > 0 }
                let numbers = known.compactMap { attempt in
                    script.tasks.firstIndex(of: attempt.task).map { ($0 + 1, attempt.attempt) }
                }
                look(script.resume(letter, holding: numbers))
            case 4 where !script.tasks.isEmpty: look(script.cancel(1 + random(script.tasks.count)))
            case 5...7:
                for attempt in held.prefix(1 + random(2)) {
                    guard let number = script.tasks.lastIndex(of: attempt.task) else { continue }
                    look(script.finish(number + 1, attempt: attempt.attempt, by: letter))
                }
            default:
                let request = ResourceRequest(
                    cpus: 1 + random(6), gpus: random(3), memory: Int64(random(9)), named: ["x": random(4)])
                look(
                    script.submit(
                        priority: Int8(random(2)), retry: random(3) == 0 ? .never : .lostDaemons,
                        asking: random(3) == 0 ? nil : request))
            }
        }
        for (index, daemon) in script.daemons.enumerated() where script.dispatch.isKnown(daemon) {
            let letter = Character(UnicodeScalar(UInt8(65 + index)))
            let held = script.dispatch.tasks(at: daemon).compactMap { attempt in
                script.tasks.lastIndex(of: attempt.task).map { ($0 + 1, attempt.attempt) }
            }
            look(script.disconnect(letter))
            look(script.resume(letter, holding: held))
        }
        var rounds = 0
        while script.dispatch.counts.accepted > script.dispatch.counts.resolved, rounds < 10_000 {
            rounds += 1
            for (index, daemon) in script.daemons.enumerated() {
                guard let attempt = script.dispatch.tasks(at: daemon).first,
                    let number = script.tasks.lastIndex(of: attempt.task)
                else { continue }
                look(
                    script.finish(
                        number + 1, attempt: attempt.attempt, by: Character(UnicodeScalar(UInt8(65 + index)))))
            }
        }
        #expect(wrong.isEmpty, "\(wrong.first ?? "")")
        #expect(script.dispatch.counts.accepted == script.dispatch.counts.resolved)
        #expect(script.dispatch.shared.held.isEmpty)
    }

    @Test("A tree of maxima finds the next slot from any slot on")
    func nextInTree() {
        var tree = MaxTree()
        let values: [Int64] = [3, 0, 5, 1, 4, 4, 0, 9, 2, 0, 7]
        for (slot, value) in values.enumerated() { tree[UInt32(slot)] = value }
        for start in 0...20 {
            for least in 1...10 {
                let expected = values.indices.first { $0 >= start && values[$0] >= least }
                #expect(tree.first(atLeast: Int64(least), from: UInt32(start)) == expected.map { UInt32($0) })
            }
        }
    }

    private static let damages: [@Sendable (inout Dispatch) -> Void] = [
        { _ = $0.shared.resources[0]?.take(ResourceRequest()) },
        { $0.shared.held[0]?.grant.gpus = [7] },
        { $0.shared.held[0] = nil },
        { $0.shared.freeCPUs[0] = 9 },
        { $0.daemons[0].exclusives = 1 },
        { $0.shared.note(ResourceRequest(cpus: 2), for: 5) },
        { $0.shared.slots = [] },
    ]

    @Test("A count of resources that is wrong is found", arguments: damages.indices)
    func spoilt(index: Int) {
        var script = DispatchScript()
        script.join(1, daemon(cpus: 4, gpus: [0]))
        script.submit(asking: gpus(1))
        #expect(script.dispatch.sanityCheck() == nil)
        Self.damages[index](&script.dispatch)
        #expect(script.dispatch.sanityCheck() != nil)
    }
}
