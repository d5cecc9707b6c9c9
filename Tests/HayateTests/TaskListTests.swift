import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Which task is where") struct TaskListTests {
        @Test("mirai's wish 4: which tasks wait and run, and where") func rows() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                try await pool.hasDaemons(1)
                #expect(pool.tasks().isEmpty)
                let running = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let urgent = pool.mirai(Add(3, 4), priority: 5)
                let waiting = pool.mirai(Add(1, 2))
                let rows = pool.tasks()
                #expect(rows.map(\.task) == [running.task, urgent.task, waiting.task])
                #expect(rows.map(\.state) == [.running, .queued, .queued])
                #expect(rows.map(\.attempt) == [1, 0, 0])
                #expect(rows.map(\.priority) == [0, 5, 0])
                #expect(rows[0].type == "HayateTestTasks.Gate")
                #expect(rows[1].type == "HayateTestTasks.Add")
                #expect(rows[0].daemon == pool.status.daemons.first?.name)
                #expect(rows[1].daemon == nil)
                #expect(rows.allSatisfy { $0.bytes > 0 && $0.age >= .zero })
                #expect(pool.tasks(limit: 2).count == 2)
                try SignalFile.write(files("gate.release"))
                #expect(try await urgent.value == 7)
                #expect(try await waiting.value == 3)
                try await pool.isQuiet()
                #expect(pool.tasks().isEmpty)
            }
        }

        @Test("mirai's wish 11: a follow-up on the same daemon") func sameDaemon() async throws {
            try await withPool(.test(3)) { pool in
                try await pool.hasDaemons(3)
                for _ in 0..<5 {
                    let left = try await pool.mirai(Remember(42)).value
                    let found = try await pool.mirai(Recall(), on: left.daemon).value
                    #expect(found.value == 42)
                    #expect(found.daemon == left.daemon)
                }
                let lost = try await failure(of: pool.mirai(Recall(), on: "nowhere:1"))
                #expect(lost.code == .daemonLost)
                #expect(lost.message.contains("nowhere:1"))
            }
        }
    }
}
