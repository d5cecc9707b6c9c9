import Hayate
import HayateLaunch
import HayateSSH
import Synchronization
import Testing

@testable import HayateCLI

@Suite("map and run on other machines") struct RemoteOptionTests {
    /// Where a command line would start its daemons.
    private func place(_ arguments: [String]) async throws -> ExecutorOptions {
        let seen = Mutex<ExecutorOptions?>(nil)
        let result = try await hayate(arguments, place: { options in seen.withLock { $0 = options } })
        return try #require(seen.withLock { $0 }, "\(result.error)")
    }

    private let installed = ["--remote-daemon", "/opt/hayate"]

    @Test("Machines, a number for each, and the way they come are a place")
    func place() async throws {
        let options = try await place(
            ["map", "--ssh", "n1,me@n2:2222", "--ssh", "ssh://n3", "-n", "4", "--tunnel-port", "9000-9002,9100"]
                + installed + ["c", ":::", "a"])
        var request = RemoteRequest(hosts: ["n1", "me@n2:2222", "ssh://n3"], daemonsPerHost: 4)
        request.way = .tunnel(ports: [9000, 9001, 9002, 9100])
        request.program = .installed("/opt/hayate")
        #expect(options.remote == request)
        #expect(options.daemons == 12)
    }

    @Test("One daemon on each machine, which dials this one, unless something else is said")
    func defaults() async throws {
        let map = try await place(["map", "--ssh", "n1,n2"] + installed + ["c", ":::", "a"])
        #expect(map.remote?.daemonsPerHost == 1 && map.remote?.way == .direct && map.daemons == 2)
        let run = try await place(["run", "--ssh", "n1", "--tunnel"] + installed + ["c", "--ssh", "x"])
        #expect(run.remote?.hosts == ["n1"] && run.remote?.way == .tunnel)
        #expect(try await place(["map", "c", ":::", "a"]).remote == nil)
    }

    @Test("How to log in is passed on, also to a cluster that is reached so")
    func login() async throws {
        for way in [["--ssh", "n1"] + installed, ["--profile", "far", "-n", "2"]] {
            let options = try await place(
                ["map"] + way + ["--accept-new", "--ssh-config", "/c", "--identity", "/a", "--identity", "/b", "c", ":::", "a"])
            #expect(options.ssh.acceptsNew && options.ssh.configFile == "/c" && options.ssh.identities == ["/a", "/b"])
        }
    }

    @Test("A place of the direct way may be named")
    func listens() async throws {
        let options = try await place(
            ["map", "--ssh", "n1", "--listen", "tls+tcp://10.0.0.1:9000"] + installed + ["c", ":::", "a"])
        #expect(options.place?.listen == "tls+tcp://10.0.0.1:9000" && options.remote?.way == .direct)
    }

    @Test("What does not go together is refused with one sentence", arguments: [
        (["--ssh", "n1", "--profile", "x", "-n", "1"], "--ssh and --profile are two places for daemons: give one."),
        (["--tunnel"], "--tunnel is about daemons on other machines: it needs --ssh."),
        (["--tunnel-port", "9000"], "--tunnel-port is about daemons on other machines: it needs --ssh."),
        (["--remote-daemon", "/x"], "--remote-daemon is about daemons on other machines: it needs --ssh."),
        (["--identity", "/x"], "--identity is about other machines: it needs --ssh, or --profile."),
        (["--ssh", "n1", "--tunnel", "--listen", "tls+tcp://a:1"], "leave out --listen tls+tcp://a:1, or --tunnel."),
        (["--ssh", "n1", "-n", "0"], "-n must be at least 1 with --ssh"),
        (["--ssh", "n1,n2", "-n", "4096"], "4096 on all machines together"),
        (["--ssh", "n1", "-n", "1..2"], "it needs --profile"),
        (["--ssh", "n1,n1"], "--ssh names n1 twice"),
        (["--ssh", ","], "--ssh names no machine."),
        (["--ssh=-oProxyCommand=x"], "no name of a machine"),
        (["--ssh", "http://n1"], "machines are reached by ssh://"),
        (["--ssh", "n1", "--tunnel-port", "9010-9000"], "names no ports"),
        (["--ssh", "n1", "--tunnel-port", "70000"], "names no ports"),
        (["--shh", "n1"], "did you mean --ssh?"),
    ])
    func refusals(_ options: [String], _ message: String) async throws {
        let result = try await hayate(["map"] + options + ["c", ":::", "a"])
        #expect(result.code == 2)
        // Long messages are broken into lines.
        let text = result.error.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(text.contains(message), "\(result.error)")
    }

    @Test("What is copied is named by a variable, or lies beside this program; without it the remedy is told")
    func daemonFile() async throws {
        try await withTemporaryDirectory { directory in
            #expect(throws: CommandLineError.noDaemonFile("there is no daemon to copy to other machines")) {
                try DaemonFile.find([:], program: directory + "/hayate")
            }
            try "".write(toFile: directory + "/hayate-daemon", atomically: false, encoding: .utf8)
            #expect(try DaemonFile.find([:], program: directory + "/hayate") == directory + "/hayate-daemon")
            #expect(try DaemonFile.find(["HAYATE_DAEMON": "/bin/sh"], program: directory + "/hayate") == "/bin/sh")
            let error = #expect(throws: CommandLineError.self) { try DaemonFile.find(["HAYATE_DAEMON": directory]) }
            #expect(error?.description.contains("HAYATE_DAEMON is \(directory), where no file is; build it with") == true)
        }
    }
}
