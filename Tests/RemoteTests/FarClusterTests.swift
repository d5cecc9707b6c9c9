import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Testing

/// The way of a laptop: host `user` reaches `login` by SSH and nothing else; there is Slurm, whose nodes are n1 and n2.
@Suite(
    "A far Slurm behind SSH", .serialized, .timeLimit(.minutes(6)),
    .enabled("OpenSSH and Slurm on four hosts can run here") {
        guard await SSHTestbed.isPossible("--network") else { return false }
        return await Testbed.slurm.isPossible("--network")
    })
struct FarSlurmTests {
    init() { Place.prepare() }

    /// Four hosts with Slurm on three of them, and the site in a file of the laptop.
    private func with(_ body: (FourHosts, Cluster) async throws -> Void) async throws {
        try await FourHosts.with { hosts in
            do {
                // Which ports Slurm has is known once it is there.
                try await hosts.network("policy", "open")
                try await Testbed.slurm.run("start", "--network", "--no-accounting", "--cpus", "4")
                let open = try await Testbed.slurm.run("ports").split(separator: "\n")[0]
                try await hosts.network("policy", "reset", "22,9001-9010,\(open)")
                var cluster = Cluster(testbed: .slurm, kind: .slurm, variables: try await Testbed.slurm.variables())
                cluster.host = "login"
                try write(hosts, cluster)
                try await body(hosts, cluster)
            } catch {
                try await Testbed.slurm.run("stop")
                throw error
            }
            try await Testbed.slurm.run("stop")
        }
    }

    private func write(_ hosts: FourHosts, _ cluster: Cluster) throws {
        let variables = cluster.variables.filter { !$0.key.hasPrefix("HAYATE_") }
            .map { "\($0.key): \"\($0.value)\"" }.sorted().joined(separator: ", ")
        mkdir(hosts.files("sites"), 0o700)
        try SignalFile.write(
            hosts.files("sites/far.yaml"),
            """
            schema: 1
            site: { id: far, title: A far testbed }
            clusters:
              main:
                scheduler: slurm
                access: { kind: ssh, host: login }
                polling: { interval: 5s, accounting: 5s, grace: 20s, dialIn: 15s }
                commands: { environment: { \(variables) } }
            profiles: { default: { walltime: 1h } }
            runtime:
              daemon: \(Program.hayateDaemon)
              environment: { HAYATE_TEST_OWNER: "\(getpid())", SWIFT_BACKTRACE: enable=no }
            network: { ports: 9001-9010 }

            """)
    }

    private func map(_ hosts: FourHosts, _ pause: String, inputs: Int) -> CommandLine {
        var words = [Program.hayate, "map", "--profile", "far", "-n", "8"]
        words += ["--ssh-config", "\(hosts.servers.client)/config-of-user"]
        words += ["sh", "-c", "sleep \(pause); echo $0 >>\(hosts.files("runs")); echo $0 on $(hostname)", ":::"]
        words += (1...inputs).map { String($0) }
        return hosts.line(on: "user", words)
    }

    private func check(_ output: String, _ hosts: FourHosts, count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let words: [[Substring]] = output.split(separator: "\n").map { $0.split(separator: " ") }
        let lines = words.filter { $0.count == 3 && $0[1] == "on" }
        #expect(lines.compactMap { Int($0[0]) } == Array(1...count), sourceLocation: sourceLocation)
        #expect(Set(lines.map { String($0[2]) }) == ["n1", "n2"], sourceLocation: sourceLocation)
        let runs = SignalFile.lines(hosts.files("runs"))
        #expect(runs.count == count && Set(runs).count == count, "\(runs.count) runs", sourceLocation: sourceLocation)
    }

    private func isClean(_ hosts: FourHosts, _ cluster: Cluster) async throws {
        try await eventually("the queue is empty") { try await cluster.queue().isEmpty }
        try await eventually("no daemon is left") { cluster.daemons().isEmpty }
        try await hosts.isClean()
    }

    @Test("From a laptop by way of the login node: jobs are submitted, their daemons dial in through the tunnel, nothing is left")
    func wholeWay() async throws {
        try await with { hosts, cluster in
            let began = ContinuousClock.now
            let answer = await CommandRunner.run(map(hosts, "0.02", inputs: 2000))
            say("over a far Slurm: \(ContinuousClock.now - began)")
            #expect(answer.succeeded, "\(answer.end) \(answer.errors)")
            check(answer.output, hosts, count: 2000)
            try await isClean(hosts, cluster)
        }
    }

    @Test("SSH breaks while jobs run: it is rebuilt, with tunnel and relay, and no task is lost or runs twice")
    func heals() async throws {
        try await with { hosts, cluster in
            let host = try Background(map(hosts, "0.5", inputs: 400), output: hosts.files("output"))
            func runs() -> Int { SignalFile.lines(hosts.files("runs")).count }
            try await eventually("tasks run") { runs() > 20 }
            try await hosts.network("break", "login")
            try await eventually("it is noticed") { host.said.contains("the connection broke") }
            try await hosts.network("heal", "login")
            let healed = runs()
            try await eventually("tasks run again") { runs() > healed + 20 }
            try await eventually("it ends", within: .seconds(120)) { host.exit != nil }
            #expect(host.exit == .exited(code: 0), "\(host.said)")
            check(host.said, hosts, count: 400)
            try await isClean(hosts, cluster)
        }
    }

    @Test("The laptop's program is killed: its jobs are listed and cleaned up from the laptop later")
    func killed() async throws {
        try await with { hosts, cluster in
            let host = try Background(map(hosts, "0.5", inputs: 2000), output: hosts.files("output"))
            try await eventually("tasks run") { SignalFile.lines(hosts.files("runs")).count > 8 }
            try hosts.killHost()
            try await eventually("it is gone") { host.exit != nil }
            func allocations(_ words: String...) async -> CommandAnswer {
                await CommandRunner.run(
                    hosts.line(
                        on: "user",
                        [Program.hayate, "allocations"] + words
                            + ["--ssh-config", "\(hosts.servers.client)/config-of-user"]))
            }
            let list = await allocations("list")
            #expect(list.succeeded && list.output.contains("far"), "\(list)")
            let clean = await allocations("clean")
            #expect(clean.succeeded, "\(clean)")
            say(clean.output)
            try await isClean(hosts, cluster)
        }
    }
}
