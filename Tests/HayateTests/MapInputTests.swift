import Glibc
import Hayate
import HayateTestTasks
import Testing

@testable import Hayate

extension RealProcesses {
    @Suite("Inputs and results of maps") struct MapInputTests {
        @Test("G: a named list keeps its names")
        func namesAreKept() async throws {
            try await withPool(.test(2)) { pool in
                let values = try await pool.map([
                    "one": Add(0, 1), "three": Add(1, 2), "two": Add(1, 1),
                ]).collect()
                #expect(values.names == ["one", "three", "two"])
                #expect(values.values == [1, 3, 2])
                #expect(values["two"] == 2)
                #expect(values["four"] == nil)
                #expect(values.map { "\($0.name) is \($0.value)" }[1] == "three is 3")

                let dictionary = ["a": Add(1, 0), "b": Add(2, 0)]
                let outcomes = try await pool.map(dictionary).collectResults()
                #expect(Set(outcomes.names) == ["a", "b"])
                #expect(try outcomes["b"]?.get() == 2)

                let numbered = try await pool.map(named: zip([7, 5], [Add(7, 0), Add(5, 0)])).collect()
                #expect(numbered.names == [7, 5])
                var seen: [Int: Int] = [:]
                for try await (name, value) in pool.map(named: zip([7, 5], [Add(7, 1), Add(5, 1)])) {
                    seen[name] = value
                }
                #expect(seen == [7: 8, 5: 6])
            }
        }

        @Test("G: rows of a table are arguments, and their sums are 7, 7, 7")
        func rowsAreArguments() async throws {
            let files = try TemporaryDirectory()
            try SignalFile.write(files("rows.csv"), "c,a,b\n4,1,2\n3,2,2\n,3,4\n")
            try await withPool(.test(2)) { pool in
                let path = CSVRows<SumOfRow>(path: files("rows.csv"))
                #expect(try await pool.map(path).collect() == [7, 7, 7])
                // Rows in memory, and what is the same for all.
                let stars = (1...3).map {
                    Star(name: "s\($0)", flux: Double($0), isDouble: false, kind: .dwarf)
                }
                let texts = try await pool.map(stars) { Describe(star: $0, prefix: "is") }.collect()
                #expect(texts == ["is s1 1.0", "is s2 2.0", "is s3 3.0"])
                // Rows of a file, likewise.
                let made = path.tasks { Add($0.a, 100) }
                #expect(try await pool.map(made).collect() == [101, 102, 103])
            }
        }

        @Test("a row that cannot be read ends the map with its error")
        func badRowsEndTheMap() async throws {
            try await withPool(.test(1)) { pool in
                let text = "a,b\n" + (0..<500).map { $0 == 400 ? "x,1\n" : "\($0),1\n" }.joined()
                let error = await #expect(throws: HayateError.self) {
                    try await pool.map(CSVRows<SumOfRow>(text: text)).collect()
                }
                #expect(error?.code == .invalidArgument)
                #expect(error?.message == "line 402 of the table has \"x\" in column a, which is no Int")
                try await pool.isQuiet()
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                let missing = await #expect(throws: HayateError.self) {
                    try await pool.map(CSVRows<SumOfRow>(path: "/nowhere.csv")).collectResults()
                }
                #expect(missing?.code == .invalidArgument)
            }
        }

        @Test("G: flat and stop throw on a failing element, and the same pool still works")
        func flatAndStopThrow() async throws {
            try await withPool(.test(2)) { pool in
                let good = [(0, 3), (10, 0), (5, 2)].map { Counting(from: $0.0, count: $0.1) }
                let flat = try await pool.map(good).collectFlat()
                #expect(flat == [0, 1, 2, 5, 6])
                let bad = good + [Counting(from: 0, count: -1)]
                for _ in 0..<2 {
                    let flat = await #expect(throws: HayateError.self) {
                        try await pool.map(bad).collectFlat()
                    }
                    #expect(flat?.code == .taskFailed && flat?.message == "-1 is no count")
                    let stop = await #expect(throws: HayateError.self) { try await pool.map(bad).collect() }
                    #expect(stop?.message == "-1 is no count")
                    let draws = try await pool.map((0..<3).map { _ in Draw() }).collect()
                    #expect(draws.count == 3)
                }
            }
        }

        @Test("O: a map of ten sleeping tasks that is stopped has no effect and keeps the daemon")
        func stoppedMapHasNoEffect() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                try await pool.hasDaemons(1)
                let process = pool.localProcesses
                let gates = (0..<10).map { Gate(files("gate\($0)")) }
                let consumer = Task { try await pool.map(gates).collectResults() }
                try await appears(files("gate0.started"))
                consumer.cancel()
                await #expect(throws: (any Error).self) { try await consumer.value }
                try await pool.isQuiet()
                for number in 1..<10 { #expect(!SignalFile.exists(files("gate\(number).started"))) }
                #expect(pool.localProcesses == process)
                #expect(pool.status.counts.daemons == 1)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("O: 25 maps of five failing tasks leave the daemon alive",
            arguments: [.none, .size(2)] as [ChunkPolicy])
        func failingMapsLeaveTheDaemon(_ chunk: ChunkPolicy) async throws {
            try await withPool(.test(1)) { pool in
                try await pool.hasDaemons(1)
                let process = pool.localProcesses
                for _ in 0..<25 {
                    await #expect(throws: HayateError.self) {
                        try await pool.map((0..<5).map { Failing("\($0)") }, chunk: chunk).collect()
                    }
                }
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(pool.localProcesses == process)
            }
        }

        @Test("progress counts to the end")
        func progressCounts() async throws {
            try await withPool(.test(2)) { pool in
                let told = Collected<MapProgress>()
                let tasks = (0..<50).map { FailingAt($0, divisor: 10) }
                let results = try await pool.map(tasks).reporting(.calling(every: .zero) { told.append($0) })
                    .collectResults()
                #expect(results.count == 50)
                let all = told.all
                #expect(all.map(\.done) == Array(1...50) + [50])
                #expect(all.last?.failed == 5)
                #expect(all.allSatisfy { $0.total == 50 })
                #expect(zip(all, all.dropFirst()).allSatisfy { $0.elapsed <= $1.elapsed })
                #expect((all.last?.perSecond ?? 0) > 0)
                #expect(all.last?.remaining == .zero)

                let seldom = Collected<MapProgress>()
                _ = try await pool.map(tasks).reporting { seldom.append($0) }.collectResults()
                #expect(seldom.all.last?.done == 50)
                #expect(seldom.all.count < 50)

                // A stream does not know how long it is, values in memory and names do.
                let unknown = Collected<MapProgress>()
                let rows = CSVRows<SumOfRow>(text: "a,b\n1,2\n")
                #expect(try await pool.map(rows).collect(progress: .calling { unknown.append($0) }) == [3])
                #expect(unknown.all.last == unknown.all.last.map { var p = $0; p.total = nil; return p })
                let made = Collected<MapProgress>()
                _ = try await pool.map(1...3) { Add($0, 0) }.collect(progress: .calling { made.append($0) })
                #expect(made.all.last?.total == 3)
            }
        }

        @Test("the bar is drawn on a terminal, and nothing anywhere else")
        func barOnTerminals() async throws {
            var terminal: Int32 = -1
            var side: Int32 = -1
            try #require(openpty(&terminal, &side, nil, nil, nil) == 0)
            defer { close(terminal) }
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            try await withPool(.test(1)) { pool in
                let tasks = (0..<10).map { Add($0, 0) }
                for descriptor in [side, ends[1]] {
                    let values = try await pool.map(tasks)
                        .collect(progress: .terminal("sums", descriptor: descriptor))
                    #expect(values.count == 10)
                }
            }
            close(ends[1])
            var buffer = [UInt8](repeating: 0, count: 4096)
            #expect(read(ends[0], &buffer, buffer.count) == 0)
            close(ends[0])
            var bytes: [UInt8] = []
            while bytes.last != UInt8(ascii: "\n") {
                let count = read(terminal, &buffer, buffer.count)
                try #require(count > 0)
                bytes += buffer[..<count]
            }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("sums  ["))
            #expect(text.contains("10 of 10 (100 %)"))
            close(side)
        }
    }
}
