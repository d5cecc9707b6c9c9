import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// A full queue where nothing will ever make room.
    @Suite("Waiting for room") struct WaitingForRoomTests {
        @Test func waitingForRoomCountsAgainstTheTimeout() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(0).maximumMemory(1)) { pool in
                let waiting = pool.mirai(Gate(files("gate")))
                let late = try await pool.submit(Add(1, 2), timeout: .milliseconds(50))
                #expect(try await failure(of: late).code == .timedOut)
                #expect(pool.status.counts.accepted == 1)
                waiting.stop()
                let taken = try await pool.submit(Add(1, 2), timeout: .seconds(20))
                #expect(!taken.isResolved)
            }
        }

        @Test func cancellingASuspendedSubmissionEndsIt() async throws {
            let daemons = Daemons.local(0).with { $0.limits.queuedTasks = 1 }
            try await withDaemons(daemons) { pool in
                let first = pool.mirai(Add(1, 2))
                let second = Task { try await pool.submit(Add(3, 4)) }
                second.cancel()
                await #expect(throws: CancellationError.self) { try await second.value }
                // The queue is as it was: one waits, and a second is still refused.
                #expect(pool.status.counts.waiting == 1)
                let third = pool.mirai(Add(5, 6))
                #expect(third.isResolved)
                first.stop()
            }
        }
    }
}
