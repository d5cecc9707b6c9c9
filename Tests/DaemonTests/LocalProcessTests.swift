import Glibc
import HayateCore
import HayateLaunch
import Synchronization
import Testing

@Suite struct LocalProcessTests {
    /// What `spawn` tells of its end, to be awaited.
    private func run(
        _ executable: String, _ arguments: String..., reaper: ProcessReaper = .shared,
        during body: (LocalProcess) -> Void = { _ in }
    ) async throws -> ProcessExit {
        let (ends, continuation) = AsyncStream.makeStream(of: ProcessExit.self)
        let process = try LocalProcess.spawn(
            executable: executable, arguments: arguments, standardOutput: nil, standardError: nil,
            reaper: reaper
        ) { exit in
            continuation.yield(exit)
            continuation.finish()
        }
        body(process)
        var iterator = ends.makeAsyncIterator()
        let exit = try #require(await iterator.next())
        #expect(!process.isRunning)
        #expect(!process.send(signal: SIGKILL))
        #expect(kill(process.pid, 0) == -1 && errno == ESRCH)
        return exit
    }

    @Test func `The end of a process is told`() async throws {
        #expect(try await run("sh", "-c", "exit 3") == .exited(code: 3))
        let killed = ProcessExit.signalled(number: SIGKILL, coreDumped: false)
        #expect(try await run("sleep", "1000") { $0.send(signal: SIGKILL) } == killed)
    }

    @Test func `Many processes end on one reaper, each with its own code`() async throws {
        let reaper = ProcessReaper()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for code in 0..<40 {
                group.addTask {
                    let exit = try await run("sh", "-c", "exit \(code)", reaper: reaper)
                    #expect(exit == .exited(code: Int32(code)))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `A process that cannot start is an error that names it`() {
        #expect {
            try LocalProcess.spawn(executable: "hayate-has-no-such-program") { _ in }
        } throws: {
            "\($0)".contains("hayate-has-no-such-program")
        }
        #expect {
            try LocalProcess.spawn(executable: "true", directory: "/nowhere") { _ in }
        } throws: {
            "\($0)".contains("/nowhere")
        }
    }

    @Test func `Terminating asks first and kills after the grace`() async throws {
        let asked = ProcessExit.signalled(number: SIGTERM, coreDumped: false)
        let exit = try await run("sleep", "1000") { $0.terminate(graceMilliseconds: 60_000) }
        #expect(exit == asked)

        let directory = try TemporaryDirectory()
        let script = "trap '' TERM; : > '\(directory.path)/ready'; while :; do sleep 0.05; done"
        let killed = try await run("sh", "-c", script) { process in
            #expect(becomesTrue { access(directory.path + "/ready", F_OK) == 0 })
            process.terminate(graceMilliseconds: 50)
        }
        #expect(killed == .signalled(number: SIGKILL, coreDumped: false))
    }

    @Test func `What a killed process had started dies with it, its own groups too`() async throws {
        let directory = try TemporaryDirectory()
        let stubborn = "trap '' TERM HUP; echo $$ > $0; while :; do sleep 1; done"
        // `timeout` puts itself and what it runs into a group of its own.
        let script = """
            timeout 1000 sh -c "$0" '\(directory.path)/one' &
            timeout 1000 sh -c "$0" '\(directory.path)/two' &
            wait
            """
        var members: [Int32] = []
        let exit = try await run("sh", "-c", script, stubborn) { process in
            for name in ["one", "two"] {
                let path = "\(directory.path)/\(name)"
                #expect(becomesTrue { (try? contents(of: path).last) == UInt8(ascii: "\n") })
                let text = String(decoding: (try? contents(of: path)) ?? [], as: UTF8.self)
                if let pid = Int32(text.dropLast()) { members.append(pid) }
            }
            for pid in members {
                #expect(isAlive(pid))
                #expect(getpgid(pid) != process.pid)
                #expect(getsid(pid) == process.pid)
            }
            process.send(signal: SIGKILL)
        }
        #expect(exit == .signalled(number: SIGKILL, coreDumped: false))
        #expect(members.count == 2)
        for pid in members { #expect(!isAlive(pid)) }
    }
}
