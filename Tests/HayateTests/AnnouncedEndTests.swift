import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// Signals that announce a daemon's end, as batch schedulers send them.
    @Suite("Announced ends") struct AnnouncedEndTests {
        private func isDraining(_ pool: Pool) async throws {
            try await eventually("the host knows") {
                pool.status.daemons.contains { $0.state == .draining }
            }
        }

        @Test("A signal lets the task end, its result comes once, and the daemon leaves",
            arguments: [SIGTERM, SIGUSR1, SIGUSR2, SIGINT])
        func drains(signal: Int32) async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let daemon = try Child.daemon(pool.url, of: pool)
                let running = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                kill(daemon.pid, signal)
                kill(daemon.pid, SIGCONT)
                try await isDraining(pool)
                let later = pool.mirai(WhereAmI())
                let other = try Child.daemon(pool.url, of: pool)
                #expect(try await later.value.process == other.pid)
                #expect(!running.isResolved && !SignalFile.exists(files("gate.cancelled")))
                #expect(daemon.exit == nil)
                try SignalFile.write(files("gate.release"))
                #expect(try await running.value.attempt == 1)
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 0))
                try await pool.isQuiet()
                #expect(pool.status.counts.resolved == 2)
                #expect(pool.status.counts.retried == 0)
                #expect(pool.status.counts.lost == 0)
                await pool.close()
                try await other.isOver()
            }
        }

        @Test("What a warned daemon held unstarted runs elsewhere, at its first attempt")
        func givesBack() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.listening(at: "tcp://127.0.0.1:0").withoutDispatcher()
            try await withPool(daemons) { pool in
                let warned = try Child.daemon(pool.url, of: pool)
                let running = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let held = (0..<20).map { _ in pool.mirai(WhereAmI()) }
                try await eventually("all are sent") { pool.status.daemons.first?.held == 21 }
                kill(warned.pid, SIGTERM)
                let other = try Child.daemon(pool.url, of: pool)
                for mirai in held {
                    let place = try await mirai.value
                    #expect(place.process == other.pid)
                    #expect(place.attempt == 1)
                }
                #expect(!running.isResolved)
                try SignalFile.write(files("gate.release"))
                #expect(try await running.value.process == warned.pid)
                try await warned.isOver()
                #expect(warned.exit == .exited(code: 0))
                await pool.close()
                try await other.isOver()
            }
        }

        @Test("Ten daemons that were warned and killed are not the fault of the task that they ran")
        func nobodyIsBlamed() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let task = pool.mirai(Gate(files("gate")), retry: RetryPolicy(losses: 3))
                for _ in 1...10 {
                    let daemon = try Child.daemon(pool.url, ["--reconnect-within", "20ms"], of: pool)
                    try await appears(files("gate.started"))
                    kill(daemon.pid, SIGTERM)
                    try await isDraining(pool)
                    unlink(files("gate.started"))
                    kill(daemon.pid, SIGKILL)
                    try await daemon.isOver()
                    try await eventually("it is lost") { pool.status.daemons.isEmpty }
                }
                try SignalFile.write(files("gate.release"))
                let last = try Child.daemon(pool.url, of: pool)
                #expect(try await task.value.attempt == 11)
                await pool.close()
                try await last.isOver()
            }
        }

        @Test("A task that may start once says which signal took its daemon")
        func theReasonIsSaid() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let daemon = try Child.daemon(pool.url, ["--reconnect-within", "20ms"], of: pool)
                let task = pool.mirai(Gate(files("gate")), retry: .never)
                try await appears(files("gate.started"))
                kill(daemon.pid, SIGTERM)
                try await isDraining(pool)
                kill(daemon.pid, SIGKILL)
                let error = try await failure(of: task)
                #expect(error.code == .daemonLost)
                #expect(error.message.contains("its batch job ended (SIGTERM)"))
            }
        }

        @Test("A signal to the daemon is none to the program that its task runs")
        func commandsGoOn() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let daemon = try Child.daemon(pool.url, of: pool)
                let script = "echo $$ > \(files("started")); "
                    + "while [ ! -e \(files("release")) ]; do sleep 0.01; done; echo whole"
                let command = pool.mirai(Command("sh", "-c", script))
                try await appears(files("started"))
                kill(daemon.pid, SIGTERM)
                try await isDraining(pool)
                try SignalFile.write(files("release"))
                let result = try await command.value
                #expect(result.exit.succeeded)
                #expect(result.standardOutput.text == "whole\n")
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 0))
            }
        }

        @Test("A second SIGTERM ends the daemon at once")
        func twice() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let daemon = try Child.daemon(pool.url, of: pool)
                _ = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                kill(daemon.pid, SIGTERM)
                try await isDraining(pool)
                #expect(daemon.exit == nil)
                try await eventually("it ends") {
                    kill(daemon.pid, SIGTERM)
                    return daemon.exit != nil
                }
                #expect(daemon.exit == .signalled(number: SIGTERM, coreDumped: false))
            }
        }

        @Test("A daemon without a host leaves at once")
        func withoutAHost() async throws {
            let daemon = try Child.daemon("tcp://127.0.0.1:1", ["--no-capture"])
            try await eventually("it listens to signals") {
                let line = SignalFile.lines("/proc/\(daemon.pid)/status").first { $0.hasPrefix("SigCgt:") }
                let mask = line.flatMap { $0.split(separator: "\t").last }.flatMap { UInt64($0, radix: 16) } ?? 0
                return mask & 1 << UInt64(SIGINT - 1) != 0
            }
            kill(daemon.pid, SIGTERM)
            try await daemon.isOver()
            #expect(daemon.exit == .exited(code: 0))
        }

        @Test("With its host away a warned daemon ends its task, and then itself")
        func hostAway() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let port = try #require(pool.url.split(separator: ":").last.flatMap { UInt16($0) })
                let proxy = try Proxy(to: port)
                defer { proxy.end() }
                let options = ["--autoexit", "never", "--lease", "300ms"]
                let daemon = try Child.daemon(proxy.url, options, of: pool)
                _ = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                proxy.cut()
                try await eventually("it is away") { pool.status.daemons.first?.state == .away }
                kill(daemon.pid, SIGTERM)
                try SignalFile.write(files("gate.release"))
                try await appears(files("gate.finished"))
                try await daemon.isOver()
                #expect(daemon.exit == .exited(code: 0))
                #expect(!SignalFile.exists(files("gate.cancelled")))
            }
        }

        /// The second host of a daemon hears of less time than the first.
        @Test func wallTimeCountsFromTheStart() async throws {
            let files = try TemporaryDirectory()
            let address = Daemons.listening(at: "ipc://" + files("socket"))
            func left(_ pool: Pool) async throws -> Duration {
                try await pool.hasDaemons(1)
                let daemon = try #require(pool.status.daemons.first)
                // What it said when it joined.
                return try #require(daemon.timeLeft) + daemon.age
            }
            let options = ["--walltime", "1h", "--autoexit", "never"]
            let daemon = try Child.daemon("ipc://" + files("socket"), options)
            let first = try await withPool(address) { try await left($0) }
            let second = try await withPool(address) { pool in
                let second = try await left(pool)
                await pool.close(endingAll: true)
                return second
            }
            try await daemon.isOver()
            #expect(first < .seconds(3600))
            #expect(second < first)
        }

        @Test func timeRequestsWaitForDaemonsWithEnoughTime() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let short = try Child.daemon(pool.url, ["--walltime", "10m"], of: pool)
                try await pool.hasDaemons(1)
                let long = pool.mirai(WhereAmI(), timeRequest: .seconds(3600))
                let mapped = Task {
                    try await pool.map([WhereAmI(), WhereAmI()], timeRequest: .seconds(3600)).collect()
                }
                let fitting = pool.mirai(WhereAmI(), timeRequest: .seconds(60))
                #expect(try await fitting.value.process == short.pid)
                #expect(try await pool.mirai(WhereAmI()).value.process == short.pid)
                guard case .needsTime(.seconds(3600), mostLeft: let left) = long.waitReason else {
                    Issue.record("waits for \(String(describing: long.waitReason))")
                    return
                }
                #expect(left <= .seconds(600))
                try await eventually("the pool says so") {
                    pool.status.stalled?.contains("the daemon with the most time left has") == true
                }
                let other = try Child.daemon(pool.url, ["--walltime", "2h"], of: pool)
                let place = try await long.value
                #expect(place.process == other.pid)
                #expect(place.attempt == 1)
                #expect(try await mapped.value.allSatisfy { $0.process == other.pid })
                await pool.close()
                try await short.isOver()
                try await other.isOver()
            }
        }

        @Test func aPoolWithoutAQueueRefusesTimeRequests() async throws {
            try await withPool(.test(1).withoutDispatcher()) { pool in
                let error = try await failure(of: pool.mirai(WhereAmI(), timeRequest: .seconds(1)))
                #expect(error.code == .invalidArgument)
                #expect(error.message.contains("withoutDispatcher"))
            }
        }
    }
}
