import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// What each feature promises, where it meets another one.
    @Suite("Where features meet") struct SeamTests {
        private static let sumOfFifty = (1...50).reduce(0, +)

        @Test("tasks of tasks draw the same numbers whatever the daemons") func seedsOfChildren() async throws {
            func units(_ daemons: Daemons) async throws -> [[Double]] {
                try await withPool(daemons.seed(7)) { pool in
                    try await pool.map((0..<6).map { _ in DrawWithChildren(4) }).collect()
                }
            }
            let one = try await units(.test(1))
            #expect(try await units(.test(3)) == one)
            #expect(try await units(.test(2).withoutDispatcher()) == one)
            #expect(try await units(.synchronous) == one)
            let all = one.flatMap { $0 }
            // Each its own number, two of each mirai, one of each element.
            let expected = 6 * 13
            #expect(all.count == expected)
            #expect(Set(all).count == expected)
        }

        @Test("a child leaves its parent's surroundings alone") func cleanUpAndChildren() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let found = try await pool.mirai(TidyParent(files.path)).value
                #expect(found == ["here", files.path, "open", "same process"])
                let later = try await pool.mirai(GetVariable("HAYATE_TEST_PARENT")).value
                #expect(later[1] == "")
            }
        }

        @Test("elements of a chunk do not see each other's surroundings", arguments: [1, 50])
        func cleanUpAndChunks(size: Int) async throws {
            try await withPool(.test(1)) { pool in
                let seen = try await pool.map((0..<200).map { SeesAndSets($0) }, chunk: .size(size))
                    .collect()
                #expect(seen.allSatisfy { $0.isEmpty })
            }
        }

        @Test("shared contents travel with chunks", arguments: [ChunkPolicy.none, .size(100), .automatic])
        func sharedInChunks(chunk: ChunkPolicy) async throws {
            let array = try SharedArray((0..<5_000).map { Int32($0) })
            try await withPool(.test(2)) { pool in
                let values = try await pool.map((0..<5_000).map { ElementOf($0, of: array) }, chunk: chunk)
                    .collect()
                #expect(values == (0..<5_000).map { Int32($0) })
                // 50 if every chunk were full; an idle daemon gets what there is.
                if chunk == .size(100) { #expect(pool.status.counts.accepted < 1_000) }
            }
        }

        @Test("tasks of tasks mean shared contents by number") func sharedByChildren() async throws {
            // Two daemons, 100 children each: in place they would be 400 MB on the wire.
            let array = try SharedArray((0..<100_000).map { Int32($0) })
            let expected = stride(from: 0, to: 100_000, by: 1_000).reduce(6, +)
            for daemons in [Daemons.test(2), .test(1).withoutDispatcher(), .synchronous] {
                try await withPool(daemons) { pool in
                    let sums = try await pool.map([SumByChildren(array), SumByChildren(array)])
                        .collect()
                    #expect(sums == [expected, expected])
                    #expect(pool.status.memory.peak < 1 << 20)
                }
            }
        }

        @Test("tasks of tasks in a synchronous pool") func childrenInThisProcess() async throws {
            try await withPool(.synchronous) { pool in
                #expect(try await pool.mirai(Fibonacci(6)).value == 8)
                let sum = try await pool.mirai(SumOfChildren(50)).value
                #expect(sum == Self.sumOfFifty)
            }
        }

        @Test("tasks of tasks behind a relay") func childrenBehindARelay() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let relay = try Relay(to: pool.url, .test(1))
                #expect(try await pool.mirai(Fibonacci(6)).value == 8)
                let sum = try await pool.mirai(SumOfChildren(50)).value
                #expect(sum == Self.sumOfFifty)
                await relay.close()
            }
        }

        @Test("errors and interrupts behind a relay are what they would be without it")
        func errorsBehindARelay() async throws {
            try await withPool(.listening(at: "tcp://127.0.0.1:0")) { pool in
                let relay = try Relay(to: pool.url, .test(1))
                let thrown = try await failure(of: pool.mirai(Throwing(.codable)))
                #expect(thrown.thrown(as: FluxError.self) != nil)
                #expect(thrown.fields["star"] != nil)
                let interrupted = try await failure(of: pool.mirai(Throwing(.cancellation)))
                #expect(interrupted.code == .interrupted)
                #expect(interrupted.attempt == 1)
                await relay.close()
            }
        }

        @Test("what an element of a chunk submitted does not outlive it", arguments: [1, 10])
        func childrenOfElements(size: Int) async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let elements = (0..<10).map { LeavesAChild(files("child\($0)")) }
                _ = try await pool.map(elements, chunk: .size(size)).collect()
                try await pool.isQuiet()
                #expect(TemporaryDirectory.names(in: files.path).isEmpty)
            }
        }

        @Test("what a child throws reaches its parent as it was") func errorsOfChildren() async throws {
            try await withPool(.test(1)) { pool in
                let error = try await pool.mirai(PassesOn()).value
                #expect(!error.star.isEmpty)
            }
        }

        @Test("without a dispatcher, with a seed, shared contents and limits at once")
        func roundRobinWithEverything() async throws {
            let array = try SharedArray((0..<100).map { Int32($0) })
            let daemons = Daemons.test(2).withoutDispatcher().seed(1).maximumTasks(40)
            try await withPool(daemons) { pool in
                let mirais = (0..<100).map { pool.mirai(ElementOf($0, of: array)) }
                for (index, mirai) in mirais.enumerated() {
                    let value = try await mirai.value
                    #expect(value == Int32(index))
                }
                #expect(pool.info.cumulative > 2)
            }
        }
    }
}
