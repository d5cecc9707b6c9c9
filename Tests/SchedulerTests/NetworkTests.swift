import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// The four hosts of `testbed/network` with a scheduler on three of them.
struct NetworkTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        do {
            try await Testbed.network.run("start")
            try await function()
        } catch {
            try await Testbed.network.run("stop")
            throw error
        }
        try await Testbed.network.run("stop")
    }
}

extension Trait where Self == NetworkTrait {
    static var network: Self { NetworkTrait() }
}

extension RealSchedulers {
    @Suite(
        "Four hosts and firewalls", .serialized,
        .enabled("Slurm on four hosts can run here") { await Testbed.slurm.isPossible("--network") },
        .network, .slurm("--network", "--no-accounting", "--cpus", "4"))
    struct Network {
        private var cluster: Cluster {
            var cluster = Cluster.current!
            cluster.host = "login"
            return cluster
        }

        private func site(_ name: String) throws {
            try cluster.site(name, others: ["network: { ports: 9001-9010 }"], dialIn: 15)
        }

        /// Only the scheduler's ports, and these, let anything through.
        private func policy(_ way: String, _ ports: String = "") async throws {
            let open = try await cluster.testbed.run("ports").split(separator: "\n")[0]
            try await Testbed.network.run("policy", way, ports.isEmpty ? String(open) : "\(open),\(ports)")
        }

        /// `hayate map` on the login host.
        private func map(_ words: String...) -> CommandLine {
            var line = CommandLine(
                ["\(Testbed.package)/testbed/network", "exec", "login", Program.hayate, "map"] + words)
            line.environment = Testbed.network.environment
            line.timeLimit = .seconds(120)
            return line
        }

        @Test("Daemons on other hosts dial the login host's address on their network, through the open ports alone")
        func throughFirewall() async throws {
            try site("hosts")
            try await policy("reset", "9001-9010")
            let answer = await CommandRunner.run(
                map("--profile", "hosts", "-n", "8", "sh", "-c", "sleep 0.2; echo $0 on $(hostname)", ":::")
                    .adding((1...40).map(String.init)))
            #expect(answer.succeeded, "\(answer)")
            let lines = answer.output.split(separator: "\n").map { $0.split(separator: " ") }
            #expect(lines.compactMap { $0.first.map(String.init) } == (1...40).map(String.init))
            #expect(Set(lines.compactMap(\.last)) == ["n1", "n2"], "\(answer.output)")
            try await cluster.isClean()
        }

        @Test("A firewall is in the way: who waits is told the job, its host, the address that was tried, and the log's end",
            arguments: ["reset", "drop"])
        func blocked(way: String) async throws {
            try site("blocked")
            try await policy(way)
            let files = try TemporaryDirectory()
            let output = open(files("output"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(output) }
            let exit = Mutex<ProcessExit?>(nil)
            let line = map("--profile", "blocked", "-n", "1", "echo", ":::", "1")
            let host = try LocalProcess.spawn(
                executable: line.words[0], arguments: Array(line.words.dropFirst()),
                environment: .inherited(adding: line.environment), standardOutput: output, standardError: output,
                onExit: { end in exit.withLock { $0 = end } })
            defer { host.send(signal: SIGKILL) }
            try await eventually("it is told what is wrong", within: .seconds(100)) {
                let said = Files.text(files("output"))
                return said.contains("has not dialled in: tried tls+tcp://10.61.2.1:90") && said.contains("its log ends:")
            }
            let said = Files.text(files("output"))
            say(said)
            #expect(said.contains(" on n1") || said.contains(" on n2"))
            #expect(said.contains("is running since "))
            host.send(signal: SIGINT)
            try await eventually("it ends") { exit.withLock { $0 != nil } }
            try await cluster.isClean(.areKept)
        }
    }
}

extension CommandLine {
    fileprivate func adding(_ words: [String]) -> CommandLine {
        var line = self
        line.words += words
        return line
    }
}
