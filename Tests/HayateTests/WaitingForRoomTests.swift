import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// A full queue where nothing will ever make room.
    @Suite("Waiting for room") struct WaitingForRoomTests {
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
