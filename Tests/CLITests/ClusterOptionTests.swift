import Hayate
import HayateCluster
import Synchronization
import Testing

@testable import HayateCLI

@Suite("map and run on a cluster") struct ClusterOptionTests {
    /// Where a command line would start its daemons.
    private func place(_ arguments: [String]) async throws -> ExecutorOptions {
        let seen = Mutex<ExecutorOptions?>(nil)
        let result = try await hayate(arguments, place: { options in seen.withLock { $0 = options } })
        return try #require(seen.withLock { $0 }, "\(result.error)")
    }

    @Test("A profile, a number and a request are a place on a cluster")
    func fixedNumber() async throws {
        let options = try await place([
            "map", "--profile", "narval/gpu", "-n", "16", "--queue", "long", "--account", "a1", "--project", "p",
            "--walltime", "12h", "--memory", "4GiB", "--cpus", "2", "--gpus", "a100:2", "--set",
            "clusters.main.polling.interval=90s", "--set", "network.ports=9000-9100", "c", ":::", "a",
        ])
        #expect(options.daemons == 16)
        var request = JobRequest()
        request.queue = "long"
        request.account = "a1"
        request.project = "p"
        request.wallTime = .seconds(43_200)
        request.memory = MemorySize(text: "4GiB")
        request.cpus = 2
        request.gpus = GPURequest(2, type: "a100")
        #expect(
            options.cluster
                == SitePlace(
                    "narval/gpu", daemons: 16...16, request: request,
                    settings: ["clusters.main.polling.interval=90s", "network.ports=9000-9100"]))
    }

    @Test("A range is a pool that follows its queue")
    func range() async throws {
        let options = try await place(["map", "--profile", "auto", "--daemons", "2..64", "c", ":::", "a"])
        #expect(options.cluster?.daemons == 2...64)
        #expect(options.daemons == 64)
    }

    @Test("Without a profile the daemons are processes of this machine")
    func local() async throws {
        let options = try await place(["map", "-n", "3", "c", ":::", "a"])
        #expect(options.daemons == 3)
        #expect(options.cluster == nil)
        #expect(try await place(["run", "c"]).cluster == nil)
    }

    @Test("run takes one daemon of a cluster")
    func run() async throws {
        let options = try await place(["run", "--profile", "narval", "--walltime", "1h", "c", "--profile", "x"])
        #expect(options.cluster?.name == "narval")
        #expect(options.cluster?.daemons == 1...1)
        #expect(options.cluster?.request.wallTime == .seconds(3600))
    }

    @Test("What is about jobs is refused without a profile, and what cannot be with one", arguments: [
        (["map", "--walltime", "1h", "c", ":::", "a"], "--walltime is about jobs of a cluster: it needs --profile"),
        (["run", "--queue", "long", "c"], "--queue is about jobs of a cluster: it needs --profile"),
        (["run", "--set", "a=b", "c"], "--set is about jobs of a cluster: it needs --profile"),
        (["map", "--daemons", "1..4", "c", ":::", "a"], "--daemons 1..4 is for a cluster: it needs --profile"),
        (["map", "--profile", "x", "c", ":::", "a"], "--profile needs the number of daemons: -n 16"),
        (["map", "--profile", "x", "-n", "0", "c", ":::", "a"], "-n must be between 1 and 4096"),
        (["map", "--profile", "x", "-n", "4..2", "c", ":::", "a"], "4..2' is invalid"),
        (["map", "--profile", "x", "-n", "1..", "c", ":::", "a"], "1..' is invalid"),
        (["map", "--profile", "x", "-n", "2", "--nodes", "2", "c", ":::", "a"], "there is no option --nodes"),
        (["map", "--profile", "x", "-n", "2", "--walltime", "soon", "c", ":::", "a"], "--walltime"),
        (["map", "--profil", "x", "c", ":::", "a"], "did you mean --profile?"),
    ])
    func refusals(_ arguments: [String], _ message: String) async throws {
        let result = try await hayate(arguments)
        #expect(result.code == 2)
        #expect(result.error.contains(message), "\(result.error)")
    }

    @Test("Lost jobs are told at the end, also of a run that succeeded, and the first of many")
    func lostJobs() async throws {
        let jobs = (1...12).map { "job \($0) ended with a lost node on n\($0)" }
        let executor = FakeExecutor(lostJobs: jobs) { _ in .success("x\n") }
        let map = try await hayate(["map", "c", ":::", "a"], executor: executor)
        #expect(map.code == 0)
        #expect(map.error.contains("hayate: job 1 ended with a lost node on n1\nhayate: job 2 "), "\(map.error)")
        #expect(!map.error.contains("job 11"))
        #expect(map.error.contains("hayate: and 2 more jobs that were lost\n"))
        let run = try await hayate(["run", "c"], executor: executor)
        #expect(run.error.contains("hayate: job 10 ended"))
        let quiet = try await hayate(["map", "c", ":::", "a"])
        #expect(quiet.error == "")
    }

    @Test("A log hears after a minute why nothing runs, and then every ten minutes")
    func stallNotes() {
        var notes = StallNotes()
        let stalled = ExecutorStatus(running: 0, daemons: 0, waitReason: "job 4711 is pending (Priority)")
        #expect(notes.look(at: 59, stalled) == nil)
        #expect(notes.look(at: 60, stalled) == "hayate: nothing has run for 1 min 0 s: job 4711 is pending (Priority)\n")
        #expect(notes.look(at: 65, stalled) == nil)
        #expect(notes.look(at: 659, stalled) == nil)
        #expect(notes.look(at: 660, stalled)?.contains("11 min") == true)
        // Something ran, and the patience begins again.
        #expect(notes.look(at: 1300, ExecutorStatus(running: 1, daemons: 1)) == nil)
        #expect(notes.look(at: 1359, stalled) == nil)
        #expect(notes.look(at: 1360, stalled)?.contains("1 min") == true)
        #expect(notes.look(at: 5000, ExecutorStatus()) == nil, "nothing waits")
    }
}
