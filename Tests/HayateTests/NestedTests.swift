import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Tasks of tasks") struct NestedTests {
        @Test("wish 6: a task maps a hundred tasks on its own and only daemon")
        func oneDaemonMapsAHundredChildren() async throws {
            try await withPool(.test(1)) { pool in
                #expect(try await pool.mirai(SumOfChildren(100)).value == 5050)
                #expect(pool.localProcesses.count == 1)
                #expect(pool.status.counts.joined == 1)
                #expect(pool.status.counts.accepted == 101)
                try await pool.isQuiet()
            }
        }

        @Test("wish 6: recursion on one daemon and on two", arguments: [1, 2])
        func recursion(daemons: Int) async throws {
            try await withPool(.test(daemons)) { pool in
                #expect(try await pool.mirai(Fibonacci(6)).value == 8)
                #expect(pool.localProcesses.count == daemons)
                try await pool.isQuiet()
            }
        }

        @Test func twoHundredDeepOnOneDaemon() async throws {
            try await withPool(.test(1)) { pool in
                let processes = try await pool.mirai(Descend(200)).value
                #expect(processes.count == 201)
                #expect(Set(processes).count == 1)
            }
        }

        @Test("G: maps in maps on two daemons need no more than two")
        func mapOfMaps() async throws {
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let sum = try await pool.mirai(SumOfSums(50, each: 50)).value
                #expect(sum == 50 * 1275)
                #expect(pool.localProcesses.count == 2)
                #expect(pool.status.counts.joined == 2)
                #expect(pool.status.counts.accepted == 1 + 50 + 2500)
                try await pool.isQuiet()
            }
        }

        @Test("G: parents by the dozen, each with a map of its own, on one daemon")
        func manyParents() async throws {
            try await withPool(.test(1)) { pool in
                let sums = try await pool.map((1...30).map { SumOfChildren($0) }).collect()
                #expect(sums == (1...30).map { $0 * ($0 + 1) / 2 })
            }
        }

        @Test func aFullQueueTakesChildren() async throws {
            let daemons = Daemons.test(1).with { $0.limits.queuedTasks = 2 }
            try await withPool(daemons) { pool in
                let sums = try await pool.map((1...10).map { SumOfChildren($0) }).collect()
                #expect(sums == [1, 3, 6, 10, 15, 21, 28, 36, 45, 55])
            }
        }

        @Test func setUpsMayHaveChildren() async throws {
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let sums = try await pool.everywhere(SumOfChildren(10))
                #expect(sums.compactMap { try? $0.get() } == [55, 55])
            }
        }

        // MARK: Ends

        @Test func aChildsErrorIsItsParents() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let thrown = try await pool.mirai(OutcomeOfChild(.throwing)).value
                #expect(thrown == ["taskFailed", "no luck", "HayateTestTasks.TestFailure"])
                let late = try await pool.mirai(OutcomeOfChild(.late, file: files("late"))).value
                #expect(late.first == "timedOut")
                let unsendable = try await pool.mirai(OutcomeOfChild(.unsendable)).value
                #expect(unsendable.first == "notSendable")
                let stopped = try await pool.mirai(
                    OutcomeOfChild(.stopped, file: files("stopped"))).value
                #expect(stopped.first == "cancelled")
                try await appears(files("stopped.cancelled"))
                let mapped = try await failure(of: pool.mirai(SumOfChildren(20, failingAt: 7)))
                #expect(mapped.code == .taskFailed)
                #expect(mapped.message.contains("is a multiple of 7"))
                try await pool.isQuiet()
            }
        }

        /// One daemon: the child runs on top of its parent, and takes it along.
        @Test func aChildThatKillsItsDaemonsEndsItsParent() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(OutcomeOfChild(.killing, file: files("starts")))
                let error = try await failure(of: mirai)
                #expect(error.code == .poisoned)
                #expect(SignalFile.lines(files("starts")).count == 5)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                try await pool.isQuiet()
            }
        }

        @Test func aStoppedParentStopsItsChildren() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(GatedChildren([files("one"), files("two")]))
                try await appears(files("one.started"))
                try await appears(files("two.started"))
                // One runs on top of the parent, the other elsewhere.
                #expect(try number(in: files("one.started")) != number(in: files("two.started")))
                #expect(mirai.stop())
                try await appears(files("one.cancelled"))
                try await appears(files("two.cancelled"))
                try await pool.isQuiet()
                #expect(pool.status.counts.joined == 2, "nobody had to be killed")
            }
        }

        @Test func childrenDoNotOutliveTheirParent() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                // It ends while the child runs in its place.
                #expect(try await pool.mirai(Heartless(files("gate"))).value == 7)
                try await appears(files("gate.cancelled"))
                try await pool.isQuiet()
                #expect(pool.status.counts.joined == 1)
            }
        }

        /// Two daemons: one runs the child that never ends.
        @Test func theLosersOfARaceAreStopped() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                #expect(try await pool.mirai(RaceOfChildren(files("race"))).value == 1)
                try await pool.isQuiet()
                #expect(pool.status.counts.joined == 2)
            }
        }

        @Test func aKilledDaemonsChildrenAreStopped() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(
                    GatedChildren([files("one"), files("two")], onlyFirstAttempt: true))
                try await appears(files("one.started"))
                try await appears(files("two.started"))
                guard case .running = mirai.waitReason else {
                    Issue.record("waits for \(String(describing: mirai.waitReason))")
                    return
                }
                // The parent's daemon is the one that helps: the child there has no other host.
                let all = [try number(in: files("one.started")), try number(in: files("two.started"))]
                let current = pool.status.daemons.first { $0.held == 2 }
                let victim = try #require(current.map { Int32(bitPattern: $0.process) })
                #expect(all.contains(victim))
                kill(victim, SIGKILL)
                #expect(try await mirai.value == [])
                let other = victim == all[0] ? "two" : "one"
                try await appears(files("\(other).cancelled"))
                try await pool.isQuiet()
            }
        }

        @Test func aConnectionThatIsCutLosesNoChild() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                let proxy = try Proxy(to: port)
                defer { proxy.end() }
                let near = try Child.daemon(proxy.url, of: pool)
                try await pool.hasDaemons(1)
                let mirai = pool.mirai(GatedChildren([files("one"), files("two"), files("three")]))
                try await appears(files("one.started"))
                // The second runs elsewhere, and ends while the parent's connection is cut.
                let far = try Child.daemon(pool.url)
                try await appears(files("two.started"))
                #expect(try number(in: files("two.started")) == far.pid)
                proxy.cut()
                try await eventually("it is away") {
                    pool.status.daemons.contains { $0.state == .away }
                }
                try SignalFile.write(files("two.release"))
                try await appears(files("three.started"))
                try SignalFile.write(files("one.release"))
                try await appears(files("one.finished"))
                try SignalFile.write(files("three.release"))
                try await appears(files("three.finished"))
                #expect(!mirai.isResolved)
                proxy.restore()
                let places = try await mirai.value
                #expect(places.map(\.process) == [near.pid, far.pid, far.pid])
                #expect(places.map(\.attempt) == [1, 1, 1])
                #expect(pool.status.counts.joined == 2)
                #expect(pool.status.counts.resolved == 4)
                await pool.close()
                try await near.isOver()
                try await far.isOver()
            }
        }

        @Test func closingThePoolEndsParentsAndChildren() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let mirai = pool.mirai(GatedChildren([files("one"), files("two"), files("three")]))
                try await appears(files("one.started"))
                await pool.close()
                #expect(try await failure(of: mirai).code == .closed)
            }
        }

        // MARK: Surroundings

        @Test func whatAChildPrintsIsTheChilds() async throws {
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(PrintingParent())
                let printed = try await mirai.value
                #expect(printed == "child\nchild's error\n")
                #expect(mirai.output?.text == "parent before\nparent after\n")
                #expect(mirai.output?.standardError == [])
            }
        }

        @Test func aContextMadeByHandHasNoPool() async throws {
            let context = TaskContext(task: 1, attempt: 1)
            let error = try await failure(of: context.pool.mirai(Add(1, 2)))
            #expect(error.code == .noDaemons)
            #expect(error.message.contains("made by hand"))
            await #expect(throws: HayateError.self) {
                try await context.pool.map([Add(1, 2)]).collect()
            }
        }

        /// Short tasks run where messages are received, which a parent must not block.
        @Test func aParentAmongShortTasks() async throws {
            try await withPool(.test(1)) { pool in
                for _ in 0..<20 {
                    _ = try await pool.map((0..<200).map { Add($0, 1) }).collect()
                    #expect(try await pool.mirai(SumOfChildren(5)).value == 15)
                }
            }
        }

        @Test func childrenOfManyParentsUnderKills() async throws {
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let killer = Task {
                    var kills = 0
                    while !Task.isCancelled, kills < 6 {
                        try? await Task.sleep(for: .milliseconds(150))
                        if let victim = pool.localProcesses.randomElement() {
                            kill(victim, SIGKILL)
                            kills += 1
                        }
                    }
                }
                let tasks = (0..<200).map { _ in SumOfChildren(20) }
                let sums = try await pool.map(tasks, retry: RetryPolicy(losses: 100)).collect()
                killer.cancel()
                await killer.value
                #expect(sums == [Int](repeating: 210, count: 200))
                try await pool.isQuiet()
            }
        }
    }
}
