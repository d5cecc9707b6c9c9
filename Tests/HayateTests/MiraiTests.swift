import Hayate
import HayateTestTasks
import Testing

/// Found by no other process: it is private.
private struct PrivateTask: RemoteTask {
    func run(in context: TaskContext) async throws -> Int { 1 }
}

extension RealProcesses {
    @Suite("One mirai") struct MiraiTests {
        @Test func givesTheValue() async throws {
            try await withPool(.test(1)) { pool async throws in
                let mirai = pool.mirai(Add(2, 3))
                #expect(try await mirai.value == 5)
                #expect(mirai.isResolved)
                #expect(mirai.poll() == .success(5))
                #expect(mirai.waitReason == nil)
                #expect(mirai.output == nil)
                // A copy is the same task.
                let copy = mirai
                #expect(try await copy.value == 5)
                #expect(copy.task == mirai.task)
            }
        }

        @Test func pollNeverWaits() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(Gate(files("gate")))
                #expect(!mirai.isResolved)
                #expect(mirai.poll() == nil)
                try await appears(files("gate.started"))
                #expect(mirai.poll() == nil)
                guard case .running(_, _, attempt: 1) = mirai.waitReason else {
                    Issue.record("waits for \(String(describing: mirai.waitReason))")
                    return
                }
                try SignalFile.write(files("gate.release"))
                #expect(try await mirai.value.attempt == 1)
                #expect(!mirai.stop(), "it has an outcome already")
            }
        }

        @Test func contextTellsTaskAndAttempt() async throws {
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(WhereAmI())
                let place = try await mirai.value
                #expect(place.task == mirai.task)
                #expect(place.attempt == 1)
                #expect(pool.localProcesses == [place.process])
            }
        }

        @Test func thrownErrorArrivesWithItsSurroundings() async throws {
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(Failing("the flux is negative"))
                let error = try await failure(of: mirai)
                #expect(error.code == .taskFailed)
                #expect(error.errorType == "HayateTestTasks.TestFailure")
                #expect(error.message == "the flux is negative")
                #expect(error.task == mirai.task)
                #expect(error.attempt == 1)
                let process = try #require(pool.localProcesses.first)
                #expect(error.daemon?.hasSuffix(":\(process)") == true)
                #expect(error.signal == nil)
                await #expect(throws: HayateError.self) { try await mirai.value }
                #expect(try await pool.mirai(Add(1, 1)).value == 2)
            }
        }

        @Test func privateAndLocalTypesAreRefusedAtOnce() async throws {
            struct LocalTask: RemoteTask {
                func run(in context: TaskContext) async throws -> Int { 1 }
            }
            try await withPool(.test(0)) { pool in
                for mirai in [pool.mirai(PrivateTask()), pool.mirai(LocalTask())] {
                    #expect(mirai.isResolved)
                    let error = try await failure(of: mirai)
                    #expect(error.code == .notSendable)
                    #expect(error.message.contains("Task is private or local to a function"))
                    #expect(error.message.contains("declare it at the top level"))
                }
            }
        }

        @Test func daemonWithoutTheTypeRefuses() async throws {
            try await withPool(.local(1, executable: Program.bareDaemon)) { pool in
                let error = try await failure(of: pool.mirai(Add(1, 2)))
                #expect(error.code == .refused)
                #expect(error.message.contains("has no task type"))
                #expect(error.message.contains("links the same module"))
                // It can do what ships with Hayate, before and after.
                let result = try await pool.mirai(Command("echo", "here")).value
                #expect(result.standardOutput.text == "here\n")
                #expect(try await failure(of: pool.mirai(Add(1, 2))).code == .refused)
            }
        }

        @Test func whatCannotBeCodedIsSaid() async throws {
            try await withPool(.test(1)) { pool in
                let unsendable = try await failure(of: pool.mirai(UnsendableTask()))
                #expect(unsendable.code == .notSendable)
                #expect(unsendable.message.contains("UnsendableTask cannot be encoded"))

                let unreadable = try await failure(of: pool.mirai(UnreadableTask()))
                #expect(unreadable.code == .refused)
                #expect(unreadable.message.contains("properties could not be read"))

                let result = try await failure(of: pool.mirai(UnsendableResult()))
                #expect(result.code == .refused)
                #expect(result.message.contains("result could not be encoded"))

                let answer = try await failure(of: pool.mirai(UnreadableResult()))
                #expect(answer.code == .malformed)
                #expect(answer.message.contains("could not be read"))

                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func twentyMegabytesComeBackIntact() async throws {
            try await withPool(.test(1)) { pool in
                var state: UInt64 = 42
                let bytes = (0..<(20 << 20) / 8).flatMap { _ in
                    state = SplitMix64.mix(state)
                    return withUnsafeBytes(of: state) { Array($0) }
                }
                async let small = pool.mirai(Add(1, 2)).value
                let echo = try await pool.mirai(Echo(bytes)).value
                // Not by `==` in the macro: it would describe twenty million numbers.
                let isEqual = echo == bytes
                #expect(isEqual)
                #expect(try await small == 3)
            }
        }

        @Test func raceGivesTheFirst() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool in
                let none: [Mirai<Int>] = []
                #expect(try await race(none) == nil)
                let slow = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let quick = pool.mirai(WhereAmI())
                #expect(try await race([slow, quick]) == 1)
                // Resolved already: at once, and the first in the list.
                let other = pool.mirai(WhereAmI())
                _ = try await other.value
                #expect(try await race([slow, other, quick]) == 1)
                // A failure is an outcome too.
                let failing = pool.mirai(Failing("x"))
                #expect(try await race([failing]) == 0)

                let waiting = Task { try await race([slow]) }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                #expect(!slow.isResolved, "a cancelled race leaves its tasks alone")
                try SignalFile.write(files("gate.release"))
                #expect(try await race([slow]) == 0)
            }
        }

        @Test func aThousandOfAllKinds() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(2)) { pool async throws in
                var values: [(Int, Mirai<Int>)] = []
                var failures: [(Int, Mirai<Int>)] = []
                var stopped: [Mirai<Place>] = []
                var late: [Mirai<Int>] = []
                for number in 0..<1000 {
                    switch number % 10 {
                    case 0: failures.append((number, pool.mirai(Failing("\(number)"))))
                    case 1:
                        let mirai = pool.mirai(Gate(files("never")))
                        #expect(mirai.stop())
                        stopped.append(mirai)
                    case 2: late.append(pool.mirai(Add(number, 0), timeout: .zero))
                    default: values.append((number, pool.mirai(Add(number, number))))
                    }
                }
                for (number, mirai) in values { #expect(try await mirai.value == 2 * number) }
                for (number, mirai) in failures {
                    #expect(try await failure(of: mirai).message == "\(number)")
                }
                for mirai in stopped { #expect(try await failure(of: mirai).code == .cancelled) }
                for mirai in late {
                    // It may have been quicker than the clock.
                    if case .failure(let error) = await mirai.result {
                        #expect(error.code == .timedOut)
                    }
                }
                try await pool.isQuiet()
                #expect(pool.status.counts.resolved == 1000)
                #expect(pool.status.counts.accepted == 1000)
            }
        }
    }
}
