import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization
import Testing

/// The four hosts of `testbed/network` with servers of OpenSSH, and nothing else that gets through.
struct FourHosts: Sendable {
    let servers: SSHTestbed
    /// What the program and the machines keep: the home of everybody on them.
    let files: TemporaryDirectory

    /// - Parameter ports: what firewalls let through besides SSH.
    static func with(ports: String = "", _ body: (FourHosts) async throws -> Void) async throws {
        try await Testbed.network.run("start")
        do {
            let files = try TemporaryDirectory()
            mkdir(files("home"), 0o700)
            let name = try #require(Testbed.network.environment["HAYATE_NETWORK"])
            // The first such line is the one that counts, so it says both.
            let servers = SSHTestbed(network: name)
            let mark = try #require(servers.environment["HAYATE_TESTBED"]) + "/sshd"
            let setting = "SetEnv HAYATE_TESTBED_DAEMON=\(mark) HOME=\(files("home"))"
            do {
                try await servers.run("start", "--network", "--conf", setting)
                try await Testbed.network.run("policy", "reset", ports.isEmpty ? "22" : "22,\(ports)")
                try await body(FourHosts(servers: servers, files: files))
            } catch {
                try await servers.run("stop")
                throw error
            }
            try await servers.run("stop")
        } catch {
            try await Testbed.network.run("stop")
            throw error
        }
        try await Testbed.network.run("stop")
    }

    /// Faults of cables: see `testbed/network`.
    func network(_ words: String...) async throws { try await Testbed.network.run(words) }

    /// A command on one of the hosts.
    func line(on host: String, _ words: [String], within limit: Duration = .seconds(240)) -> CommandLine {
        var line = CommandLine(["\(Testbed.package)/testbed/network", "exec", host] + words)
        line.environment = Testbed.network.environment.merging(variables) { $1 }
        line.timeLimit = limit
        return line
    }

    private var variables: [String: String] {
        [
            "HOME": files("home"), "HAYATE_STATE": files("state"), "HAYATE_KEYS": files("keys"),
            "HAYATE_CONFIG_PATH": files("sites"), "SWIFT_BACKTRACE": "enable=no",
        ]
    }

    /// `hayate map` on one of the hosts, with daemons on others.
    func map(
        from host: String, on others: String, each: Int = 2, _ options: [String], _ command: [String], inputs: Int
    ) -> CommandLine {
        let config = host == "user" ? "config-of-user" : "config"
        var words = [Program.hayate, "map", "-n", String(each), "--ssh", others]
        words += ["--ssh-config", "\(servers.client)/\(config)"]
        words += options + command + [":::"]
        words += (1...inputs).map { String($0) }
        return line(on: host, words)
    }

    /// Processes that were started through the servers, but for the servers' own.
    func processes() -> [Int32] {
        let mark = "HAYATE_TESTBED_DAEMON=\(servers.environment["HAYATE_TESTBED"]!)/sshd\0"
        return TemporaryDirectory.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            Files.text("/proc/\(pid)/environ").contains(mark) && !Files.text("/proc/\(pid)/stat").contains(") Z ")
        }
    }

    /// Ends the program `hayate map` as a lost machine does.
    func killHost() throws {
        let home = "HOME=\(files("home"))\0"
        let pids = TemporaryDirectory.names(in: "/proc").compactMap { Int32($0) }.filter { pid in
            let words = Files.text("/proc/\(pid)/cmdline")
            return words.hasPrefix("\(Program.hayate)\0map\0") && Files.text("/proc/\(pid)/environ").contains(home)
        }
        guard pids.count == 1 else { throw TestFailure("\(pids.count) programs run instead of one") }
        kill(pids[0], SIGKILL)
    }

    /// Nothing of a pool is left on any host: no process, and no file but the cached program.
    func isClean(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("no process is left", sourceLocation: sourceLocation) { processes().isEmpty }
        for name in ["home/.hayate/hosts", "home/.hayate/jobs", "state/hosts", "state/jobs", "state/allocations"] {
            #expect(files.files(name) == [], "\(name)", sourceLocation: sourceLocation)
        }
    }
}

/// A program that runs beside the test.
final class Background: Sendable {
    private let process: LocalProcess
    private let output: String
    private let end: End

    private final class End: Sendable { let value = Mutex<ProcessExit?>(nil) }

    /// - Parameter output: the file that takes what it says.
    init(_ line: CommandLine, output: String) throws {
        self.output = output
        let file = open(output, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        defer { close(file) }
        let end = End()
        self.end = end
        process = try LocalProcess.spawn(
            executable: line.words[0], arguments: Array(line.words.dropFirst()),
            environment: .inherited(adding: line.environment), standardOutput: file, standardError: file,
            onExit: { exit in end.value.withLock { $0 = exit } })
    }

    deinit { process.send(signal: SIGKILL) }

    var exit: ProcessExit? { end.value.withLock { $0 } }
    /// What it has said so far.
    var said: String { Files.text(output) }

    func send(_ signal: Int32) { process.send(signal: signal) }
}
