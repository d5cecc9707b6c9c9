import Glibc
@testable import Hayate
import HayateLaunch
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Faults of other machines") struct RemoteFaultTests {
        /// Starts tasks that wait at a gate each, so that a cut meets them while they run.
        private func gates(_ count: Int, in pool: Pool, _ files: TemporaryDirectory) async throws -> [Mirai<Place>] {
            let mirais = (0..<count).map { pool.mirai(Gate(files("gate\($0)"))) }
            for number in 0..<count { try await appears(files("gate\(number).started")) }
            return mirais
        }

        private func release(_ count: Int, _ files: TemporaryDirectory) throws {
            for number in 0..<count { try SignalFile.write(files("gate\(number).release")) }
        }

        @Test(
            "Tunnels are cut while tasks run, and heal at their ports: none is lost or run twice",
            arguments: [false, true])
        func cutTunnelsHeal(isSilent: Bool) async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            try await machines.withPool(machines.daemons(["n1", "n2"], 2).tunnelled()) { pool in
                try await pool.hasDaemons(4)
                let processes = Set(pool.homes.keys)
                let running = try await gates(4, in: pool, files)
                let waiting = (0..<200).map { _ in pool.mirai(WhereAmI()) }
                for name in ["n1", "n2"] {
                    if isSilent {
                        machines[name].die()
                        machines[name].notice()
                    } else {
                        machines[name].goAway()
                        machines[name].cut()
                    }
                }
                // They end while their host cannot be told.
                try release(4, files)
                for number in 0..<4 { try await appears(files("gate\(number).finished")) }
                for name in ["n1", "n2"] {
                    machines[name].refuse(nil)
                    // The last one's port is still taken when the next connection asks for it.
                    if isSilent {
                        try await eventually("it is connected to again") { machines[name].dials >= 2 }
                        machines[name].freePorts()
                    }
                }
                for mirai in running { #expect(try await mirai.value.attempt == 1) }
                for mirai in waiting { #expect(try await mirai.value.attempt == 1) }
                try await pool.hasDaemons(4)
                #expect(Set(pool.homes.keys) == processes)
                #expect(pool.info.cumulative == 4)
            }
        }

        @Test("In the direct way the end of the connection is nothing to tasks")
        func cutMeansNothingToDirectDaemons() async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            try await machines.withPool(machines.daemons(["n1"], 2)) { pool in
                try await pool.hasDaemons(2)
                let running = try await gates(2, in: pool, files)
                machines["n1"].goAway()
                machines["n1"].cut()
                try release(2, files)
                for mirai in running { #expect(try await mirai.value.attempt == 1) }
                #expect(try await pool.map(0..<100, { Add($0, 1) }).collect() == Array(1...100))
                #expect(pool.info.cumulative == 2)
                machines["n1"].refuse(nil)
            }
        }

        @Test("A killed daemon's task starts elsewhere at once, and it is replaced", arguments: [false, true])
        func killedDaemon(isTunnelled: Bool) async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            let daemons = machines.daemons(["n1", "n2"], 1)
            try await machines.withPool(isTunnelled ? daemons.tunnelled() : daemons) { pool in
                try await pool.hasDaemons(2)
                let mirai = pool.mirai(Gate(files("gate"), onlyFirstAttempt: true))
                try await appears(files("gate.started"))
                let victim = try number(in: files("gate.started"))
                kill(victim, SIGKILL)
                let place = try await mirai.value
                #expect(place.attempt == 2)
                #expect(place.process != victim)
                try await eventually("another one in its place") { pool.info.cumulative == 3 }
                try await pool.hasDaemons(2)
                #expect(pool.homes.values.sorted() == ["n1", "n2"])
                let error = try await failure(of: pool.mirai(Fatal(.exit), retry: .never))
                #expect(error.code == .daemonLost)
                #expect(error.exit == .exited(code: 3))
            }
        }

        @Test("Machines that refuse for ever do not concern the others; when all do, tasks end with the reasons")
        func refusedForEver() async throws {
            let machines = try TestMachines()
            machines["n1"].refuse(RemoteError(host: "n1", .authenticate, "no key was accepted: add one to the agent"))
            machines["n3"].goAway()
            let some = machines.daemons(["n1", "n2", "n3"], 2, patience: .milliseconds(500))
            try await machines.withPool(some) { pool in
                #expect(try await pool.map(0..<100, { Add($0, 1) }).collect() == Array(1...100))
                try await eventually("both have been given up") {
                    pool.status.starting == 0 && pool.status.daemons.count == 2
                }
                #expect(machines["n1"].dials == 1)
            }
            try await machines.withPool(machines.daemons(["n1", "n3"], 2, patience: .milliseconds(500))) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("n1: logging in failed: no key was accepted: add one to the agent"))
                #expect(error.message.contains("n3: connecting failed: connection refused"))
                let stalled = try #require(pool.lastFailure)
                #expect(stalled.message.contains("failed"))
                // It is used as soon as it answers.
                machines["n3"].refuse(nil)
                try await pool.hasDaemons(2)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("When the answer to a start is lost, what it started is the pool's, and no others are started")
        func lostAnswer() async throws {
            let machines = try TestMachines()
            machines["n1"].loseAnswer(to: "/keeper.new")
            try await machines.withPool(machines.daemons(["n1"], 2).tunnelled()) { pool in
                try await pool.hasDaemons(2)
                try await eventually("it is connected to again") { machines["n1"].dials == 2 }
                #expect(try await pool.map(0..<100, { Add($0, 1) }).collect() == Array(1...100))
                #expect(pool.info.cumulative == 2)
            }
        }

        @Test("A program that cannot be started is said with its machine, exit code and words")
        func programThatCannotBeStarted() async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            try SignalFile.write(files("program"), "#!/nonexistent/interpreter\n")
            chmod(files("program"), 0o755)
            let daemons = machines.daemons(["n1"], 1, program: .installed(files("program")))
            try await machines.withPool(daemons) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("n1: starting a daemon failed: exit code 127: "))
                #expect(error.message.contains("not found"))
            }
        }

        @Test("A program that never dials in is ended, and said")
        func programThatNeverDialsIn() async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            try SignalFile.write(files("program"), "#!/bin/sh\nexec sleep 1000\n")
            chmod(files("program"), 0o755)
            var daemons = machines.daemons(["n1"], 2, program: .installed(files("program")))
            daemons.replacement.joinWithin = .milliseconds(300)
            daemons.replacement.failures = 2
            try await machines.withPool(daemons) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("n1: starting a daemon failed: it did not dial in in time"))
                try await eventually("nothing of it runs") {
                    !machines.processes.contains { $0.contains("sleep 1000") }
                }
            }
        }

        @Test("Daemons that shall finish their task do so after the end of their pool, and leave nothing")
        func finishingAfterTheEnd() async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            let daemons = machines.daemons(["n1"], 2).autoExit(.afterTask).with { $0.options.lease = .seconds(2) }
            try await withDaemons(daemons) { pool in
                try await pool.hasDaemons(2)
                _ = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
            }
            #expect(isAlive(try number(in: files("gate.started"))))
            try SignalFile.write(files("gate.release"))
            try await appears(files("gate.finished"))
            try await eventually("nothing is left", within: .seconds(30)) {
                machines.processes.isEmpty && machines.remains.isEmpty
            }
        }

        @Test("Behind others the direct way is refused with the remedy")
        func noOwnAddress() async throws {
            let machines = try TestMachines()
            machines["n1"].hideOwnAddress()
            try await machines.withPool(machines.daemons(["n1"])) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .noDaemons)
                #expect(error.message.contains("take the tunnel"))
            }
        }

        @Test("A machine that is away at the end is named, and does not keep the pool")
        func awayAtTheEnd() async throws {
            let machines = try TestMachines()
            let files = try TemporaryDirectory()
            var daemons = machines.daemons(["n1", "n2"], 1).tunnelled()
            daemons.options.lease = .seconds(2)
            try await withDaemons(daemons) { pool in
                // One that does not know yet that it was let in would try for longer than its lease.
                let running = try await gates(2, in: pool, files)
                try release(2, files)
                for mirai in running { _ = try await mirai.value }
                machines["n2"].goAway()
                machines["n2"].cut()
            }
            // They have noticed by themselves.
            try await eventually("nothing is left", within: .seconds(30)) {
                machines.processes.isEmpty && machines.remains.isEmpty
            }
        }

        @Test("A killed host leaves nothing there after the lease: no process and no file")
        func killedHost() async throws {
            let machines = try TestMachines()
            let home = machines["there"].home
            let host = try Child(Program.testDaemon, ["remote-host", home])
            try await eventually("its daemons are there") { host.line("daemons") != nil }
            let daemons = try #require(host.line("daemons")).compactMap { Int32($0) }
            #expect(daemons.count == 2 && daemons.allSatisfy { isAlive($0) })
            try await appears(home + "/gate.started")
            kill(host.pid, SIGKILL)
            try await host.isOver()
            try await eventually("its daemons and their keepers are gone", within: .seconds(30)) {
                machines.processes.isEmpty
            }
            #expect(machines.remains.allSatisfy { $0.hasPrefix("there/gate.") })
        }
    }
}
