import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("The bound on waiting tasks") struct MemoryTests {
        /// 16 kB when encoded.
        private static let large = Echo([UInt8](repeating: 7, count: 16_000))

        @Test("K: used, peak and capacity, with and without a bound")
        func figures() async throws {
            for unbounded in [nil, 0, -1] as [Int?] {
                try await withPool(.test(1).maximumMemory(unbounded)) { pool async throws in
                    #expect(pool.status.memory.capacity == nil)
                    #expect(try await pool.mirai(Self.large).value.count == 16_000)
                }
            }
            try await withPool(.test(0).maximumMemory(1_000_000)) { pool async throws in
                #expect(pool.status.memory.used == 0)
                #expect(pool.status.memory.peak == 0)
                #expect(pool.status.memory.capacity == 1_000_000)
                let mirais = (0..<10).map { _ in pool.mirai(Self.large) }
                let used = pool.status.memory.used
                #expect(used > 160_000 && used < 170_000)
                // A stopped task gives back what it took; the peak stays.
                #expect(mirais[3].stop())
                #expect(mirais[9].stop())
                #expect(pool.status.memory.used == used / 10 * 8)
                #expect(pool.status.memory.peak == used)
                pool.resize(to: 1)
                for (index, mirai) in mirais.enumerated() where index != 3 && index != 9 {
                    #expect(try await mirai.value.count == 16_000)
                }
                #expect(pool.status.memory.used == 0)
                #expect(pool.status.memory.peak == used)
            }
        }

        @Test("L: a full queue refuses at once, and takes again after it is drained")
        func fullQueue() async throws {
            try await withPool(.test(0).maximumMemory(10_000)) { pool async throws in
                // Larger than the bound: an empty queue takes it all the same.
                let first = try #require(pool.tryMirai(Self.large))
                let start = ContinuousClock.now
                for _ in 0..<100 { #expect(pool.tryMirai(Self.large) == nil) }
                #expect(ContinuousClock.now - start < .seconds(1))
                #expect(try await failure(of: pool.mirai(Self.large)).code == .queueFull)
                #expect(pool.info.awaiting == 1, "what was refused does not count")
                let waiting = Task { try await pool.submit(Self.large) }
                pool.resize(to: 1)
                #expect(try await first.value.count == 16_000)
                #expect(try await waiting.value.value.count == 16_000)
                let again = try #require(pool.tryMirai(Self.large))
                #expect(try await again.value.count == 16_000)
            }
        }

        @Test("L: without a bound, and without a dispatcher, nothing is refused")
        func neverFull() async throws {
            for daemons in [Daemons.test(1).maximumMemory(nil), .test(1).withoutDispatcher(), .synchronous] {
                try await withPool(daemons) { pool async throws in
                    let tried = try #require(pool.tryMirai(Self.large))
                    let plain = pool.mirai(Self.large)
                    #expect(try await tried.value == plain.value)
                }
            }
        }
    }
}
