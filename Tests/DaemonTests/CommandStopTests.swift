import CSystem
import Glibc
import HayateCore
import HayateDaemon
import Synchronization
import Testing

@Suite struct CommandStopTests {
    /// Runs a script, stops it once it has written a line, and returns its result.
    private func stopAfterLine(_ script: String, grace: UInt32) throws -> CommandResult {
        let stop = try StopSignal()
        return try CommandRunner.run(
            shell(script).killGrace(milliseconds: grace), stop: stop
        ) { _, bytes in
            if bytes.contains(UInt8(ascii: "\n")) { stop.stop() }
        }
    }

    private func pids(in result: CommandResult) -> [Int32] {
        result.standardOutput.text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
    }

    @Test func `A stop ends a command by SIGTERM`() throws {
        let result = try stopAfterLine("echo started; exec sleep 1000", grace: 60_000)
        #expect(result.exit == .signalled(number: SIGTERM, coreDumped: false))
        #expect(result.wasStopped && !result.succeeded)
        #expect(try #require(result.hint).contains("Stopped on request"))
    }

    @Test func `A command that cleans up on SIGTERM may`() throws {
        let result = try stopAfterLine(
            "trap 'echo cleaned; exit 0' TERM; echo started; while :; do sleep 0.01; done",
            grace: 60_000)
        #expect(result.exit == .exited(code: 0))
        #expect(result.standardOutput.text.hasSuffix("cleaned\n"))
        #expect(!result.succeeded)
    }

    @Test func `Those who ignore SIGTERM are killed after the grace, the whole group`() throws {
        let result = try stopAfterLine(
            """
            trap '' TERM
            sh -c 'trap "" TERM; while :; do sleep 0.05; done' &
            echo $$ $!
            while :; do sleep 0.05; done
            """, grace: 100)
        #expect(result.exit == .signalled(number: SIGKILL, coreDumped: false))
        let members = pids(in: result)
        #expect(members.count == 2)
        for pid in members { #expect(!isAlive(pid)) }
    }

    @Test func `A stopped process is stopped for good`() throws {
        let result = try stopAfterLine("echo started; kill -STOP $$; sleep 1000", grace: 60_000)
        #expect(result.exit == .signalled(number: SIGTERM, coreDumped: false))
    }

    @Test func `The end of the program ends its group, which held the streams`() throws {
        let result = try run(shell("sh -c 'trap \"\" TERM HUP; sleep 1000' & echo $!"))
        #expect(result.exit == .exited(code: 0))
        #expect(!result.standardOutput.wasHeldOpen)
        let members = pids(in: result)
        #expect(members.count == 1)
        for pid in members { #expect(!isAlive(pid)) }
    }

    @Test func `A process of another session that holds a stream hangs nothing`() throws {
        let result = try run(shell("setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.2"))
        #expect(result.exit == .exited(code: 0))
        #expect(result.standardOutput.wasHeldOpen)
        let members = pids(in: result)
        #expect(members.count == 1)
        for pid in members { #expect(kill(pid, SIGKILL) == 0) }
    }

    @Test func `All of it holds on a kernel without process descriptors`() throws {
        let stop = try StopSignal()
        let ended = try CommandRunner.run(
            shell("echo out; exit 3"), stop: stop, usingProcessDescriptor: false)
        #expect(ended.exit == .exited(code: 3))
        #expect(ended.standardOutput.text == "out\n")
        let stubborn = shell("trap '' TERM; echo $$; while :; do sleep 0.05; done")
        let stopped = try CommandRunner.run(
            stubborn.killGrace(milliseconds: 50), stop: stop, usingProcessDescriptor: false
        ) { _, _ in stop.stop() }
        #expect(stopped.exit == .signalled(number: SIGKILL, coreDumped: false))
        #expect(stopped.wasStopped)
    }

    @Test func `A raised signal lets nothing start until it is reset`() throws {
        let stop = try StopSignal()
        stop.stop()
        stop.stop()
        #expect(stop.isRaised)
        #expect(throws: CommandError.self) {
            try CommandRunner.run(Command("true"), stop: stop)
        }
        stop.reset()
        #expect(!stop.isRaised)
        #expect(try CommandRunner.run(Command("true"), stop: stop).succeeded)
    }

    @Test func `A command dies with the thread that started it`() throws {
        // What the kernel does when the daemon dies it does when this thread ends.
        let pid = Atomic<Int32>(0)
        onThread {
            pid.store(startUnattended(), ordering: .sequentiallyConsistent)
        }
        let child = pid.load(ordering: .sequentiallyConsistent)
        try #require(child > 0)
        #expect(waitForEnd(of: child))
        var status: Int32 = 0
        #expect(waitpid(child, &status, WNOHANG) == child)
        let killed = ProcessExit.signalled(number: SIGKILL, coreDumped: false)
        #expect(ProcessExit(waitStatus: status) == killed)
    }
}

/// Starts a command with the flags of the runner and does not wait for it.
private func startUnattended() -> Int32 {
    let arguments = Array("sleep\01000\0".utf8)
    var outcome = hayate_spawn_outcome()
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let failed = arguments.withUnsafeBytes { bytes in
        var request = hayate_spawn_request()
        request.arguments = hayate_strings(
            bytes: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count: 2)
        request.descriptors = (null, null, null)
        request.directory = -1
        request.flags = UInt32(
            HAYATE_SPAWN_NEW_GROUP | HAYATE_SPAWN_DIES_WITH_PARENT
                | HAYATE_SPAWN_INHERITS_ENVIRONMENT | HAYATE_SPAWN_WITHOUT_PIDFD)
        return hayate_spawn(&request, &outcome)
    }
    return failed == 0 ? outcome.pid : -1
}
