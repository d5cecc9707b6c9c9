import Glibc
import Hayate
import HayateTestTasks
import Synchronization
import Testing

extension RealProcesses {
    /// Wish 16: to be rid of code that does not look whether anybody wants it.
    @Suite("Cancelling code that does not listen") struct CancellationTests {
        private func daemons(_ count: Int) -> Daemons {
            Daemons.test(count).with { $0.limits.stopGrace = .milliseconds(300) }
        }

        @Test(
            "Wish 16: the queue moves on within the grace, and other daemons notice nothing",
            arguments: [Rough.Way.busyLoop, .sleeps])
        func queueMovesOn(way: Rough.Way) async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons(2)) { pool in
                try await pool.hasDaemons(2)
                let neighbour = pool.mirai(Gate(files("neighbour")))
                try await appears(files("neighbour.started"))
                let deaf = pool.mirai(Rough(way, files("deaf")))
                try await appears(files("deaf"))
                let process = try number(in: files("deaf"))
                let behind = pool.mirai(WhereAmI())
                let start = ContinuousClock.now
                #expect(deaf.stop())
                #expect(try await failure(of: deaf).code == .cancelled)
                let place = try await behind.value
                #expect(ContinuousClock.now - start < .seconds(5))
                #expect(place.process != process)
                #expect(!isAlive(process))
                // The neighbour was not disturbed.
                try SignalFile.write(files("neighbour.release"))
                let started = try number(in: files("neighbour.started"))
                let there = try await neighbour.value
                #expect(there.process == started)
                #expect(there.attempt == 1)
                try await pool.hasDaemons(2)
            }
        }

        @Test("Wish 16: a command that ignores SIGTERM ends with its whole group")
        func stubbornCommand() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons(1)) { pool in
                let script = "trap '' TERM; echo $$ > \(files("partial")); "
                    + "mv \(files("partial")) \(files("pid")); while :; do sleep 1; done"
                let command = pool.mirai(Command("/bin/sh", "-c", script))
                try await appears(files("pid"))
                let process = try number(in: files("pid"))
                let behind = pool.mirai(Add(1, 2))
                #expect(command.stop())
                #expect(try await behind.value == 3)
                try await eventually("the command is gone") { !isAlive(process) }
            }
        }

        @Test("Wish 16: time that runs out ends a busy loop too")
        func timeout() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons(1)) { pool async throws in
                let deaf = pool.mirai(Rough(.busyLoop, files("deaf")), timeout: .milliseconds(500))
                #expect(try await failure(of: deaf).code == .timedOut)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("O: a stopped task, queued or running, has had no effect, and its daemon stays")
        func stoppedQueuedThenRunning() async throws {
            let files = try TemporaryDirectory()
            try await withPool(Daemons.test(1).cleanUp([])) { pool in
                let process = try await pool.mirai(WhereAmI()).value.process
                let running = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let queued = pool.mirai(AppendLine(files("effect"), "queued"))
                #expect(queued.stop())
                #expect(running.stop())
                #expect(try await failure(of: queued).code.number >= 20)
                #expect(try await failure(of: running).code.number >= 20)
                #expect(!queued.stop() && !running.stop())
                let sleeping = (0..<10).map { pool.mirai(Gate(files("sleeper\($0)"))) }
                try await appears(files("sleeper0.started"))
                #expect(sleeping.allSatisfy { $0.stop() })
                try await pool.isQuiet()
                #expect(try await pool.mirai(WhereAmI()).value.process == process)
                #expect(!SignalFile.exists(files("effect")))
                #expect((0..<10).allSatisfy { !SignalFile.exists(files("sleeper\($0).finished")) })
                #expect(pool.status.counts.daemons == 1)
            }
        }

        @Test("O: 25 cancels in a row, of running tasks and of failing maps, leave the daemon alive")
        func manyCancels() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let process = try await pool.mirai(WhereAmI()).value.process
                for round in 0..<25 {
                    let gate = pool.mirai(Gate(files("gate\(round)")))
                    try await appears(files("gate\(round).started"))
                    #expect(gate.stop())
                    await #expect(throws: HayateError.self) {
                        _ = try await pool.map((0..<5).map { Failing("element \($0)") }).collect()
                    }
                }
                #expect(try await pool.mirai(WhereAmI()).value.process == process)
                #expect(pool.status.counts.joined == 1)
            }
        }

        @Test("T: a button behind a blocking task counts as soon as the task is cancelled")
        func blockedCounter() async throws {
            let files = try TemporaryDirectory()
            try await withPool(daemons(1)) { pool in
                let counter = Collected<Int>()
                func increment() { pool.mirai(Add(1, 0)).onResolved { _ in counter.append(1) } }
                increment()
                try await eventually("0 becomes 1") { counter.all.count == 1 }
                let block = pool.mirai(Rough(.sleeps, files("block")))
                try await appears(files("block"))
                increment()
                try await eventually("it waits") { pool.status.counts.waiting == 1 }
                #expect(counter.all.count == 1)
                #expect(block.stop())
                try await eventually("1 becomes 2", within: .seconds(5)) { counter.all.count == 2 }
            }
        }
    }
}
