import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Chunks") struct ChunkTests {
        @Test("many tiny elements travel together, and give the same values")
        func tinyElementsTravelTogether() async throws {
            try await withPool(.test(2)) { pool in
                let values = try await pool.map((0..<100_000).map { Add($0, 1) }).collect()
                #expect(values == Array(1...100_000))
                #expect(pool.status.counts.accepted < 50_000)
                let single = pool.status.counts.accepted
                let alone = try await pool.map((0..<3_000).map { Add($0, 1) }, chunk: .none).collect()
                #expect(alone == Array(1...3_000))
                #expect(pool.status.counts.accepted - single == 3_000)
            }
        }

        @Test("elements that are not tiny travel alone")
        func longElementsTravelAlone() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let tasks = (0..<400).map { AppendLine(files("lines"), "\($0)", pauseMilliseconds: 1) }
                _ = try await pool.map(tasks).collect()
                #expect(pool.status.counts.accepted == 400)
            }
        }

        @Test("each element has its own outcome", arguments: [1, 2, 7, 1000, 1005, 5000])
        func eachHasItsOwnOutcome(_ size: Int) async throws {
            try await withPool(.test(2)) { pool in
                let tasks = (0..<1005).map { FailingAt($0, divisor: 7) }
                let results = try await pool.map(tasks, chunk: .size(size)).collectResults()
                #expect(results.count == 1005)
                for (number, result) in results.enumerated() {
                    switch result {
                    case .success(let value):
                        #expect(value == number && number % 7 != 0)
                    case .failure(let error):
                        #expect(error.code == .taskFailed)
                        #expect(error.message == "\(number) is a multiple of 7")
                        #expect(error.task != nil && error.attempt == 1 && error.daemon != nil)
                        #expect(error.errorType?.hasSuffix("TestFailure") == true)
                    }
                }
                // On a busy machine chunks may give their ends back, element by element.
                let chunks = UInt64((1005 + size - 1) / size)
                let accepted = pool.status.counts.accepted
                #expect(size == 1 ? accepted == chunks : accepted >= chunks)
            }
        }

        @Test("only the element that ends its daemons is poisoned")
        func blameIsPerElement() async throws {
            let daemons = Daemons.test(2).with { daemons in
                daemons.replacement.burst = 50
                daemons.replacement.perSecond = 100
            }
            try await withPool(daemons) { pool in
                let tasks = (0..<100).map { FatalAt($0, fatal: 42) }
                let results = try await pool.map(
                    tasks, retry: RetryPolicy(losses: 2), chunk: .size(20)
                ).collectResults()
                #expect(results.count == 100)
                for (number, result) in results.enumerated() {
                    switch result {
                    case .success(let value): #expect(value == number)
                    case .failure(let error):
                        #expect(number == 42)
                        #expect(error.code == .poisoned)
                        #expect(error.message.contains("took 2 daemons down"))
                    }
                }
                #expect((try? results[42].get()) == nil)
            }
        }

        @Test("a chunk that turns out to be long gives the rest back")
        func longChunksGiveBack() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let tasks = (0..<10).map { AppendLine(files("lines"), "\($0)", pauseMilliseconds: 30) }
                let results = try await pool.map(tasks, chunk: .size(10)).collectResults()
                #expect(results.allSatisfy { (try? $0.get()) != nil })
                #expect(SignalFile.lines(files("lines")).sorted() == (0..<10).map { "\($0)" })
                // One ran in the chunk, nine came back.
                #expect(pool.status.counts.accepted == 10)
            }
        }

        @Test("stopping a map reaches the elements of its chunks")
        func stoppingReachesElements() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let tasks = (0..<6).map { Gate(files("gate\($0)")) }
                let consumer = Task { try await pool.map(tasks, chunk: .size(3)).collect() }
                try await appears(files("gate0.started"))
                consumer.cancel()
                await #expect(throws: (any Error).self) { try await consumer.value }
                try await appears(files("gate0.cancelled"))
                try await pool.isQuiet()
                for number in 1..<6 { #expect(!SignalFile.exists(files("gate\(number).started"))) }
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test("what must not be put together is not")
        func whatIsNeverChunked() async throws {
            try await withPool(.test(1)) { pool in
                func accepted(_ map: TaskMap<[Add]>) async throws -> UInt64 {
                    let before = pool.status.counts.accepted
                    #expect(try await map.collect().count == 40)
                    return pool.status.counts.accepted - before
                }
                let tasks = (0..<40).map { Add($0, 0) }
                let together = try await accepted(pool.map(tasks, chunk: .size(10)))
                // More than four only where the machine was busy and a chunk gave its end back.
                #expect(together >= 4 && together < 40)
                for map in [
                    pool.map(tasks, timeout: .seconds(60), chunk: .size(10)),
                    pool.map(tasks, retry: .never, chunk: .size(10)),
                    pool.map(tasks, retry: .backoff(attempts: 2), chunk: .size(10)),
                ] {
                    let alone = try await accepted(map)
                    #expect(alone == 40)
                }
                let before = pool.status.counts.accepted
                let commands = [Command](repeating: Command("/bin/true"), count: 8)
                #expect(try await pool.map(commands, chunk: .size(4)).collect().count == 8)
                #expect(pool.status.counts.accepted - before == 8)
            }
            try await withPool(.test(1).maximumTasks(5_000)) { pool in
                _ = try await pool.map((0..<4_000).map { Add($0, 0) }).collect()
                #expect(pool.status.counts.accepted == 4_000)
            }
        }

        @Test("elements that print keep their own output")
        func printingElementsKeepTheirOutput() async throws {
            try await withPool(.test(1)) { pool in
                let results = try await pool.map((0..<3_000).map { PrintsNumber($0) }).collectResults()
                for (number, result) in results.enumerated() {
                    guard case .failure(let error) = result else { continue }
                    #expect(error.output?.text == "this is \(number)\n")
                }
                #expect(pool.status.counts.accepted == 3_000)
            }
        }

        @Test("a daemon that lacks the elements' type says so of each")
        func unknownTypes() async throws {
            let daemons = Daemons.local(1, executable: Program.bareDaemon)
            try await withPool(daemons) { pool in
                let results = try await pool.map(
                    (0..<6).map { Add($0, 0) }, chunk: .size(3)
                ).collectResults()
                #expect(results.count == 6)
                for result in results {
                    guard case .failure(let error) = result else { continue }
                    #expect(error.code == .refused)
                    #expect(error.message.contains("has no task type"))
                }
                #expect(results.allSatisfy { (try? $0.get()) == nil })
            }
        }
    }
}
