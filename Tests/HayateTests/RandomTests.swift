import Hayate
import HayateTestTasks
import Testing

/// R 4.2.2: `set.seed(1234, kind = "L'Ecuyer-CMRG")`, then `runif(1)` in that state and in those that
/// `parallel::nextRNGStream` gives: what R's mirai computes for twelve times `mirai(runif(1))` with
/// `daemons(…, seed = 1234)`.
private let firstUnits = [
    0.4729098173243092, 0.41261210125482578, 0.62208698489565706, 0.34925649562975186,
    0.77088559450213889, 0.60289936102998143, 0.43893327128564019, 0.32597344596927913,
    0.84622393059883683, 0.68337485081096394, 0.89254077841725254, 0.95316380710761817,
]

extension RealProcesses {
    @Suite("Random numbers") struct RandomTests {
        @Test("Q: a seed gives the same numbers whatever the number of daemons, and those of R")
        func seedGivesTheSameNumbers() async throws {
            let few = try await withPool(.test(2).seed(1234)) { pool in
                var units: [Double] = []
                for _ in 0..<4 { units += try await pool.mirai(Draw()).value }
                for result in try await pool.everywhere(Draw(3)) { _ = try result.get() }
                pool.resize(to: 3)
                try await pool.hasDaemons(3)
                let all = (0..<8).map { _ in pool.mirai(Draw()) }
                for mirai in all { units += try await mirai.value }
                return units
            }
            let many = try await withPool(.test(4).seed(1234)) { pool in
                _ = try await pool.everywhere(Draw())
                return try await pool.map((0..<12).map { _ in Draw() }).collect().flatMap { $0 }
            }
            #expect(few == firstUnits)
            #expect(many == firstUnits)
            let other = try await withPool(.test(1).seed(1235)) { pool in
                try await pool.mirai(Draw()).value
            }
            #expect(other != [firstUnits[0]])
        }

        @Test("a second start draws the same numbers again")
        func retriesDrawTheSame() async throws {
            let units = try await withPool(.test(2).seed(1234)) { pool in
                let all = (0..<6).map { pool.mirai(Draw(1, fatalAttempts: $0 == 2 ? 2 : 0)) }
                var units: [Double] = []
                for mirai in all { units += try await mirai.value }
                #expect(pool.status.counts.retried >= 2)
                return units
            }
            #expect(units == Array(firstUnits[..<6]))
        }

        @Test("chunks draw what their elements would have drawn", arguments: [1, 5, 12])
        func chunksDrawTheSame(_ size: Int) async throws {
            let units = try await withPool(.test(2).seed(1234)) { pool in
                try await pool.map((0..<12).map { _ in Draw(2) }, chunk: .size(size)).collect()
            }
            #expect(units.map { $0[0] } == firstUnits)
        }

        @Test("a chunk that is lost with its daemon draws the same again, element by element")
        func lostChunksDrawTheSame() async throws {
            let units = try await withPool(.test(2).seed(1234)) { pool in
                // In the chunk and in its own first attempt it ends its daemon, in its second it does not.
                try await pool.map(
                    (0..<12).map { Draw(1, fatalAttempts: $0 == 7 ? 1 : 0) }, chunk: .size(6)
                ).collect().flatMap { $0 }
            }
            #expect(units == firstUnits)
        }

        @Test("P: without a seed nothing is drawn twice")
        func nothingTwice() async throws {
            try await withPool(.test(4)) { pool in
                let mirais = (0..<2_000).map { _ in pool.mirai(DrawNumber()) }
                var numbers: Set<Double> = []
                for mirai in mirais { numbers.insert(try await mirai.value.number) }
                for drawn in try await pool.map((0..<8_000).map { _ in DrawNumber() }).collect() {
                    numbers.insert(drawn.number)
                }
                #expect(numbers.count == 10_000)
            }
        }

        @Test("without a seed each daemon has a stream of its own, which goes on from task to task")
        func daemonsHaveStreams() async throws {
            try await withPool(.test(0)) { pool in
                let before = try #require(MRG32k3a(state: pool.nextStream()))
                pool.resize(to: 1)
                let first = try await pool.mirai(DrawNumber()).value
                #expect(first.start == before.advancedByStreams(1).state)
                let second = try await pool.mirai(DrawNumber()).value
                #expect(second.start == first.end)
                pool.resize(to: 2)
                try await pool.hasDaemons(2)
                #expect(pool.nextStream() == before.advancedByStreams(3).state)
            }
            let other = try await withPool(.test(0)) { $0.nextStream() }
            let another = try await withPool(.test(0)) { $0.nextStream() }
            #expect(other != another)
        }

        @Test("L: a refused task uses no stream up")
        func refusedTasksUseNone() async throws {
            let daemons = Daemons.test(0).seed(1234).with { $0.limits.queuedTasks = 2 }
            try await withPool(daemons) { pool in
                let first = pool.mirai(Draw())
                let second = pool.mirai(Draw())
                for _ in 0..<100 {
                    let refused = pool.mirai(Draw())
                    #expect(try await failure(of: refused).code == .queueFull)
                }
                pool.resize(to: 2)
                #expect(try await first.value + second.value == Array(firstUnits[..<2]))
                #expect(try await pool.mirai(Draw()).value == [firstUnits[2]])
                // The host may take streams too.
                let mine = try #require(MRG32k3a(state: pool.nextStream()))
                var generator = mine
                #expect(generator.nextUnit() == firstUnits[3])
                #expect(try await pool.mirai(Draw()).value == [firstUnits[4]])
            }
        }
    }
}
