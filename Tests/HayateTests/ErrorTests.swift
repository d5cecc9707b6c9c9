import Hayate
import HayateTestTasks
import Testing

@Suite("Numbers of error codes") struct ErrorNumberTests {
    @Test func eachCodeHasItsOwnNumberAndIsFoundByIt() {
        let codes = HayateError.Code.allCases
        #expect(Set(codes.map(\.number)).count == codes.count)
        for code in codes { #expect(HayateError.Code(number: code.number) == code) }
        #expect(HayateError.Code(number: 0) == nil)
        #expect(HayateError.Code(number: 99) == nil)
    }

    @Test("mirai's numbers: 5 timed out, 7 closed, 19 lost daemon, 20 stopped")
    func numbersAreMirais() {
        #expect(HayateError.Code.timedOut.number == 5)
        #expect(HayateError.Code.closed.number == 7)
        #expect(HayateError.Code.daemonLost.number == 19)
        #expect(HayateError.Code.cancelled.number == 20)
    }
}

extension RealProcesses {
    @Suite("Errors as values") struct ErrorTests {
        @Test func codableErrorComesBackAsItself() async throws {
            try await withPool(.test(1)) { pool in
                let error = try await failure(of: pool.mirai(Throwing(.codable)))
                #expect(error.code == .taskFailed)
                #expect(error.errorType == "HayateTestTasks.FluxError")
                #expect(
                    error.thrown(as: FluxError.self)
                        == FluxError(star: "HD 1", flux: -1.5, limits: [0, 2]))
                #expect(error.thrown(as: HayateError.self) == nil)
                #expect(error.fields == ["star": "HD 1", "flux": "-1.5", "limits": "[0.0, 2.0]"])
                #expect(error.underlying == nil)
            }
        }

        @Test func fieldsOfAnyErrorArriveWithTheErrorItHolds() async throws {
            try await withPool(.test(1)) { pool in
                let error = try await failure(of: pool.mirai(Throwing(.plain)))
                #expect(error.errorType == "HayateTestTasks.PlainError")
                #expect(error.thrown(as: FluxError.self) == nil)
                #expect(error.fields["code"] == "7")
                #expect(error.fields["place"] == "disk")
                let inner = try #require(error.underlying)
                #expect(inner.errorType == "HayateTestTasks.FluxError")
                #expect(inner.thrown(as: FluxError.self)?.star == "HD 1")
                #expect(error.description.contains("HD 1"))

                let diverged = try await failure(of: pool.mirai(Throwing(.diverged)))
                #expect(diverged.fields == ["case": "diverged", "step": "12", "name": "fit"])
                let rejected = try await failure(of: pool.mirai(Throwing(.rejected)))
                #expect(rejected.fields == ["case": "rejected", "0": "0.5"])
                let empty = try await failure(of: pool.mirai(Throwing(.empty)))
                #expect(empty.fields.isEmpty)
                #expect(empty.message == "empty")
            }
        }

        @Test func whatAnErrorCarriesIsBounded() async throws {
            try await withPool(.test(1)) { pool in
                let deep = try await failure(of: pool.mirai(Throwing(.deep)))
                var depth = 1
                var error = deep
                while let inner = error.underlying {
                    error = inner
                    depth += 1
                }
                #expect(depth == 4)
                let huge = try await failure(of: pool.mirai(Throwing(.huge)))
                #expect(huge.message.utf8.count < 70_000)
                #expect(huge.fields["star"]?.utf8.count ?? 0 < 2_000)
                #expect(huge.thrown(as: FluxError.self) == nil)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func errorOfATasksOwnTaskComesBackWithItsCode() async throws {
            try await withPool(.test(1)) { pool in
                let error = try await failure(of: pool.mirai(Throwing(.ofATask)))
                #expect(error.code == .taskFailed)
                #expect(error.thrown(as: HayateError.self)?.code == .timedOut)
            }
        }

        @Test func interruptedByItselfIsNotStopped() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let error = try await failure(of: pool.mirai(Throwing(.cancellation)))
                #expect(error.code == .interrupted)
                #expect(error.code.number == 1)
                #expect(error.errorType == "Swift.CancellationError")
                #expect(error.message.contains("nobody had stopped it"))

                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                gate.stop()
                #expect(try await failure(of: gate).code == .cancelled)
            }
        }

        @Test func catchAllOverEveryKindOfEnd() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")), timeout: .milliseconds(100))
                let lost = pool.mirai(Fatal(.kill), retry: .never)
                let failed = pool.mirai(Throwing(.codable))
                var numbers: [Int] = []
                for result in [await gate.result.mapError { $0 }.map { _ in 0 }, await lost.result,
                    await failed.result]
                {
                    if case .failure(let error) = result { numbers.append(error.code.number) }
                }
                #expect(numbers == [5, 19, 100])
            }
        }
    }

    @Suite("Promises") struct PromiseTests {
        @Test("M: an action on a mirai that fails gets the error, before and after it is resolved")
        func rejectedBothWays() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let calls = Collected<String>()
                let gate = pool.mirai(Gate(files("gate")))
                let mirai = pool.mirai(Failing("no licence"))
                mirai.onResolved { result in
                    if case .failure(let error) = result { calls.append("before: \(error)") }
                }
                #expect(calls.all.isEmpty)
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                try await eventually("the first call") { calls.all == ["before: no licence"] }
                mirai.onResolved { result in
                    if case .failure(let error) = result { calls.append("after: \(error)") }
                }
                try await eventually("the second call") {
                    calls.all == ["before: no licence", "after: no licence"]
                }
            }
        }

        @Test("M: a time-out rejects, a value fulfils, an interrupt is a value of its own")
        func timeOutValueAndInterrupt() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let numbers = Collected<Int>()
                @Sendable func number<Value>(_ result: Result<Value, HayateError>) -> Int {
                    if case .failure(let error) = result { error.code.number } else { 0 }
                }
                pool.mirai(Gate(files("gate")), timeout: .milliseconds(100))
                    .onResolved { numbers.append(number($0)) }
                try await eventually("the time-out") { numbers.all == [5] }
                pool.mirai(Add(1, 2)).onResolved { numbers.append(number($0)) }
                try await eventually("the value") { numbers.all == [5, 0] }
                pool.mirai(Throwing(.cancellation)).onResolved { numbers.append(number($0)) }
                try await eventually("the interrupt") { numbers.all == [5, 0, 1] }
            }
        }

        @Test("M: several actions of one mirai are called once each, beside those who wait")
        func eachOnce() async throws {
            try await withPool(.test(2)) { pool in
                let calls = Collected<Int>()
                for number in 0..<200 {
                    let mirai = pool.mirai(Add(number, 0))
                    for _ in 0..<3 {
                        mirai.onResolved { result in
                            if let value = try? result.get() { calls.append(value) }
                        }
                    }
                    #expect(try await mirai.value == number)
                }
                try await eventually("all calls") { calls.all.count == 600 }
                try await pool.isQuiet()
                #expect(calls.all.sorted() == (0..<200).flatMap { [$0, $0, $0] })
            }
        }

        @Test("M: the pool's end rejects what is left")
        func closingRejects() async throws {
            let codes = Collected<HayateError.Code>()
            try await withPool(.test(0)) { pool in
                pool.mirai(Add(1, 2)).onResolved { result in
                    if case .failure(let error) = result { codes.append(error.code) }
                }
            }
            try await eventually("the call") { codes.all == [.closed] }
        }

        @Test("M: errors of a map are kept as values beside the others")
        func mapKeepsErrorsAsValues() async throws {
            try await withPool(.test(2)) { pool in
                let results = try await pool.map((1...6).map { FailingAt($0, divisor: 3) })
                    .collectResults()
                let codes = results.map { result -> Int in
                    if case .failure(let error) = result { error.code.number } else { 0 }
                }
                #expect(codes == [0, 0, 100, 0, 0, 100])
            }
        }
    }
}
