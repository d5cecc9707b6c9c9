import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Sessions over TLS") struct SecureSessionTests {
        /// The port in a URL.
        private static func port(of url: String) throws -> UInt16 {
            let start = try #require(url.lastIndex(of: ":"))
            return try #require(UInt16(url[start...].dropFirst().prefix { $0.isNumber }))
        }

        @Test(
            "A cut connection is resumed with a ticket, and the task goes on",
            arguments: ["tls+tcp", "ws", "tcp"])
        func resumes(scheme: String) async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "\(scheme)://127.0.0.1:0")) { pool in
                let port = try Self.port(of: pool.url)
                let proxy = try Proxy(to: port)
                defer { proxy.end() }
                var url = pool.url
                url.replaceSubrange(try #require(url.firstRange(of: ":\(port)")), with: ":\(proxy.port)")
                let daemon = try Child.daemon(url, of: pool)
                try await pool.hasDaemons(1)
                #expect(pool.status.keyExchanges == 1)
                let mirai = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                for round in 1...2 {
                    proxy.cut()
                    try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                    proxy.restore()
                    try await pool.hasDaemons(1)
                    #expect(pool.status.resumptions == round)
                }
                try SignalFile.write(files("gate.release"))
                #expect(try await mirai.value.attempt == 1)
                #expect(pool.status.keyExchanges == 1)
                #expect(pool.status.counts.joined == 1)
                await pool.close()
                try await daemon.isOver()
            }
        }

        /// Such a task runs on the thread of its connection, which then has to be handed on with its cipher.
        @Test(
            "A task that turns out long does not keep its connection from heartbeats and stops",
            arguments: ["tls+tcp://127.0.0.1:0", "ws://127.0.0.1:0", "wss://127.0.0.1:0"])
        func longAfterShort(url: String) async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.test(1).with { daemons in
                daemons.url = url
                daemons.heartbeat = .milliseconds(100)
                daemons.limits.suspectAfter = .seconds(5)
            }
            try await withPool(daemons) { pool in
                try await pool.ready(1, timeout: .seconds(30))
                for name in ["first", "second"] {
                    _ = try await pool.map((0..<300).map { Add($0, 0) }).collect()
                    let mirai = pool.mirai(Gate(files(name)))
                    try await appears(files("\(name).started"))
                    let asked = ContinuousClock.now
                    try await eventually("it is heard of again") {
                        pool.status.daemons.first.map { $0.silence < ContinuousClock.now - asked } == true
                    }
                    #expect(mirai.stop())
                    try await appears(files("\(name).cancelled"))
                    // What is sent meanwhile arrives whole.
                    let large = [UInt8](repeating: 3, count: 2_000_000)
                    #expect(try await pool.mirai(Echo(large)).value == large)
                }
                #expect(pool.status.counts.joined == 1)
                #expect(pool.status.keyExchanges == 1)
            }
        }

        @Test("A relay joins with a key from a file and from standard input", arguments: [false, true])
        func relay(fromStandardInput: Bool) async throws {
            try await withPool(.listening(at: "tls+tcp://127.0.0.1:0")) { pool async throws in
                let key = try #require(pool.daemonKeyFile)
                let program = "\(Program.hayate) dispatcher -n 2 --program \(Program.testDaemon)"
                let words =
                    fromStandardInput ? "--key-file - \(pool.url) < \(key)" : "--key-file \(key) \(pool.url)"
                let relay = try Child("/bin/sh", ["-c", "exec \(program) \(words)"])
                try await pool.ready(2, timeout: .seconds(30))
                let places = try await pool.map((0..<20).map { _ in WhereAmI() }).collect()
                #expect(places.allSatisfy { $0.attempt == 1 && $0.process != relay.pid })
                await pool.close()
                try await relay.isOver()
                #expect(relay.exit == .exited(code: 0), "\(relay.lines)")
            }
        }
    }
}
