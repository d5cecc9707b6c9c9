import Hayate
import HayateTestTasks
import Synchronization
import Testing

/// Numbers as tasks; tells how many were taken.
private struct CountedInput: Sequence, Sendable {
    final class Count: Sendable {
        let taken = Atomic<Int>(0)
    }

    let length: Int
    let count = Count()

    func makeIterator() -> AnyIterator<Add> {
        var next = 0
        return AnyIterator {
            guard next < length else { return nil }
            next += 1
            count.taken.add(1, ordering: .relaxed)
            return Add(next - 1, 0)
        }
    }

    var taken: Int { count.taken.load(ordering: .relaxed) }
}

extension RealProcesses {
    @Suite("Map") struct MapTests {
        @Test func streamsInTheOrderOfCompletion() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let tasks = (0..<20).map { number in
                    Gate(files(number == 0 ? "closed" : "open"))
                }
                try SignalFile.write(files("open.release"))
                var order: [Int] = []
                for try await element in pool.map(tasks) {
                    order.append(element.index)
                    if order.count == 19 { try SignalFile.write(files("closed.release")) }
                }
                #expect(order.last == 0)
                #expect(order.sorted() == Array(0..<20))
            }
        }

        @Test func collectsInTheOrderOfTheInput() async throws {
            try await withPool(.test(2)) { pool in
                let values = try await pool.map((0..<500).map { Add($0, 1) }).collect()
                #expect(values == Array(1...500))
            }
        }

        @Test func emptyInput() async throws {
            try await withPool(.test(0)) { pool in
                let none: [Add] = []
                #expect(try await pool.map(none).collect().isEmpty)
                #expect(try await pool.map(none).collectResults().isEmpty)
                for try await element in pool.map(none) { Issue.record("\(element)") }
            }
        }

        @Test func firstFailureStopsTheRest() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let tasks = (0..<2000).map { number in
                    AppendLine(
                        files("effects"), "\(number)", pauseMilliseconds: 3, fails: number == 9)
                }
                let error = await #expect(throws: HayateError.self) {
                    try await pool.map(tasks).collect()
                }
                #expect(error?.code == .taskFailed)
                #expect(error?.message == "the task of line 9 fails")
                try await pool.isQuiet()
                let count = SignalFile.lines(files("effects")).count
                #expect(count < 1000, "the rest was stopped")
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(SignalFile.lines(files("effects")).count == count)
            }
        }

        @Test func resultsKeepGoing() async throws {
            try await withPool(.test(2)) { pool in
                let tasks = (0..<300).map { FailingAt($0, divisor: 7) }
                let results = try await pool.map(tasks).collectResults()
                #expect(results.count == 300)
                for (number, result) in results.enumerated() {
                    switch result {
                    case .success(let value):
                        #expect(value == number)
                        #expect(number % 7 != 0)
                    case .failure(let error):
                        #expect(error.message == "\(number) is a multiple of 7")
                    }
                }
                var indices: Set<Int> = []
                for try await element in pool.map(tasks).results { indices.insert(element.index) }
                #expect(indices.count == 300)
            }
        }

        @Test func leavingTheLoopStopsTheRest() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let tasks = (0..<2000).map {
                    AppendLine(files("effects"), "\($0)", pauseMilliseconds: 3)
                }
                var seen = 0
                for try await _ in pool.map(tasks) {
                    seen += 1
                    if seen == 5 { break }
                }
                try await pool.isQuiet()
                let count = SignalFile.lines(files("effects")).count
                #expect(count >= 5)
                #expect(count < 1000)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(SignalFile.lines(files("effects")).count == count)
            }
        }

        @Test func cancellingTheConsumerStopsTheRest() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let tasks = [Gate(files("gate")), Gate(files("other"))]
                let consumer = Task { try await pool.map(tasks).collect() }
                try await appears(files("gate.started"))
                consumer.cancel()
                await #expect(throws: (any Error).self) { try await consumer.value }
                try await appears(files("gate.cancelled"))
                try await pool.isQuiet()
                #expect(!SignalFile.exists(files("other.started")))
            }
        }

        @Test func hundredThousandElements() async throws {
            try await withPool(.test(2)) { pool in
                let values = try await pool.map((0..<100_000).map { Add($0, 1) }).collect()
                let isRight = values == Array(1...100_000)
                #expect(isRight)
            }
        }

        @Test func inputLongerThanTheQueue() async throws {
            let daemons = Daemons.test(2).with { $0.limits.queuedTasks = 10 }
            try await withPool(daemons) { pool in
                let values = try await pool.map((0..<1000).map { Add($0, 0) }).collect()
                #expect(values == Array(0..<1000))
                // Two that share the short queue do not wait for each other for ever.
                async let first = pool.map((0..<300).map { Add($0, 0) }).collect()
                async let second = pool.map((0..<300).map { Add($0, 1) }).collect()
                #expect(try await first == Array(0..<300))
                #expect(try await second == Array(1...300))
            }
        }

        @Test func queueBoundRefusesAndSubmitWaits() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.test(1).with { $0.limits.queuedTasks = 2 }
            try await withPool(daemons) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let queued = [pool.mirai(Add(1, 0)), pool.mirai(Add(2, 0))]
                let refused = pool.mirai(Add(3, 0))
                #expect(refused.isResolved)
                let error = try await failure(of: refused)
                #expect(error.code == .queueFull)
                #expect(error.message.contains("submit or map"))

                let submission = Task { try await pool.submit(Add(4, 0)) }
                let impatient = Task { try await pool.submit(Add(5, 0)) }
                impatient.cancel()
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                #expect(try await submission.value.value == 4)
                for (mirai, value) in zip(queued, 1...) { #expect(try await mirai.value == value) }
                _ = await impatient.result
            }
        }

        @Test func inputIsTakenAsThereIsRoom() async throws {
            let input = CountedInput(length: .max)
            try await withPool(.test(1)) { pool in
                #expect(input.taken == 0)
                let map = pool.map(input)
                #expect(input.taken == 0, "nothing happens before it is iterated")
                var sum = 0
                for try await element in map {
                    sum += element.value
                    if element.index >= 20_000 { break }
                }
                #expect(sum > 0)
                #expect(input.taken > 20_000)
                #expect(input.taken < 40_000, "no further than needed")
            }
        }

        @Test func mapsSideBySideAndInsideEachOther() async throws {
            try await withPool(.test(2)) { pool in
                async let first = pool.map((0..<2000).map { Add($0, 1) }).collect()
                async let second = pool.map((0..<2000).map { Add($0, 2) }).collect()
                #expect(try await first == Array(1...2000))
                #expect(try await second == Array(2...2001))

                var total = 0
                for try await outer in pool.map((0..<20).map { Add($0, 0) }) {
                    let inner = try await pool.map((0..<10).map { Add($0, outer.value) }).collect()
                    total += inner.reduce(0, +)
                }
                #expect(total == 20 * 45 + 10 * 190)
            }
        }

        @Test func taskThatCannotTravelIsThrown() async throws {
            try await withPool(.test(1)) { pool in
                let error = await #expect(throws: HayateError.self) {
                    try await pool.map([UnsendableTask()]).collect()
                }
                #expect(error?.code == .notSendable)
            }
        }
    }
}
