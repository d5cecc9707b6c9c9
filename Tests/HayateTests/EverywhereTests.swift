import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Everywhere") struct EverywhereTests {
        @Test func presentAndLaterDaemons() async throws {
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let present = try await pool.everywhere(SetVariable("HAYATE_TEST_SEED", "42"))
                #expect(present.count == 2)
                #expect(Set(try present.map { try $0.get() }) == Set(pool.localProcesses))
                pool.resize(to: 4)
                try await pool.hasDaemons(4)
                let victim = try #require(pool.localProcesses.first)
                kill(victim, SIGKILL)
                try await eventually("a replacement") {
                    pool.status.counts.joined == 5
                        && !pool.status.daemons.contains { $0.process == UInt32(victim) }
                }
                try await pool.hasDaemons(4)
                let answers = try await pool.everywhere(GetVariable("HAYATE_TEST_SEED"))
                #expect(answers.count == 4)
                var processes: Set<String> = []
                for answer in answers {
                    let words = try answer.get()
                    processes.insert(words[0])
                    #expect(words[1] == "42")
                }
                #expect(processes == Set(pool.localProcesses.map { String($0) }))
            }
        }

        @Test("mirai's defect: everywhere waits for daemons for ever, and forgets later ones")
        func minimum() async throws {
            try await withPool(.test(1)) { pool in
                try await pool.ready()
                let late = await #expect(throws: HayateError.self) {
                    try await pool.everywhere(
                        SetVariable("HAYATE_TEST_MIN", "1"), minimum: 3, timeout: .milliseconds(50))
                }
                #expect(late?.code == .timedOut)
                #expect(late?.message.contains("1 of 3 daemons") == true)
                // Nobody got it.
                #expect(try await pool.mirai(GetVariable("HAYATE_TEST_MIN")).value[1].isEmpty)
                async let all = pool.everywhere(
                    SetVariable("HAYATE_TEST_MIN", "2"), minimum: 3, timeout: .seconds(20))
                pool.resize(to: 3)
                #expect(try await all.count == 3)
                pool.resize(to: 4)
                try await pool.ready(4)
                let values = try await pool.everywhere(GetVariable("HAYATE_TEST_MIN"))
                #expect(values.count == 4)
                #expect(values.allSatisfy { (try? $0.get()[1]) == "2" })
            }
        }

        @Test func waitsForThoseThatAreBeingStarted() async throws {
            try await withPool(.test(2)) { pool in
                #expect(try await pool.everywhere(Add(1, 2)).count == 2)
                let failed = try await pool.everywhere(Failing("no licence"))
                #expect(failed.count == 2)
                await #expect(throws: HayateError.self) {
                    try await pool.everywhere(Add(1, 2), minimum: -1)
                }
                await pool.close()
                let error = await #expect(throws: HayateError.self) {
                    try await pool.everywhere(Add(1, 2))
                }
                #expect(error?.code == .closed)
            }
        }

        @Test func laterDaemonIsSetUpBeforeItsFirstTask() async throws {
            try await withPool(.test(0)) { pool in
                let waiting = (0..<20).map { _ in pool.mirai(GetVariable("HAYATE_TEST_SEED")) }
                for value in ["7", "8"] {
                    let present = try await pool.everywhere(SetVariable("HAYATE_TEST_SEED", value))
                    #expect(present.isEmpty)
                }
                pool.resize(to: 2)
                for mirai in waiting {
                    let answer = try await mirai.value
                    #expect(answer[1] == "8")
                }
            }
        }

        @Test func errorsOfPresentDaemonsAreReturned() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                try await pool.hasDaemons(2)
                let results = try await pool.everywhere(Failing("no licence"))
                #expect(results.count == 2)
                for result in results {
                    guard case .failure(let error) = result else {
                        Issue.record("no error")
                        continue
                    }
                    #expect(error.code == .taskFailed)
                    #expect(error.message == "no licence")
                }
                // They were told before, and stay.
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                withExtendedLifetime(files) {}
            }
        }

        @Test func failingSetUpMakesALaterDaemonLeave() async throws {
            let files = try TemporaryDirectory()
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(1).with { daemons in
                daemons.onLog = { lines.append($0) }
                daemons.replacement.burst = 1
                daemons.replacement.perSecond = 5
            }
            try await withPool(daemons) { pool in
                try await pool.hasDaemons(1)
                let original = pool.localProcesses
                let setUp = SetVariable("HAYATE_TEST_SEED", "1", unless: files("forbidden"))
                #expect(try await pool.everywhere(setUp).count == 1)
                try SignalFile.write(files("forbidden"))
                pool.resize(to: 2)
                try await eventually("the failure is logged") {
                    lines.all.contains { $0.level == .error }
                }
                let line = try #require(lines.all.first { $0.level == .error })
                #expect(line.text.contains("leaves because its set-up failed"))
                #expect(line.text.contains("the set-up is forbidden"))
                let process = try #require(
                    line.daemon.split(separator: ":").last.flatMap { Int32($0) })
                try await eventually("it is gone") { !isAlive(process) }
                #expect(original.allSatisfy { isAlive($0) && $0 != process })
                #expect(try await pool.mirai(WhereAmI()).value.process == original.first)
                // As soon as it can be set up, the second daemon stays.
                unlink(files("forbidden"))
                try await eventually("two daemons that are set up") {
                    let answers = try await pool.everywhere(GetVariable("HAYATE_TEST_SEED"))
                    return answers.count == 2
                        && answers.allSatisfy { (try? $0.get())?[1] == "1" }
                }
            }
        }
    }
}
