import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Time, order and stopping") struct TimeTests {
        @Test func timeRunsOutInTheQueue() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let late = pool.mirai(
                    AppendLine(files("effects"), "late"), timeout: .milliseconds(50))
                let error = try await failure(of: late)
                #expect(error.code == .timedOut)
                #expect(error.message.contains("while it waited for a daemon"))
                #expect(error.task == late.task)
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
                #expect(SignalFile.lines(files("effects")).isEmpty, "it never ran")
            }
        }

        @Test func timeRunsOutWhileRunning() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let process = try await pool.mirai(WhereAmI()).value.process
                let error = try await failure(
                    of: pool.mirai(Gate(files("gate")), timeout: .milliseconds(300)))
                #expect(error.code == .timedOut)
                #expect(error.message.contains("while it was running"))
                try await appears(files("gate.cancelled"))
                // It listened, so its daemon goes on.
                #expect(try await pool.mirai(WhereAmI()).value.process == process)
            }
        }

        @Test func stopsAQueuedTask() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let queued = pool.mirai(AppendLine(files("effects"), "queued"))
                guard case .queued(ahead: 0) = queued.waitReason else {
                    Issue.record("waits for \(String(describing: queued.waitReason))")
                    return
                }
                #expect(queued.stop())
                #expect(queued.isResolved)
                #expect(try await failure(of: queued).code == .cancelled)
                #expect(!queued.stop())
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                _ = try await pool.mirai(Add(1, 2)).value
                #expect(SignalFile.lines(files("effects")).isEmpty)
            }
        }

        @Test func stopsARunningTaskThatListens() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                #expect(gate.stop())
                #expect(try await failure(of: gate).code == .cancelled)
                try await appears(files("gate.cancelled"))
                let process = try await pool.mirai(WhereAmI()).value.process
                let started = try number(in: files("gate.started"))
                #expect(process == started)
            }
        }

        @Test func daemonOfATaskThatDoesNotListenIsReplaced() async throws {
            let files = try TemporaryDirectory()
            let daemons = Daemons.test(1).with { $0.limits.stopGrace = .milliseconds(200) }
            try await withPool(daemons) { pool in
                let stubborn = pool.mirai(Stubborn(started: files("started")))
                try await appears(files("started"))
                let process = try number(in: files("started"))
                #expect(stubborn.stop())
                #expect(try await failure(of: stubborn).code == .cancelled)
                let place = try await pool.mirai(WhereAmI()).value
                #expect(place.process != process)
                #expect(place.attempt == 1)
                #expect(!isAlive(process))
                #expect(pool.localProcesses == [place.process])
            }
        }

        @Test func cancellingTheWaiterStopsTheWork() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                let waiter = Task { try await gate.value }
                try await appears(files("gate.started"))
                waiter.cancel()
                let error = await #expect(throws: HayateError.self) { try await waiter.value }
                #expect(error?.code == .cancelled)
                try await appears(files("gate.cancelled"))
                #expect(gate.isResolved)
            }
        }

        @Test func cancelledBeforeItWaits() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let waiter = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await gate.value
                }
                waiter.cancel()
                await #expect(throws: HayateError.self) { try await waiter.value }
                try await appears(files("gate.cancelled"))
            }
        }

        @Test func higherPriorityFirstThenFirstInFirstOut() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let gate = pool.mirai(Gate(files("gate")))
                try await appears(files("gate.started"))
                let wanted: [(String, Int8)] = [
                    ("a0", 0), ("b5", 5), ("c-3", -3), ("d5", 5), ("e127", 127), ("f0", 0),
                    ("g-128", -128),
                ]
                let mirais = wanted.map { line, priority in
                    pool.mirai(AppendLine(files("order"), line), priority: priority)
                }
                try SignalFile.write(files("gate.release"))
                _ = try await gate.value
                for mirai in mirais { _ = try await mirai.value }
                #expect(
                    SignalFile.lines(files("order"))
                        == ["e127", "b5", "d5", "a0", "f0", "c-3", "g-128"])
            }
        }

        @Test func firstInFirstOutOnOneDaemon() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let mirais = (0..<500).map { pool.mirai(AppendLine(files("order"), "\($0)")) }
                for mirai in mirais { _ = try await mirai.value }
                #expect(SignalFile.lines(files("order")) == (0..<500).map { "\($0)" })
            }
        }

        @Test func failuresAreRetriedWithPauses() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let policy = RetryPolicy.backoff(attempts: 5, first: .milliseconds(10))
                let mirai = pool.mirai(SucceedsAt(files("third"), start: 3), retry: policy)
                #expect(try await mirai.value == 3)
                #expect(SignalFile.lines(files("third")) == ["1", "2", "3"])
                #expect(pool.status.counts.retried == 2)

                let short = RetryPolicy.backoff(attempts: 2, first: .milliseconds(10))
                let error = try await failure(
                    of: pool.mirai(SucceedsAt(files("never"), start: 3), retry: short))
                #expect(error.code == .taskFailed)
                #expect(error.attempt == 2)
                #expect(error.message == "failure of attempt 2")

                // Not asked for: not done.
                let once = try await failure(of: pool.mirai(SucceedsAt(files("once"), start: 3)))
                #expect(once.attempt == 1)
                #expect(SignalFile.lines(files("once")) == ["1"])
            }
        }

        @Test func retryPauseCanBeStoppedAndTimed() async throws {
            let files = try TemporaryDirectory()
            try await withPool(.test(1)) { pool in
                let policy = RetryPolicy.backoff(attempts: 9, first: .seconds(600))
                let stopped = pool.mirai(Failing("x"), retry: policy)
                try await eventually("the pause") {
                    stopped.waitReason == .retryPause(failures: 1)
                }
                #expect(stopped.stop())
                #expect(try await failure(of: stopped).code == .cancelled)
                let timed = pool.mirai(
                    SucceedsAt(files("count"), start: 2), timeout: .milliseconds(300),
                    retry: policy)
                let error = try await failure(of: timed)
                #expect(error.code == .timedOut)
                #expect(SignalFile.lines(files("count")) == ["1"])
            }
        }

        @Test func closingResolvesEverything() async throws {
            let files = try TemporaryDirectory()
            let pool = try Pool(.test(1))
            let gate = pool.mirai(Gate(files("gate")))
            try await appears(files("gate.started"))
            let queued = pool.mirai(Add(1, 2))
            await pool.close()
            #expect(try await failure(of: gate).code == .closed)
            #expect(try await failure(of: queued).code == .closed)
            #expect(try await failure(of: pool.mirai(Add(1, 2))).code == .closed)
            #expect(pool.localProcesses.isEmpty)
            await pool.close()
            await #expect(throws: HayateError.self) {
                try await pool.map([Add(1, 2)]).collect()
            }
        }
    }
}
