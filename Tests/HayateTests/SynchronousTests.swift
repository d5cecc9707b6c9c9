import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Synchronous pools") struct SynchronousTests {
        @Test("Tasks run in this process, one after the other")
        func inThisProcess() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.synchronous) { pool async throws in
                #expect(try await pool.mirai(WhereAmI()).value.process == getpid())
                let lines = (0..<20).map { pool.mirai(AppendLine(files("log"), "\($0)", pauseMilliseconds: 1)) }
                for line in lines { _ = try await line.value }
                #expect(SignalFile.lines(files("log")) == (0..<20).map { "\($0)" })
                #expect(try await pool.map((0..<100).map { Add($0, 1) }).collect() == Array(1...100))
                #expect(try await failure(of: pool.mirai(Failing("no"))).code == .taskFailed)
                #expect(try await pool.mirai(AmIOnDaemon()).value)
                #expect(!isOnDaemon)
                let command = try await pool.mirai(Command("echo", "hello")).value
                #expect(command.standardOutput.text == "hello\n")
            }
        }

        @Test("I: what everywhere sets is there for later tasks, and nothing can be launched")
        func everywhereAndLaunching() async throws {
            try await withPool(.synchronous) { pool async throws in
                let results = try await pool.everywhere(SetVariable("HAYATE_TEST_SYNC", "7"))
                #expect(results.count == 1)
                #expect(try await pool.mirai(GetVariable("HAYATE_TEST_SYNC")).value[1] == "7")
                for launch in [
                    { try pool.launch(1) }, { try pool.grow(by: 1) }, { _ = try pool.launchCommands() },
                    { try pool.launch(1, by: ["ssh", "node", "."]) },
                ] as [() throws -> Void] {
                    let error = #expect(throws: HayateError.self) { try launch() }
                    #expect(error?.message.contains("synchronous") == true)
                }
                let many = await #expect(throws: HayateError.self) { try await pool.ready(2) }
                #expect(many?.code == .invalidArgument)
                pool.resize(to: 3)
                #expect(pool.localProcesses.isEmpty)
                unsetenv("HAYATE_TEST_SYNC")
            }
        }

        @Test("mirai's defect: a timeout shorter than a synchronous task never returns")
        func timeouts() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.synchronous) { pool async throws in
                // One that listens, and one that does not.
                let gate = pool.mirai(Gate(files("gate")), timeout: .milliseconds(100))
                #expect(try await failure(of: gate).code == .timedOut)
                let start = ContinuousClock.now
                let deaf = pool.mirai(Deaf(files("deaf")), timeout: .milliseconds(100))
                try await appears(files("deaf.started"))
                #expect(try await failure(of: deaf).code == .timedOut)
                #expect(ContinuousClock.now - start < .seconds(5))
                // The next one starts when it has ended.
                let next = pool.mirai(WhereAmI())
                #expect(!next.isResolved)
                try SignalFile.write(files("deaf.release"))
                #expect(try await next.value.process == getpid())
                let stopped = pool.mirai(Gate(files("stopped")))
                try await appears(files("stopped.started"))
                #expect(stopped.stop())
                #expect(try await failure(of: stopped).code == .cancelled)
                try await appears(files("stopped.cancelled"))
            }
        }

        @Test("Closing does not wait for a task that does not stop for longer than its grace")
        func closingWithADeafTask() async throws {
            let files = try TemporaryDirectory()
            let start = ContinuousClock.now
            let mirai = try await withPool(.synchronous) { pool async throws in
                let mirai = pool.mirai(Deaf(files("deaf")))
                try await appears(files("deaf.started"))
                return mirai
            }
            #expect(ContinuousClock.now - start < .seconds(15))
            #expect(try await failure(of: mirai).code == .closed)
            try SignalFile.write(files("deaf.release"))
        }

        @Test func closingLeavesNothing() async throws {
            func count(_ path: String) -> Int { TemporaryDirectory.names(in: path).count }
            for _ in 0..<10 { try await withPool(.synchronous) { _ = try await $0.mirai(Add(1, 2)).value } }
            let threads = count("/proc/self/task")
            let descriptors = count("/proc/self/fd")
            for _ in 0..<50 { try await withPool(.synchronous) { _ = try await $0.mirai(Add(1, 2)).value } }
            try await eventually("threads and sockets are gone") {
                count("/proc/self/task") <= threads + 8 && count("/proc/self/fd") <= descriptors + 8
            }
            // Also one that was never used, and one whose task has to be stopped.
            try await withPool(.synchronous) { _ in }
            let files = try TemporaryDirectory()
            try await withPool(.synchronous) { pool async throws in
                _ = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
            }
            #expect(SignalFile.exists(files("gate.cancelled")))
        }
    }
}
