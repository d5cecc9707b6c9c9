import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Testing

@Suite(
    "Four hosts and firewalls", .serialized, .timeLimit(.minutes(6)),
    .enabled("OpenSSH on four hosts can run here") { await SSHTestbed.isPossible("--network") })
struct FourHostsTests {
    private static let count = 2000
    private let installed = ["--remote-daemon", Program.hayateDaemon]

    init() { Place.prepare() }

    /// Each task leaves a line, and says where it ran.
    private func work(_ hosts: FourHosts, pause: String = "0") -> [String] {
        ["sh", "-c", "sleep \(pause); echo $0 >>\(hosts.files("runs")); echo $0 on $(hostname)"]
    }

    /// Each result has come once, in its place; each task has run once; all hosts had some.
    private func check(
        _ output: String, _ hosts: FourHosts, count: Int = count, on names: Set<String>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let words: [[Substring]] = output.split(separator: "\n").map { $0.split(separator: " ") }
        let lines = words.filter { $0.count == 3 && $0[1] == "on" }
        let results = lines.compactMap { Int($0[0]) }
        #expect(results == Array(1...count), sourceLocation: sourceLocation)
        #expect(Set(lines.map { String($0[2]) }) == names, sourceLocation: sourceLocation)
        let runs = SignalFile.lines(hosts.files("runs"))
        #expect(runs.count == count, "runs", sourceLocation: sourceLocation)
        #expect(Set(runs).count == count, sourceLocation: sourceLocation)
    }

    @Test("A map of 2,000 tasks over three hosts through tunnels, two of them by way of the first, where SSH alone passes")
    func tunnelled() async throws {
        try await FourHosts.with { hosts in
            let line = hosts.map(
                from: "user", on: "login,n1,n2", ["--tunnel"] + installed, work(hosts), inputs: Self.count)
            let began = ContinuousClock.now
            let answer = await CommandRunner.run(line)
            say("through tunnels: \(ContinuousClock.now - began)")
            #expect(answer.succeeded, "\(answer.end) \(answer.errors)")
            check(answer.output, hosts, on: ["login", "n1", "n2"])
            try await hosts.isClean()
        }
    }

    @Test("A map of 2,000 tasks over three hosts that dial back by TLS, each the address that it sees")
    func direct() async throws {
        try await FourHosts.with(ports: "9001") { hosts in
            let line = hosts.map(
                from: "login", on: "user,n1,n2", ["--listen", "tls+tcp://0.0.0.0:9001"] + installed, work(hosts),
                inputs: Self.count)
            let began = ContinuousClock.now
            let answer = await CommandRunner.run(line)
            say("direct: \(ContinuousClock.now - began)")
            #expect(answer.succeeded, "\(answer.end) \(answer.errors)")
            check(answer.output, hosts, on: ["user", "n1", "n2"])
            try await hosts.isClean()
        }
    }

    @Test("SSH breaks and is silent while tasks run: it is rebuilt, none is lost, none runs twice", arguments: ["break", "cut"])
    func heals(fault: String) async throws {
        try await FourHosts.with { hosts in
            let count = 240
            let line = hosts.map(
                from: "user", on: "login,n1,n2", ["--tunnel"] + installed, work(hosts, pause: "0.5"), inputs: count)
            let host = try Background(line, output: hosts.files("output"))
            func runs() -> Int { SignalFile.lines(hosts.files("runs")).count }
            try await eventually("tasks run") { runs() > 20 }
            let before = hosts.processes()
            try await hosts.network(fault, "login")
            // Tasks that were handed out go on without a connection; a silent cut lasts longer than two keep-alives.
            try await Task.sleep(for: fault == "cut" ? .seconds(40) : .seconds(3))
            try await hosts.network("heal", "login")
            let healed = runs()
            try await eventually("tasks run again", within: .seconds(60)) { runs() > healed + 20 }
            try await eventually("all have run", within: .seconds(120)) { host.exit != nil }
            #expect(host.exit == .exited(code: 0), "\(host.said)")
            #expect(!before.isEmpty)
            check(host.said, hosts, count: count, on: ["login", "n1", "n2"])
            say(host.said.split(separator: "\n").filter { $0.hasPrefix("hayate:") }.joined(separator: "\n"))
            try await hosts.isClean()
        }
    }

    @Test("The host is killed: daemons leave by themselves, and nothing is left on the machines")
    func killedHost() async throws {
        try await FourHosts.with { hosts in
            let line = hosts.map(
                from: "user", on: "login,n1", ["--tunnel"] + installed, work(hosts, pause: "0.5"), inputs: 2000)
            let host = try Background(line, output: hosts.files("output"))
            try await eventually("tasks run") { SignalFile.lines(hosts.files("runs")).count > 4 }
            try hosts.killHost()
            try await eventually("the daemons have left", within: .seconds(170)) { hosts.processes().isEmpty }
            #expect(hosts.files.files("home/.hayate/hosts") == [])
            _ = host
        }
    }
}
