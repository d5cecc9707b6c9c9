import Glibc
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers.Slurm {
    @Test("A host with sixteen daemons is killed and started again while they work: no running task starts a second time")
    func hostComesBack() async throws {
        let asked = try CountingCommand("squeue")
        try cluster.site("back", commands: ["status: [\(asked.path)]"])
        let count = 240
        let host = try DurableHost("back", daemons: 16, tasks: count, pause: 3000)
        try host.start()
        try await eventually("sixteen daemons work", within: .seconds(120)) {
            host.daemons == 16 && host.outcomes.count >= 16 && host.starts.count >= 48
        }
        let jobs = try await cluster.queue().sorted()
        let run = try #require(Place.state.files("allocations").first)
        try await host.kill()
        let (begun, done) = (host.starts.count, host.outcomes.count)
        let list = await cluster.hayate("allocations", "list")
        #expect(list.output.contains("gone"), "\(list.output)")
        // Meanwhile they go on.
        try await eventually("daemons begin what they hold") { host.starts.count > begun }

        let clock = ContinuousClock.now
        try host.start()
        try await eventually("sixteen daemons are back, says \(host.said.suffix(2))") { host.daemons == 16 }
        let back = ContinuousClock.now - clock
        #expect(await cluster.hayate("allocations", "list").output.contains("alive"))
        try await eventually("every task has its outcome", within: .seconds(120)) { host.outcomes.count >= count }
        #expect(host.outcomes.count == count && Set(host.outcomes) == Set((0..<count).map { "\($0) good" }))
        #expect(host.starts.count == count && Set(host.starts).count == count)
        #expect(try await cluster.queue().sorted() == jobs)
        #expect(Place.state.files("allocations") == [run])
        #expect(asked.gaps.allSatisfy { $0 > 4.9 }, "status queries came after \(asked.gaps) s")
        say(
            "killed with \(begun) tasks begun and \(done) done: 16 daemons back after \(back); \(host.starts.count) starts "
                + "of \(count) tasks; \(asked.gaps.count + 1) status queries")
        try await host.stop()
        try await cluster.isClean()
    }

    @Test("A host is killed while sbatch has not answered: the next one finds the job by its name, and submits none")
    func answerLost() async throws {
        let submit = try Wrapper(of: "sbatch")
        try submit.next("unclear")
        try cluster.site("lost", commands: ["submit: [\(submit.path)]", "timeout: 5s"])
        let host = try DurableHost("lost", daemons: 4, tasks: 20, pause: 100)
        try host.start()
        try await eventually("the job is in the queue") { try await !cluster.queue().isEmpty }
        let jobs = try await cluster.queue().map { $0.prefix { $0 != "_" } }
        try await host.kill()
        submit.end()
        try host.start()
        try await eventually("four daemons, says \(host.said.suffix(2))") { host.daemons == 4 }
        try await eventually("every task has its outcome") { host.outcomes.count >= 20 }
        #expect(submit.calls == ["unclear"])
        #expect(try await Set(cluster.queue().map { $0.prefix { $0 != "_" } }) == Set(jobs))
        #expect(host.starts.count == 20 && host.outcomes.count == 20)
        try await host.stop()
        try await cluster.isClean()
    }

    @Test("What a killed host has left is cleaned up: the next one says so, and has other jobs run its tasks")
    func cleanedUp() async throws {
        try cluster.site("cleaned")
        let host = try DurableHost("cleaned", daemons: 4, tasks: 40, pause: 1000)
        try host.start()
        try await eventually("four daemons work") { host.starts.count >= 8 && !host.outcomes.isEmpty }
        try await host.kill()
        let clean = await cluster.hayate("allocations", "clean")
        #expect(clean.succeeded, "\(clean)")
        try await eventually("the jobs are gone") { try await cluster.queue().isEmpty }
        try host.start()
        try await eventually("every task has its outcome, says \(host.said.suffix(2))", within: .seconds(120)) {
            host.outcomes.count >= 40
        }
        #expect(host.outcomes.count == 40 && Set(host.outcomes).count == 40)
        #expect(Set(host.starts).count == 40 && host.starts.count <= 48)
        try await host.stop()
        try await cluster.isClean()
    }
}

/// A command of the scheduler with a script before it that notes when it is called.
private struct CountingCommand {
    private let files: TemporaryDirectory
    var path: String { files("command") }

    init(_ command: String) throws {
        files = try TemporaryDirectory()
        try Files.script(path, "#!/bin/sh\ndate +%s.%N >>'\(files("calls"))'\nexec \(command) \"$@\"\n")
    }

    /// Seconds between its calls.
    var gaps: [Double] {
        let calls = SignalFile.lines(files("calls")).compactMap { Double($0) }
        return zip(calls.dropFirst(), calls).map { $0 - $1 }
    }
}
