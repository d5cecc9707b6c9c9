import Glibc
import Hayate
import HayateTestTasks
import Testing

extension Daemons {
    /// A pool that listens, and whose launched daemons link the tests' tasks.
    static func testListening(at url: String = "tcp://127.0.0.1:0") -> Daemons {
        test(0).with { $0.url = url }
    }
}

extension RealProcesses {
    @Suite("Launching daemons") struct LaunchingTests {
        @Test func readiness() async throws {
            try await withPool(.test(2)) { pool async throws in
                try await pool.ready()
                #expect(pool.info.connections == 2)
                let late = await #expect(throws: HayateError.self) {
                    try await pool.ready(3, timeout: .milliseconds(50))
                }
                #expect(late?.code == .timedOut)
                #expect(late?.message.contains("2 of 3 daemons") == true)
                async let three: Void = pool.ready(3, timeout: .seconds(20))
                #expect(try pool.grow(by: 1) == 3)
                try await three
                #expect(try pool.grow(by: -2) == 1)
                try await eventually("one is left") { pool.localProcesses.count == 1 }

                let waiting = Task { try await pool.ready(5) }
                waiting.cancel()
                let cancelled = await #expect(throws: HayateError.self) { try await waiting.value }
                #expect(cancelled?.code == .cancelled)
                async let never: Void = pool.ready(5)
                await pool.close()
                do {
                    try await never
                    Issue.record("five daemons of a closed pool")
                } catch {
                    #expect((error as? HayateError)?.code == .closed)
                }
            }
        }

        @Test("Waiting for daemons that do not start ends, and says why")
        func readinessInVain() async throws {
            let daemons = Daemons.local(2, executable: "/bin/sh")
                .with { $0.arguments = ["-c", "echo no licence >&2; exit 7"] }
            try await withPool(daemons) { pool async throws in
                let error = await #expect(throws: HayateError.self) { try await pool.ready() }
                #expect(error?.code == .noDaemons)
                #expect(error?.message.contains("0 of 2 daemons") == true)
                #expect(error?.message.contains("no licence") == true)
            }
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool async throws in
                let error = await #expect(throws: HayateError.self) {
                    try await pool.ready(timeout: .milliseconds(20))
                }
                #expect(error?.message.contains("dialled in at \(pool.url)") == true)
            }
        }

        @Test("E, I: settings hold for daemons launched later, at a URL too")
        func launchAtAURL() async throws {
            let daemons = Daemons.testListening().with { $0.environment["HAYATE_TEST_NAME"] = "a b'c" }
            try await withPool(daemons) { pool async throws in
                #expect(pool.localProcesses.isEmpty)
                try pool.launch(2)
                try await pool.ready(2, timeout: .seconds(20))
                #expect(pool.localProcesses.count == 2)
                #expect(try await pool.mirai(GetVariable("HAYATE_TEST_NAME")).value[1] == "a b'c")
                let row = try #require(pool.status.daemons.first)
                #expect(row.name == "\(row.host):\(row.process)")
                #expect(!row.host.isEmpty)

                // Launched by hand: what ends is not replaced, and `resize` leaves it alone.
                let victim = try #require(pool.localProcesses.first)
                kill(victim, SIGKILL)
                try await eventually("one is left") { pool.localProcesses.count == 1 }
                try await eventually("it is known") { pool.info.connections == 1 }
                pool.resize(to: 1)
                try await pool.ready(2, timeout: .seconds(20))
                pool.resize(to: 0)
                try await eventually("the launched one stays") { pool.info.connections == 1 }
                let error = #expect(throws: HayateError.self) { try pool.launch(-1) }
                #expect(error?.code == .invalidArgument)
            }
            let own = #expect(throws: HayateError.self) {
                try Pool(.listening(at: "tcp://127.0.0.1:0")).launch()
            }
            #expect(own?.code == .notEntered)
        }

        @Test("J: a launch command pasted into a shell starts a daemon")
        func launchCommands() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.testListening(at: "ipc://" + files("a 'socket'"))
                .with { $0.environment["HAYATE_TEST_NAME"] = "a b'c" }.maximumTasks(2)
            try await withPool(daemons) { pool async throws in
                let commands = try pool.launchCommands(2)
                #expect(commands.count == 2)
                let child = try Child("/bin/sh", ["-c", commands[0]])
                try await pool.ready(1, timeout: .seconds(20))
                #expect(try await pool.mirai(GetVariable("HAYATE_TEST_NAME")).value[1] == "a b'c")
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                // Its terms came along.
                try await child.isOver()
                #expect(child.exit == .exited(code: 0))
            }
        }

        @Test("D: another program starts daemons, with the command in the place of the dot")
        func launchByAnotherProgram() async throws {
            try await withPool(.testListening()) { pool async throws in
                let error = #expect(throws: HayateError.self) {
                    try pool.launch(1, by: ["ssh", "node17"])
                }
                #expect(error?.message.contains("must be one of the words") == true)
                let started = try pool.launch(2, by: ["/bin/sh", "-c", "."])
                #expect(started.count == 2)
                try await pool.ready(2, timeout: .seconds(20))
                // Two shells read it.
                try pool.launch(1, by: ["/bin/sh", "-c", "eval \"$0\"", "."])
                try await pool.ready(3, timeout: .seconds(20))
                try pool.launch(1, by: ["/bin/sh", "-c", "eval eval \"$0\"", "."], quoted: true)
                try await pool.ready(4, timeout: .seconds(20))
                let processes = pool.status.daemons.map { Int32($0.process) }
                await pool.close()
                for process in processes { #expect(!isAlive(process)) }
            }
            try await withPool(.testListening()) { pool async throws in
                try pool.launch(1, by: ["/bin/sh", "-c", "exit 3", "."])
                try await eventually("it has failed") {
                    let mirai = pool.mirai(Add(1, 2))
                    defer { mirai.stop() }
                    return pool.status.stalled?.contains("/bin/sh, which should start a daemon, ended with")
                        == true
                }
                let missing = #expect(throws: HayateError.self) {
                    try pool.launch(1, by: ["/no/such/program", "."])
                }
                #expect(missing?.code == .launchFailed)
            }
        }

        @Test("Daemons of the program itself, launched by hand")
        func ownExecutable() async throws {
            let program = try Child(Program.testDaemon, ["launch"])
            try await program.isOver(within: .seconds(30))
            #expect(program.exit == .exited(code: 0))
            #expect(program.lines.first == "launched 2")
            #expect(program.lines[1].contains("hayate-test-daemon --hayate-daemon tcp://127"))
            #expect(program.lines.suffix(2) == ["passed on", "collected false"])
        }

        @Test("B, F: addresses of this machine")
        func hostURLs() async throws {
            let urls = HostURL.network(port: 5555)
            #expect(!urls.isEmpty)
            #expect(urls.allSatisfy { $0.hasPrefix("tcp://") && $0.hasSuffix(":5555") })
            #expect(!urls.contains { $0.contains("%") })
            #expect(HostURL.local(tcp: true) == "tcp://127.0.0.1:0")
            #expect(HostURL.local(tcp: true, port: 7) == "tcp://127.0.0.1:7")
            let secure = HostURL.network(port: 5555, tls: true)
            #expect(secure == urls.map { "tls+" + $0 })
            #expect(HostURL.local(tcp: true, port: 7, tls: true) == "tls+tcp://127.0.0.1:7")
            #expect(HostURL.local(tls: true) == "tls+tcp://127.0.0.1:0")
            let local = HostURL.local()
            #expect(local != HostURL.local())
            for url in [local] + urls.prefix(1).map({ $0.replacing(":5555", with: ":0") }) {
                let daemons = Daemons.testListening(at: url).with { $0.allowsPlaintext = true }
                try await withPool(daemons) { pool async throws in
                    if url == local { #expect(pool.url == url) }
                    try pool.launch()
                    #expect(try await pool.mirai(Add(1, 2)).value == 3)
                }
            }
        }

        @Test("J: an address of this machine with TLS needs no word about plaintext")
        func hostURLWithTLS() async throws {
            let url = try #require(HostURL.network(tls: true).first)
            try await withPool(.testListening(at: url)) { pool async throws in
                #expect(pool.url.hasPrefix("tls+tcp://"))
                let command = try #require(try pool.launchCommands(1).first)
                let file = try #require(pool.daemonKeyFile)
                #expect(command.contains(file))
                try pool.launch()
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }
    }
}
