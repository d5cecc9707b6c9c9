import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Relays") struct RelayTests {
        @Test("Tasks spread over plain daemons and those of a relay; when it is killed they start again")
        func besidePlainDaemons() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.testListening().withoutDispatcher()) { pool async throws in
                let plain = try Child.daemon(pool.url)
                let relay = try Child(Program.testDaemon, ["relay", pool.url, "2"])
                try await pool.ready(3, timeout: .seconds(30))
                let places = try await pool.map((0..<30).map { _ in WhereAmI() }).collect()
                #expect(places.count { $0.process == plain.pid } == 10)
                #expect(places.allSatisfy { $0.attempt == 1 })
                let own = try #require(relay.line("daemons")).compactMap { Int32($0) }
                #expect(Set(places.map(\.process)).isSubset(of: Set(own + [plain.pid])))

                let gates = (0..<3).map {
                    pool.mirai(Gate(files("\($0)"), onlyFirstAttempt: true))
                }
                for index in 0..<3 { try await appears(files("\(index).started")) }
                let busy = try (0..<3).map { try number(in: files("\($0).started")) }
                #expect(Set(busy) == Set(own + [plain.pid]))
                kill(relay.pid, SIGKILL)
                try await eventually("its daemons are gone too", within: .seconds(20)) {
                    own.allSatisfy { !isAlive($0) }
                }
                for index in 0..<3 { try SignalFile.write(files("\(index).release")) }
                for gate in gates {
                    let place = try await gate.value
                    #expect(place.process == plain.pid)
                }
                let attempts = try gates.map { try #require(try $0.poll()?.get().attempt) }
                #expect(attempts.sorted() == [1, 2, 2])
            }
        }

        @Test("Failures, logs, output, stops and timeouts pass through")
        func passesEverything() async throws {
            let files = try TemporaryDirectory()
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.testListening().with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool async throws in
                let relay = try Relay(to: pool.url, .test(1))
                let here = pool.mirai(WhereAmI())
                #expect(try await relay.pool.localProcesses == [here.value.process])
                #expect(try await here.value.task == here.task)
                let error = try await failure(of: pool.mirai(Failing("no licence")))
                #expect(error.code == .taskFailed)
                #expect(error.message == "no licence")
                #expect(error.errorType?.contains("TestFailure") == true)

                let printing = pool.mirai(Printing(output: "out", error: "err"))
                _ = try await printing.value
                #expect(printing.output?.text == "out")
                #expect(printing.output?.errorText == "err")
                let logging = pool.mirai(Logging("seen"))
                #expect(try await logging.value == logging.task)
                let seen = lines.all.filter { $0.task == logging.task }
                #expect(seen.map(\.text) == ["seen step=1", "seen again"])
                #expect(try await pool.mirai(Echo([1, 2, 3])).value == [1, 2, 3])
                let large = [UInt8](repeating: 9, count: 3_000_000)
                #expect(try await pool.mirai(Echo(large)).value == large)

                let stopped = pool.mirai(Gate(files("stopped")))
                try await appears(files("stopped.started"))
                #expect(stopped.stop())
                try await appears(files("stopped.cancelled"))
                let late = pool.mirai(Gate(files("late")), timeout: .milliseconds(200))
                #expect(try await failure(of: late).code == .timedOut)
                try await appears(files("late.cancelled"))
                #expect(try await pool.mirai(Add(1, 2)).value == 3)

                // A daemon behind it is lost: its own pool replaces it, and the host decides.
                let lost = pool.mirai(Fatal(.kill), retry: .never)
                #expect(try await failure(of: lost).code == .daemonLost)
                let counter = files("counter")
                let twice = pool.mirai(SucceedsOnceAlive(counter))
                #expect(try await twice.value == 2)
                #expect(SignalFile.lines(counter) == ["1", "2"])

                await relay.close()
                #expect(relay.sessions == 0)
            }
        }

        @Test("A relay ends with its host's pool, and leaves nothing")
        func endsWithItsHost() async throws {
            try await withPool(.testListening()) { pool async throws in
                let relay = try Child(Program.testDaemon, ["relay", pool.url, "2"])
                try await pool.ready(2, timeout: .seconds(30))
                let own = try #require(relay.line("daemons")).compactMap { Int32($0) }
                await pool.close()
                try await relay.isOver()
                #expect(relay.exit == .exited(code: 0))
                #expect(relay.lines.last == "ended dismissed")
                #expect(own.allSatisfy { !isAlive($0) })
            }
            let lonely = try Relay(to: "tcp://127.0.0.1:9", .local(1, executable: "/bin/false"))
            guard case .noDaemons = await lonely.ended() else {
                Issue.record("it has no daemons")
                return
            }
            let error = #expect(throws: HayateError.self) { try Relay(to: "tcp://127.0.0.1:9", .synchronous) }
            #expect(error?.code == .invalidArgument)
        }

        @Test("hayate dispatcher: with daemons of its own, and with those that connect")
        func fromTheShell() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.testListening()) { pool async throws in
                let own = try Child(
                    Program.hayate,
                    ["dispatcher", "-n", "1", "--program", Program.testDaemon, pool.url])
                try await pool.ready(1, timeout: .seconds(30))
                let place = try await pool.mirai(WhereAmI()).value
                #expect(place.process != own.pid)
                let inner = "ipc://" + files("inner")
                let listening = try Child(Program.hayate, ["dispatcher", "--listen", inner, pool.url])
                try await eventually("it listens") {
                    listening.lines.first
                        == "hayate: listening at \(inner); to join: hayate daemon \(inner)"
                }
                let daemon = try Child(Program.hayate, ["daemon", inner])
                try await pool.ready(2, timeout: .seconds(30))
                let results = try await pool.map((0..<10).map { Command("echo", "\($0)") }).collect()
                #expect(results.map(\.standardOutput.text) == (0..<10).map { "\($0)\n" })
                #expect(results.contains { $0.daemon.hasSuffix(":\(daemon.pid)") })
                await pool.close()
                for child in [own, listening, daemon] {
                    try await child.isOver()
                    #expect(child.exit == .exited(code: 0))
                }
            }
            let lonely = try Child(
                Program.hayate,
                ["dispatcher", "-n", "1", "--connect-within", "300ms", "tcp://127.0.0.1:1"])
            try await lonely.isOver()
            #expect(lonely.exit == .exited(code: 75))
            #expect(lonely.lines.last?.contains("no host answered at tcp://127.0.0.1:1") == true)
        }

        @Test("Daemons dial in at a relay, and it joins with one session more for each")
        func listening() async throws {
            try await withPool(.testListening()) { pool async throws in
                let relay = try Relay(to: pool.url, .listening(at: "tcp://127.0.0.1:0"))
                #expect(pool.info.connections == 0)
                let children = try (0..<2).map { _ in try Child.daemon(relay.pool.url) }
                try await pool.ready(2, timeout: .seconds(20))
                let places = try await pool.map((0..<20).map { _ in WhereAmI() }).collect()
                #expect(Set(places.map(\.process)).isSubset(of: Set(children.map(\.pid))))
                await relay.close()
                for child in children { try await child.isOver() }
            }
        }
    }
}
