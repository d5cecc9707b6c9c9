import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Tasks of tasks") struct NestedTests {
        @Test func oneDaemonMapsAHundredChildren() async throws {
            try await withPool(.test(1)) { pool in
                #expect(try await pool.mirai(SumOfChildren(100)).value == 5050)
                #expect(pool.localProcesses.count == 1)
                #expect(pool.status.counts.joined == 1)
                try await pool.isQuiet()
            }
        }

        @Test(arguments: [1, 2])
        func recursion(daemons: Int) async throws {
            try await withPool(.test(daemons)) { pool in
                #expect(try await pool.mirai(Fibonacci(6)).value == 8)
                #expect(pool.localProcesses.count == daemons)
                try await pool.isQuiet()
            }
        }
    }
}
