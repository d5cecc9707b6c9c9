import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers.Slurm {
    @Test("sbatch that fails every tenth time: an array in pieces comes to be, and no job twice")
    func everyTenth() async throws {
        let submit = try Wrapper(of: "sbatch", every: 10)
        try cluster.site("tenth", main: ["submission: { maxArraySize: 1 }"], commands: ["submit: [\(submit.path)]"])
        try await cluster.withPool(cluster.daemons("tenth", 12), endings: .areKept) { pool in
            try await pool.hasDaemons(12, within: .seconds(150))
            #expect(submit.calls.count == 13)
            #expect(submit.calls.count { $0 == "down" } == 1)
            #expect(try await cluster.queue().count == 12)
            let sums = try await pool.map((0..<100).map { Add($0, 1) }).collect()
            #expect(sums == Array(1...100))
        }
    }

    @Test("Several daemons in each job, and no more elements at once than the site wants")
    func daemonsPerJob() async throws {
        try cluster.site(
            "several", main: ["submission: { arrayThrottle: 2 }"],
            profile: "walltime: 1h, cpus: 2, daemonsPerJob: 4")
        try await cluster.withPool(cluster.daemons("several", 12)) { pool in
            try await pool.hasDaemons(8)
            #expect(pool.allocations?.rows.count == 3)
            // Each value with the process that has it.
            let pairs = try await pool.map((0..<200).map { _ in GetVariable("HAYATE_DAEMON_INDEX") }).collect()
            let indices = Set(pairs.flatMap { $0 }).intersection((0..<12).map(String.init))
            #expect(indices == Set((0..<8).map(String.init)), "\(indices)")
            try await eventually("the third is known to wait for the throttle") {
                pool.allocations?.rows.contains { $0.reason == "JobArrayTaskLimit" } == true
            }
            #expect(try await cluster.queue().count == 3)
        }
    }

    @Test("A preempted job waits again, which is no failure, and its daemons come back")
    func preempted() async throws {
        var request = JobRequest()
        request.queue = "scavenge"
        request.isRequeued = true
        try cluster.site("scavenge")
        try await cluster.withPool(cluster.daemons("scavenge", 4, request: request)) { pool in
            try await pool.hasDaemons(4)
            let job = try #require(pool.allocations?.rows.first?.element?.job)
            let urgent = try await cluster.run(
                "sbatch", "--parsable", "-p", "main", "-n", "16", "--time", "10", "-o", "/dev/null", "--wrap",
                "sleep 600"
            ).filter(\.isNumber)
            do {
                try await eventually("all of them wait again") {
                    let rows = pool.allocations?.rows.filter { $0.element?.job == job } ?? []
                    return rows.count == 4 && rows.allSatisfy { $0.requeues == 1 && $0.started == nil }
                }
            } catch {
                try await cluster.run("scancel", urgent)
                throw error
            }
            async let sum = pool.mirai(Add(1, 2)).value
            try await cluster.run("scancel", urgent)
            // Slurm would let them wait for two minutes.
            try await cluster.run("scontrol", "update", "JobId=\(job.text)", "StartTime=now")
            #expect(try await sum == 3)
            // Replacements that were asked for before anybody knew may run besides.
            try await eventually("the daemons are back") {
                let rows = pool.allocations?.rows.filter { $0.element?.job == job } ?? []
                return rows.count == 4 && rows.allSatisfy { $0.present == 1 || $0.end != nil } && pool.able >= 4
            }
            let bad = pool.allocations?.endings.filter { $0.end.reason != .cancelled(by: "hayate") } ?? []
            #expect(bad.isEmpty, "\(bad.map(\.text))")
        }
    }

    @Test("Daemons leave before their job's limit, and no task is cut off")
    func drained() async throws {
        var request = JobRequest()
        request.queue = "short"
        try cluster.site("limits", profile: "walltime: 1m", runtime: ["walltimeMargin: 40s"])
        let files = try TemporaryDirectory()
        try await cluster.withPool(cluster.daemons("limits", 4, request: request)) { pool in
            let count = 120
            let results = try await pool.map(
                (0..<count).map { AppendLine(files("runs"), "\($0)", pauseMilliseconds: 1000) }
            ).collect()
            #expect(results == (0..<count).map(String.init))
            #expect(SignalFile.lines(files("runs")).count == count)
            try await pool.ends("as they should", 4) { $0.end.reason == .completed }
            #expect(pool.allocations?.endings.allSatisfy { $0.end.reason == .completed } == true)
        }
        print(
            "| X11 | walltime: jobs of 60 s on a real Slurm, 4 daemons | 120 tasks of 1 s in 120 starts, 0 cut off, "
                + "all jobs completed |")
    }

    @Test("A warning of the scheduler lets a daemon finish its task and leave")
    func warned() async throws {
        var request = JobRequest()
        request.warning = WarningSignal("USR1", before: .seconds(300))
        try cluster.site("warned")
        let files = try TemporaryDirectory()
        try await cluster.withPool(cluster.daemons("warned", 1, request: request)) { pool in
            let gate = pool.mirai(Gate(files("gate")))
            try await eventually("the task runs") { SignalFile.exists(files("gate.started")) }
            let job = try #require(pool.allocations?.rows.first?.element?.job.text)
            // The warning comes at the controller's next look, half a minute from now at most.
            try await cluster.run("scontrol", "update", "JobId=\(job)", "EndTime=now+4minutes")
            try await eventually("its daemon takes no more tasks") {
                pool.status.daemons.contains { $0.state == .draining }
            }
            #expect(!SignalFile.exists(files("gate.cancelled")))
            try SignalFile.write(files("gate.release"))
            #expect(try await gate.value.attempt == 1)
            let ends = try await pool.ends("after the warning") { _ in true }
            #expect(ends[0].end.reason == .completed, "\(ends[0].text)")
            try await pool.hasDaemons(1)
        }
    }
}
