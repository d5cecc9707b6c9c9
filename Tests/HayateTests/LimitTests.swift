import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Limits of daemons") struct LimitTests {
        @Test func maximumTasks() async throws {
            try await withPool(.test(1).maximumTasks(3)) { pool in
                var counts: [Int32: Int] = [:]
                let mirais = (0..<12).map { _ in pool.mirai(WhereAmI()) }
                for mirai in mirais {
                    let place = try await mirai.value
                    #expect(place.attempt == 1)
                    counts[place.process, default: 0] += 1
                }
                #expect(counts.count == 4)
                #expect(counts.values.allSatisfy { $0 == 3 })
            }
        }

        @Test func idleDaemonsLeaveAndComeBackOnDemand() async throws {
            try await withPool(.test(2).idleTime(.milliseconds(200))) { pool in
                try await eventually("both have joined") { pool.status.counts.joined == 2 }
                for round in 0..<3 {
                    try await eventually("round \(round): they leave") {
                        pool.localProcesses.isEmpty && pool.status.daemons.isEmpty
                    }
                    let places = try await pool.map((0..<10).map { _ in WhereAmI() }).collect()
                    #expect(places.allSatisfy { $0.attempt == 1 })
                }
            }
        }

        @Test func wallTime() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1).wallTime(.milliseconds(300))) { pool in
                // What runs at that time may end.
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let first = try number(in: files("gate.started"))
                let next = pool.mirai(WhereAmI())
                try await eventually("it is draining") {
                    pool.status.daemons.contains { $0.state == .draining }
                }
                try SignalFile.write(files("gate.release"))
                #expect(try await gate.value.process == first)
                let place = try await next.value
                #expect(place.process != first)
                #expect(place.attempt == 1)
                try await eventually("it is gone") { !isAlive(first) }
            }
        }

        @Test func resizing() async throws {
            try await withPool(.test(1)) { pool in
                try await pool.hasDaemons(1)
                pool.resize(to: 3)
                try await pool.hasDaemons(3)
                pool.resize(to: 0)
                try await eventually("all are gone") { pool.localProcesses.isEmpty }
                let waiting = pool.mirai(Add(1, 2))
                #expect(waiting.waitReason == .noDaemons)
                pool.resize(to: 1)
                #expect(try await waiting.value == 3)
            }
        }
    }
}
