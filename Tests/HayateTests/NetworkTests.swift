import Glibc
import Hayate
import HayateTestTasks
import Testing

/// The four hosts of `testbed/network`, of which this process has some of its own.
struct Network: Sendable {
    private static let script: String = {
        let words = #filePath.split(separator: "/").dropLast(3)
        return "/" + words.joined(separator: "/") + "/testbed/network"
    }()

    /// A process of the script.
    func start(_ words: String...) throws -> Child { try start(words) }

    private func start(_ words: [String], environment: [String: String] = [:]) throws -> Child {
        let own = ["HAYATE_NETWORK": "hayate-\(getpid())"]
        return try Child(Self.script, words, environment: environment.merging(own) { $1 })
    }

    func run(_ words: String...) async throws {
        let child = try start(words)
        try await child.isOver(within: .seconds(60))
        guard child.exit == .exited(code: 0) else {
            throw TestFailure("network \(words.joined(separator: " ")): \(child.lines.last ?? "no reason")")
        }
    }

    /// A command on a host, with its own place for keys.
    func on(_ host: String, _ files: TemporaryDirectory, _ program: String, words: [String]) throws -> Child {
        try start(["exec", host, program] + words, environment: ["HAYATE_KEYS": files("keys-\(host)")])
    }

    static func with(_ body: (Network) async throws -> Void) async throws {
        let network = Network()
        let check = try network.start("check")
        try await check.isOver(within: .seconds(110))
        guard check.exit == .exited(code: 0) else {
            #expect(check.exit == .exited(code: 77), "\(check.lines)")
            let why = "skipped: \(check.lines.last ?? "network namespaces are not possible here")"
            print(why)
            try Test.cancel("\(why)")
        }
        do {
            try await network.run("start")
            try await body(network)
        } catch {
            try await network.run("stop")
            throw error
        }
        try await network.run("stop")
    }
}

extension RealProcesses {
    @Suite("Several machines") struct NetworkTests {
        private let url = "tls+tcp://10.61.2.1:9001"
        private let files: TemporaryDirectory

        init() throws { files = try TemporaryDirectory() }

        private func keys() async throws {
            for words in [
                ["make", files("secret")], ["export", "--role", "daemon", files("secret"), files("key")],
            ] {
                let child = try Child(Program.hayate, ["keys"] + words)
                try await child.isOver()
                try #require(child.exit == .exited(code: 0), "\(child.lines)")
            }
        }

        private func daemon(_ network: Network, on host: String, _ options: String...) throws -> Child {
            try network.on(
                host, files, Program.testDaemon,
                words: [DaemonOptions.marker, url, "--key-file", files("key")] + options)
        }

        @Test(
            "A daemon on another machine joins over TLS by a file, and its task outlives cut and broken cables"
        )
        func joinsAndComesBack() async throws {
            try await Network.with { network in
                try await keys()
                try await network.run("policy", "reset", "9001")
                let host = try network.on(
                    "login", files, Program.testDaemon,
                    words: ["network", url, files("secret"), files("gate")])
                try await eventually("it listens") { host.line("listening") == [url] }
                let daemon = try daemon(network, on: "n1")
                try await eventually("tasks ran there") { host.line("sum") == ["210", "by", "n1"] }
                try await appears(files("gate.started"))
                func waitFor(_ state: String, times: Int = 1) async throws {
                    try await eventually("\(state) for the \(times). time", within: .seconds(45)) {
                        host.lines.count { $0 == "state \(state)" } >= times
                    }
                }
                try await waitFor("busy")

                // For a while no packet gets through: the connection lasts.
                try await network.run("cut", "n1")
                try await waitFor("suspect")
                try await network.run("heal", "n1")
                try await waitFor("busy", times: 2)
                #expect(!host.lines.contains("state away"))

                // The connection breaks, and the daemon comes back by a ticket.
                try await network.run("break", "n1")
                try await waitFor("away")
                try await network.run("heal", "n1")
                try await waitFor("busy", times: 3)
                try SignalFile.write(files("gate.release"))
                try await host.isOver(within: .seconds(30))
                #expect(host.exit == .exited(code: 0), "\(host.lines)")
                #expect(host.line("attempt") == ["1"])
                #expect(host.line("joined") == ["1"])
                #expect(host.line("handshakes") == ["1", "1"])
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 0), "\(daemon.lines)")
                print(
                    "| X7 | cable cut without a word, then broken, between two hosts over TLS | the task goes on at its "
                        + "first attempt, the daemon comes back by a ticket |")
            }
        }

        @Test("A firewall that refuses and one that is silent: the daemon says which")
        func refusedPorts() async throws {
            try await Network.with { network in
                try await keys()
                for (policy, sign) in [
                    ("reset", "the last try: refused"), ("drop", "the last try: nothing came back"),
                ] {
                    try await network.run("policy", policy, "22,9002")
                    let daemon = try daemon(network, on: "n2", "--connect-within", "2s")
                    try await daemon.isOver(within: .seconds(30))
                    #expect(daemon.exit == .exited(code: 75))
                    let said = daemon.lines.last ?? ""
                    #expect(said.contains("no host answered at \(url) within 2.0 s"), "\(said)")
                    #expect(said.contains(sign), "\(policy): \(said)")
                }
            }
        }

        @Test("Plain TCP to another machine is refused on both sides")
        func plaintext() async throws {
            try await Network.with { network in
                let plain = "tcp://10.61.2.1:9001"
                let daemon = try network.on("n1", files, Program.hayate, words: ["daemon", plain])
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 2))
                #expect(
                    daemon.lines.last?.contains("spell out --insecure-plaintext") == true, "\(daemon.lines)")
                let map = ["map", "-n", "0", "--listen", plain]
                let host = try network.on("login", files, Program.hayate, words: map + ["echo", ":::", "1"])
                try await host.isOver()
                #expect(host.exit != .exited(code: 0))
                #expect(
                    host.lines.contains { $0.contains("would send tasks over the network unprotected") },
                    "\(host.lines)")

                // Spelt out on both sides, it works.
                let open = try network.on(
                    "login", files, Program.hayate, words: map + ["--insecure-plaintext", "echo", ":::", "1"])
                try await eventually("it listens") {
                    open.lines.contains { $0.contains("listening at \(plain)") }
                }
                let guest = try network.on(
                    "n1", files, Program.hayate, words: ["daemon", "--insecure-plaintext", plain])
                try await open.isOver()
                #expect(open.exit == .exited(code: 0), "\(open.lines)")
                try await guest.isOver()
            }
        }
    }
}
