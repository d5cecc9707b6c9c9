import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

extension Cluster {
    /// The program, as somebody types it.
    func hayate(_ words: String..., within limit: Duration = .seconds(60)) async -> CommandAnswer {
        var line = CommandLine([Program.hayate] + words)
        line.timeLimit = limit
        return await CommandRunner.run(line)
    }

    /// Kills a host whose jobs run, and gives back what is written down of it.
    func killHost(_ site: String) async throws {
        let exit = Mutex<ProcessExit?>(nil)
        let files = try TemporaryDirectory()
        let output = open(files("output"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(output) }
        let host = try LocalProcess.spawn(
            executable: Program.hayate,
            arguments: [
                "map", "--profile", site, "-n", "4", "sh", "-c",
                "touch '\(files.path)/'$0; exec sleep 120", ":::", "1", "2", "3", "4",
            ],
            standardOutput: output, standardError: output, onExit: { end in exit.withLock { $0 = end } })
        defer { host.send(signal: SIGKILL) }
        try await eventually("four tasks run, says \(Files.text(files("output")))", within: .seconds(90)) {
            files.files("").count == 5
        }
        host.send(signal: SIGKILL)
        try await eventually("the host is dead") { exit.withLock { $0 != nil } }
    }

    /// What a host leaves that is killed is found and taken away.
    func killedHost() async throws {
        try site("killed")
        try await killHost("killed")
        #expect(Place.state.files("allocations").count == 1)
        let list = await hayate("allocations", "list")
        #expect(list.succeeded, "\(list)")
        #expect(list.output.contains("gone"), "\(list.output)")
        say(list.output)
        let clean = await hayate("allocations", "clean")
        #expect(clean.succeeded, "\(clean)")
        say(clean.output + clean.errors)
        try await isClean()
    }
}

extension RealSchedulers.Slurm {
    @Test("A host is killed: its jobs are listed, and cleaned up with all that it left")
    func killedHost() async throws { try await cluster.killedHost() }
}
