import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Daemons that dial in") struct ExternalDaemonTests {
        private static func port(_ pool: Pool) throws -> UInt16 {
            try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
        }

        @Test func waitingWithoutDaemonsSaysWhy() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                #expect(pool.url.hasPrefix("tcp://127.0.0.1:"))
                #expect(!pool.url.hasSuffix(":0"))
                #expect(pool.status.stalled == nil)
                let mirai = pool.mirai(Add(1, 2))
                #expect(mirai.waitReason == .noDaemons)
                #expect(pool.status.stalled?.contains(pool.url) == true)
                let daemon = try Child.daemon(pool.url)
                #expect(try await mirai.value == 3)
                #expect(pool.status.stalled == nil)
                await pool.close()
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 0))
            }
        }

        @Test(arguments: ["tcp://127.0.0.1:0", "tcp://[::1]:0", "ipc"])
        func frozenDaemonsLateAnswerIsDropped(url: String) async throws {
            let files = try TemporaryDirectory()
            let address = url == "ipc" ? "ipc://" + files("socket") : url
            let daemons = Daemons.listening(at: address).with { daemons in
                daemons.heartbeat = .milliseconds(100)
                daemons.limits.suspectAfter = .milliseconds(400)
                daemons.limits.lostAfter = .seconds(1)
            }
            try await withPool(daemons) { pool in
                let children = [try Child.daemon(pool.url), try Child.daemon(pool.url)]
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(Gate(files("gate"), onlyFirstAttempt: true))
                try await appears(files("gate.started"))
                let frozen = try number(in: files("gate.started"))
                #expect(children.contains { $0.pid == frozen })
                kill(frozen, SIGSTOP)
                defer { kill(frozen, SIGCONT) }
                let place = try await mirai.value
                #expect(place.attempt == 2)
                #expect(place.process != frozen)
                #expect(pool.status.counts.joined == 2)

                // Its task can end now, and it does answer; nobody listens to that.
                try SignalFile.write(files("gate.release"))
                kill(frozen, SIGCONT)
                try await eventually("it is back as a new daemon") {
                    pool.status.counts.joined == 3
                }
                try await pool.hasDaemons(2)
                #expect(try await mirai.value == place)
                #expect(pool.status.counts.resolved == 1)
                // It works again.
                try await eventually("both answer") {
                    let places = try await pool.map((0..<20).map { _ in WhereAmI() }).collect()
                    return Set(places.map(\.process)) == Set(children.map(\.pid))
                }
                await pool.close()
                for child in children { try await child.isOver() }
            }
        }

        @Test func cutConnectionDoesNotRestartTheTask() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let proxy = try Proxy(to: try Self.port(pool))
                defer { proxy.end() }
                let daemon = try Child.daemon(proxy.url, of: pool)
                try await pool.hasDaemons(1)

                // Cut and restored while it runs.
                let running = pool.mirai(Gate(files("running")))
                try await appears(files("running.started"))
                proxy.cut()
                try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                guard case .daemonAway = running.waitReason else {
                    Issue.record("waits for \(String(describing: running.waitReason))")
                    return
                }
                proxy.restore()
                try await pool.hasDaemons(1)
                #expect(!running.isResolved)
                try SignalFile.write(files("running.release"))
                #expect(try await running.value.attempt == 1)

                // It ends while the connection is cut; its result comes afterwards.
                let ending = pool.mirai(Gate(files("ending")))
                let queued = pool.mirai(WhereAmI())
                try await appears(files("ending.started"))
                proxy.cut()
                try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                try SignalFile.write(files("ending.release"))
                try await appears(files("ending.finished"))
                #expect(!ending.isResolved)
                proxy.restore()
                #expect(try await ending.value.attempt == 1)
                #expect(try await queued.value.attempt == 1)
                #expect(try await queued.value.process == daemon.pid)
                #expect(pool.status.counts.joined == 1)
                #expect(pool.status.counts.resolved == 3)
                await pool.close()
                try await daemon.isOver()
            }
        }

        /// Also where the task was expected to be short, and therefore runs on the connection's thread.
        @Test(arguments: [false, true])
        func daemonLeavesWhenItsHostIsGoneForGood(isUsedToShortTasks: Bool) async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let proxy = try Proxy(to: try Self.port(pool))
                defer { proxy.end() }
                let daemon = try Child.daemon(proxy.url, ["--lease", "300ms"], of: pool)
                if isUsedToShortTasks {
                    _ = try await pool.map((0..<200).map { Add($0, 0) }).collect()
                }
                let mirai = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                proxy.cut()
                try await daemon.isOver()
                #expect(SignalFile.exists(files("gate.cancelled")))
                #expect(!mirai.isResolved, "the pool still hopes")
            }
        }

        @Test func noHostToDial() async throws {
            let daemon = try Child.daemon(
                "tcp://127.0.0.1:1", ["--connect-within", "300ms", "--no-capture"])
            try await daemon.isOver()
            #expect(daemon.exit == .exited(code: 75))
            #expect(daemon.lines.contains { $0.contains("no host answered at tcp://127.0.0.1:1") })
        }
    }
}
