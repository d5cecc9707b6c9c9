import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Beginning and end of pools") struct LifecycleTests {
        @Test func twoThousandPools() async throws {
            let files = try TemporaryDirectory()
            let program = try Child(
                Program.testDaemon, ["pools", "2000"],
                environment: ["XDG_RUNTIME_DIR": files.path])
            try await program.isOver(within: .seconds(90))
            #expect(program.exit == .exited(code: 0))
            #expect(program.lines.last == "done")
            let before = try #require(program.line("before")).compactMap { Int($0) }
            let after = try #require(program.line("after")).compactMap { Int($0) }
            // Threads of the runtime and their descriptors come and go; a leak would be one a
            // pool, or one for each of the 38 pools with a daemon.
            #expect(after[0] <= before[0] + 8, "descriptors")
            #expect(after[1] <= before[1] + 8, "threads")
            #expect(TemporaryDirectory.names(in: files.path).isEmpty)
        }

        @Test func droppedPoolsLeaveNothing() async throws {
            let files = try TemporaryDirectory()
            let program = try Child(
                Program.testDaemon, ["drop", "6"], environment: ["XDG_RUNTIME_DIR": files.path])
            try await eventually("all are dropped") { program.lines.last == "dropped" }
            let daemons = program.lines.flatMap { $0.split(separator: " ").dropFirst() }
                .compactMap { Int32($0) }
            #expect(daemons.count == 6)
            try await eventually("no daemon is left") { !daemons.contains { isAlive($0) } }
            try await eventually("no directory is left") {
                TemporaryDirectory.names(in: files.path).isEmpty
            }
            #expect(isAlive(program.pid))
        }

        @Test func daemonsThatNeverJoinAreGivenUp() async throws {
            try await withPool(.local(2, executable: "/bin/false")) { pool in
                let mirais = [pool.mirai(Add(1, 2)), pool.mirai(Add(3, 4))]
                for mirai in mirais {
                    let error = try await failure(of: mirai)
                    #expect(error.code == .noDaemons)
                    #expect(error.message.contains("daemons end before they join"))
                    #expect(error.message.contains("exit code 1"))
                }
                // Later ones are told too, and at once.
                let later = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(later.code == .noDaemons)
                await #expect(throws: HayateError.self) {
                    try await pool.map((0..<10).map { Add($0, 0) }).collect()
                }
                // Asking again is trying again.
                pool.resize(to: 1)
                let again = pool.mirai(Add(1, 2))
                #expect(!again.isResolved)
                #expect(try await failure(of: again).code == .noDaemons)
            }
        }

        @Test func lastWordsOfDaemonsThatNeverJoin() async throws {
            let script = "echo the licence has run out >&2; exit 7"
            let daemons = Daemons.local(1, executable: "/bin/sh")
                .with { $0.arguments = ["-c", script] }
            try await withPool(daemons) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("exit code 7"))
                #expect(error.message.contains("the licence has run out"))
            }
        }

        @Test func missingExecutable() async throws {
            try await withPool(.local(1, executable: "/no/such/program")) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("/no/such/program"))
            }
        }

        @Test func programsMustBeEntered() {
            let error = #expect(throws: HayateError.self) { try Pool(.local(1)) }
            #expect(error?.code == .notEntered)
            #expect(error?.message.contains("Hayate.main") == true)
        }

        @Test func closingBeforeDaemonsHaveJoined() async throws {
            for _ in 0..<10 {
                try await withPool(.test(2)) { pool in #expect(pool.localProcesses.count == 2) }
            }
        }

        @Test func closingWhileDaemonsAreReplaced() async throws {
            for _ in 0..<10 {
                let start = ContinuousClock.now
                try await withPool(.test(1)) { pool in
                    _ = try await failure(of: pool.mirai(Fatal(.kill), retry: .never))
                }
                #expect(ContinuousClock.now - start < .seconds(10), "nobody waits for a deadline")
            }
        }
    }
}
