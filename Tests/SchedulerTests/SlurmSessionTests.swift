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
        let session = try SessionOnCluster("back", daemons: 16)
        try await session.start()
        try await session.submit(count, pause: 3000)
        try await session.hasDaemons(16)
        try await eventually("they work") {
            let ended = try await session.counts().ended
            return ended >= 16 && session.begun.count >= 48
        }
        let jobs = try await cluster.queue().sorted()
        let submitted = try await cluster.submitted()
        let run = try #require(Place.state.files("allocations").first)
        try await session.kill()
        let begun = session.begun.count
        let list = await cluster.hayate("allocations", "list", "--offline")
        #expect(list.output.contains("gone"), "\(list.output)")
        try await eventually("they end what they run, and nobody hears of it") { session.ended.count == begun }

        let clock = ContinuousClock.now
        try await session.start()
        try await session.hasDaemons(16)
        let back = ContinuousClock.now - clock
        let again = await cluster.hayate("allocations", "list", "--offline")
        #expect(again.output.contains("alive"), "\(again.output)")
        try await session.isComplete(count)
        #expect(session.begun.count == count && Set(session.begun).count == count)
        #expect(try await cluster.queue().sorted() == jobs)
        #expect(try await cluster.submitted() == submitted)
        #expect(Place.state.files("allocations") == [run])
        // A busy machine starts some of them late, and the next then seems early.
        #expect(
            Double(asked.gaps.count) <= asked.gaps.reduce(0, +) / 5 + 1, "status queries came after \(asked.gaps) s")
        say(
            "killed with \(begun) tasks begun: 16 daemons are back after \(back); \(session.begun.count) starts of "
                + "\(count) tasks; \(submitted) job ids, as before; status queries \(asked.gaps) s apart")
        try await session.stop()
        try await cluster.isClean()
    }

    @Test("A host is killed while sbatch has not answered: the next one finds the job by its name, and submits none")
    func answerLost() async throws {
        let submit = try Wrapper(of: "sbatch")
        try submit.next("unclear")
        try cluster.site("lost", commands: ["submit: [\(submit.path)]", "timeout: 30s"])
        let session = try SessionOnCluster("lost", daemons: 4)
        try await session.start()
        try await session.submit(20, pause: 100)
        try await eventually("the job is in the queue") { try await !cluster.queue().isEmpty }
        let jobs = Set(try await cluster.queue().map { $0.prefix { $0 != "_" } })
        try await session.kill()
        submit.end()
        try await session.start()
        try await session.hasDaemons(4)
        try await session.isComplete(20)
        #expect(submit.calls == ["unclear"])
        #expect(Set(try await cluster.queue().map { $0.prefix { $0 != "_" } }) == jobs)
        #expect(session.begun.count == 20)
        try await session.stop()
        try await cluster.isClean()
    }

    @Test("What a killed host has left is cleaned up: the next one says so, and has other jobs run its tasks")
    func cleanedUp() async throws {
        try cluster.site("cleaned")
        let session = try SessionOnCluster("cleaned", daemons: 4)
        try await session.start()
        try await session.submit(40, pause: 1000)
        try await session.hasDaemons(4)
        try await eventually("they work") { try await session.counts().ended >= 4 }
        try await session.kill()
        let clean = await cluster.hayate("allocations", "clean")
        #expect(clean.succeeded, "\(clean)")
        try await eventually("the jobs are gone") { try await cluster.queue().isEmpty }
        try await session.start()
        try await session.isComplete(40)
        #expect(Set(session.begun).count == 40)
        // Those that ran, and those whose results were not fetched yet.
        #expect(session.begun.count <= 52)
        try await session.stop()
        try await cluster.isClean()
    }
}

extension Cluster {
    /// How many jobs Slurm was ever given, an array being one.
    fileprivate func submitted() async throws -> Int {
        let numbers = try await run("scontrol", "show", "config").split(separator: "\n").compactMap { line in
            line.hasPrefix("NEXT_JOB_ID") ? line.split(separator: "=").last.flatMap { Int($0.filter(\.isNumber)) } : nil
        }
        let next = try #require(numbers.first)
        return next - 1
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
