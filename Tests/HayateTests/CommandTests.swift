import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Commands as tasks") struct CommandTests {
        @Test func outputExitAndSignal() async throws {
            try await withPool(.test(1)) { pool in
                let good = try await pool.mirai(Command("echo", "a b", "c")).value
                #expect(good.succeeded)
                #expect(good.standardOutput.text == "a b c\n")
                let bad = try await pool.mirai(Command("sh", "-c", "echo no >&2; exit 3")).value
                #expect(bad.exit == .exited(code: 3))
                #expect(bad.standardError.text == "no\n")
                let killed = try await pool.mirai(Command("sh", "-c", "kill -9 $$")).value
                #expect(killed.exit == .signalled(number: SIGKILL, coreDumped: false))
                #expect(killed.hint?.contains("SIGKILL") == true)
            }
        }

        @Test func surroundings() async throws {
            try await withPool(.test(1)) { pool in
                let script = "echo $HAYATE_TASK $HAYATE_ATTEMPT $GREETING; cat; pwd"
                let mirai = pool.mirai(
                    Command("sh", "-c", script).environment(["GREETING": "hello"])
                        .standardInput(.bytes(Array("from standard input\n".utf8)))
                        .directory("/usr"))
                let result = try await mirai.value
                #expect(
                    result.standardOutput.text
                        == "\(mirai.task) 1 hello\nfrom standard input\n/usr\n")
            }
        }

        @Test func missingProgramIsAnError() async throws {
            try await withPool(.test(1)) { pool in
                let error = try await failure(of: pool.mirai(Command("hayate-no-such-program")))
                #expect(error.code == .taskFailed)
                #expect(error.errorType == "HayateDaemon.CommandError")
                #expect(error.message.contains("Command not found: hayate-no-such-program"))
            }
        }

        @Test func timeoutAndStopEndTheWholeGroup() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let daemon = try await pool.mirai(WhereAmI()).value.process
                func script(_ name: String) -> Command {
                    let path = files(name)
                    return Command(
                        "sh", "-c",
                        "sleep 1000 & echo $$ > \(path).part; echo $! >> \(path).part; "
                            + "mv \(path).part \(path); sleep 1000")
                }
                let timed = pool.mirai(script("timed"), timeout: .seconds(1))
                #expect(try await failure(of: timed).code == .timedOut)
                let stopped = pool.mirai(script("stopped"))
                try await appears(files("stopped"))
                #expect(stopped.stop())
                for name in ["timed", "stopped"] {
                    let processes = SignalFile.lines(files(name)).compactMap { Int32($0) }
                    #expect(processes.count == 2)
                    try await eventually("\(name): nothing is left") {
                        !processes.contains { isAlive($0) }
                    }
                }
                #expect(try await pool.mirai(WhereAmI()).value.process == daemon)
            }
        }

        @Test func retriedCommandSeesItsAttempt() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool async throws in
                // Takes its daemon down on the first attempt.
                let mirai = pool.mirai(
                    Command(
                        "sh", "-c",
                        "[ $HAYATE_ATTEMPT = 1 ] && kill -9 $PPID && sleep 1000; "
                            + "echo attempt $HAYATE_ATTEMPT"))
                #expect(try await mirai.value.standardOutput.text == "attempt 2\n")
                withExtendedLifetime(files) {}
            }
        }
    }
}
