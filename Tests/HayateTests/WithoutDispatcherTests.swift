import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Without a dispatcher") struct WithoutDispatcherTests {
        @Test func tasksGoInTurn() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(3).withoutDispatcher()) { pool async throws in
                try await pool.ready()
                var processes: [Int32] = []
                for _ in 0..<9 { processes.append(try await pool.mirai(WhereAmI()).value.process) }
                #expect(Set(processes).count == 3)
                for index in 3..<9 { #expect(processes[index] == processes[index - 3]) }

                // Each has its own backlog, and nobody helps the one that is busy.
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let busy = try number(in: files("gate.started"))
                let others = (0..<8).map { _ in pool.mirai(WhereAmI()) }
                #expect(pool.status.counts.waiting == 0)
                var free = 0
                for (index, mirai) in others.enumerated() where index % 3 != 2 {
                    #expect(try await mirai.value.process != busy)
                    free += 1
                }
                #expect(free == 6)
                #expect(!others[2].isResolved && !others[5].isResolved)
                #expect(pool.info.awaiting == 2)
                #expect(pool.info.executing == 1)
                try SignalFile.write(files("gate.release"))
                #expect(try await gate.value.process == busy)
                #expect(try await others[2].value.process == busy)
                #expect(try await others[5].value.process == busy)
                let all = try await pool.map((0..<2_000).map { Add($0, 0) }).collect()
                #expect(all == Array(0..<2_000))
            }
        }

        @Test("Tasks of a lost daemon go to the others, or end as their policy says")
        func lostDaemon() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2).withoutDispatcher()) { pool async throws in
                try await pool.ready()
                let gates = [
                    pool.mirai(Gate(files("a"), onlyFirstAttempt: true)),
                    pool.mirai(Gate(files("b"), onlyFirstAttempt: true)),
                ]
                try await appears(files("a.started"))
                try await appears(files("b.started"))
                let victim = try number(in: files("a.started"))
                let again = [pool.mirai(WhereAmI()), pool.mirai(WhereAmI())]
                let once = [
                    pool.mirai(WhereAmI(), retry: .never), pool.mirai(WhereAmI(), retry: .never),
                ]
                #expect(pool.status.counts.waiting == 0)
                kill(victim, SIGKILL)
                // One of the two that may start once was behind the lost task; it had not started, but
                // nobody knows.
                #expect(try await failure(of: once[0]).code == .daemonLost)
                #expect(try await gates[0].value.attempt == 2)
                try SignalFile.write(files("b.release"))
                #expect(try await gates[1].value.attempt == 1)
                for mirai in again { #expect(try await mirai.value.process != victim) }
                #expect(try await once[1].value.process != victim)
            }
        }

        @Test("N: limits, and daemons that join and leave")
        func limits() async throws {
            try await withPool(.testListening().withoutDispatcher()) { pool async throws in
                let first = try Child.daemon(pool.url, ["--maxtasks", "1"])
                let mirais = (0..<2).map { _ in pool.mirai(WhereAmI()) }
                #expect(try await mirais[0].value.process == first.pid)
                try await first.isOver()
                try await eventually("it is gone") { pool.info.connections == 0 }
                #expect(pool.info.awaiting == 1)
                let second = try Child.daemon(pool.url)
                #expect(try await mirais[1].value.process == second.pid)
                #expect(pool.info.cumulative == 2)
                let third = try Child.daemon(pool.url)
                try await pool.ready(2)
                let places = try await pool.map((0..<10).map { _ in WhereAmI() }).collect()
                #expect(places.count { $0.process == third.pid } == 5)
            }
        }

        @Test("mirai's defect: race returns at once for a pool at a URL without dispatcher")
        func racing() async throws {
            try await withPool(.testListening().withoutDispatcher()) { pool async throws in
                let mirais = [pool.mirai(Add(1, 2)), pool.mirai(Add(3, 4))]
                let winner = Task { try await race(mirais) }
                for _ in 0..<1_000 { await Task.yield() }
                #expect(!mirais[0].isResolved && !mirais[1].isResolved)
                try pool.launch()
                let index = try #require(try await winner.value)
                #expect(mirais[index].isResolved)
            }
        }
    }
}
