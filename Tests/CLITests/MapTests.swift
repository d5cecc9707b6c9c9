import Foundation
import Hayate
import Synchronization
import Testing

@testable import HayateCLI

@Suite struct MapTests {
    @Test func resultsComeInOrderOfTheInputs() async throws {
        let executor = FakeExecutor { request in
            for _ in 0..<Int.random(in: 0...20) { await Task.yield() }
            return .success(request.arguments[1] + "\n")
        }
        let numbers = (1...5000).map { "\($0)\n" }.joined()
        let result = try await hayate(["map", "echo", "{}"], input: numbers, executor: executor)
        #expect(result.output == numbers)
        #expect(result.error == "" && result.code == 0)
        #expect(executor.mostRunning <= 1024)
        let request = try #require(executor.requests.first { $0.index == 3 })
        #expect(request.arguments == ["echo", "3"])
        #expect(request.environment["HAYATE_INDEX"] == "3")
        #expect(request.environment["HAYATE_TASK"]?.count == 32)
        #expect(request.environment["HAYATE_SEED"].flatMap { UInt64($0) } != nil)
    }

    @Test func optionsReachTheExecutor() async throws {
        let executor = FakeExecutor.echo
        let result = try await hayate(
            ["map", "-n", "2", "--timeout", "1.5m", "--retries", "4", "--seed", "1234567", "grep",
                "-c", "--help", "{}", ":::", "x"], executor: executor)
        #expect(result.code == 0 && result.output == "-c --help x\n", "\(result.error)")
        #expect(executor.requests.first?.timeout == .seconds(90))
        #expect(executor.requests.first?.retries == 4)
        #expect(executor.requests.first?.environment["HAYATE_SEED"] == "6457827717110365317")
        let dashes = try await hayate(["map", "-n", "2", "--", "-x", "{}", ":::", "--y"])
        #expect(dashes.output == "--y\n" && dashes.code == 0)
        let shell = try await hayate(["map", "--shell", "echo {} | wc", ":::", "a"])
        #expect(shell.output == "-c echo \"${1}\" | wc sh a\n")
    }

    @Test func failuresAreToldAndCounted() async throws {
        let executor = FakeExecutor { request in
            request.index % 2 == 0
                ? .failure(3, "warning\nno such star: \(request.arguments[1])\n")
                : .success("ok \(request.index)\n")
        }
        let result = try await hayate(
            ["map", "--seed", "7", "fit", ":::", "a", "b", "c"], executor: executor)
        #expect(result.code == 1)
        #expect(result.output == "ok 1\nok 3\n")
        #expect(result.error.hasPrefix("warning\nno such star: b\nhayate: element 2 (b): exit 3\n"))
        #expect(result.error.contains("    | no such star: b\nhayate: 2 of 3 succeeded, 1 failed in"))
        #expect(result.error.hasSuffix("; seed 7\n"))
    }

    @Test func stopOnFailureEndsTheOthers() async throws {
        let executor = FakeExecutor { request in
            if request.index == 2 { return .failure(1) }
            if request.index == 1 { return .success("one\n") }
            // Only cancelling ends this.
            try? await Task.sleep(for: .seconds(3600))
            return ElementOutcome(status: Task.isCancelled ? .cancelled : .succeeded)
        }
        let result = try await hayate(
            ["map", "--stop-on-failure", "c"], input: String(repeating: "x\n", count: 3000),
            executor: executor)
        #expect(result.code == 1)
        #expect(result.output == "one\n")
        #expect(result.error.contains("stopped at the first failure"))
        #expect(executor.requests.count <= 1100)
    }

    @Test func cancellingEndsTheRun() async throws {
        let (started, signal) = AsyncStream.makeStream(of: Void.self)
        let executor = FakeExecutor { request in
            if request.index == 1 { return .success("one\n") }
            signal.yield()
            try? await Task.sleep(for: .seconds(3600))
            return ElementOutcome(status: .cancelled)
        }
        let work = Task { try await hayate(["map", "c", ":::", "a", "b", "c"], executor: executor) }
        for await _ in started { break }
        work.cancel()
        let result = try await work.value
        #expect(result.code == 130)
        #expect(result.output == "one\n")
        #expect(result.error.contains("hayate: interrupted\nhayate: 1 of 3 succeeded, 2 not run"))
        #expect(result.error.contains("with --results DIR a stopped run can be taken up again"))
    }

    @Test func secondRunDoesOnlyWhatIsMissing() async throws {
        try await withTemporaryDirectory { base in
            let directory = base + "/out"
            let first = FakeExecutor { request in
                request.arguments[1] == "b"
                    ? .failure(1, "no\n") : .success(request.arguments[1] + "\n")
            }
            let command = ["map", "--results", directory, "c", "{}", ":::"]
            var result = try await hayate(command + ["a", "b"], executor: first)
            #expect(result.code == 1)
            #expect(result.error.contains("the same command again runs only what is missing"))
            let second = FakeExecutor.echo
            result = try await hayate(command + ["z", "a", "b"], executor: second)
            #expect(result.code == 0, "\(result.error)")
            #expect(second.requests.map { $0.arguments[1] }.sorted() == ["b", "z"])
            #expect(result.output == "z\na\nb\n", "what it writes tells nothing of the stop")
            #expect(result.error.contains("3 of 3 succeeded (1 of them in an earlier run) in"))
            #expect(
                try read(directory + "/results.csv") == """
                    index,input1,status,exit,seconds,stdout
                    1,z,ok,0,1.500000,z
                    2,a,ok,0,1.500000,a
                    3,b,ok,0,1.500000,b

                    """)
            #expect(try read(directory + "/outcomes.jsonl").split(separator: "\n").count == 4)
            #expect(access(directory + "/.results.csv.partial", F_OK) != 0)
            result = try await hayate(
                ["map", "--results", directory, "other", "{}", ":::", "a"], executor: second)
            #expect(result.code == 2)
            #expect(result.error.contains("its command is c '{}'; give --results another directory"))
        }
    }

    @Test func formats() async throws {
        let executor = FakeExecutor { request in
            request.index == 1
                ? .success("1,\"x\"\n") : ElementOutcome(status: .signalled(11))
        }
        let json = try await hayate(
            ["map", "--seed", "1", "--output", "json", "--grid", "a=1,2", "c", "{a}"],
            executor: executor)
        let lines = json.output.split(separator: "\n")
        let expected = #"{"index":1,"inputs":{"a":"1"},"status":"ok","exit":0,"attempts":1,"#
            + #""seconds":1.500000,"cpu_seconds":0.000000,"daemon":"d1","#
            + #""seed":"10451216379200822465","stdout":"1,\"x\"\n","stderr":""}"#
        #expect(lines.first.map { String($0) } == expected)
        #expect(lines.last?.contains(#""status":"signalled","signal":11"#) == true)
        let csv = try await hayate(
            ["map", "--output", "csv", "--grid", "a=1,2", "c", "{a}"], executor: executor)
        #expect(
            csv.output == """
                index,a,status,exit,seconds,stdout
                1,1,ok,0,1.500000,"1,""x""\u{22}
                2,2,signalled,,0.000000,

                """)
    }

    @Test func largeOutputsGoThroughFiles() async throws {
        try await withTemporaryDirectory { base in
            let executor = FakeExecutor { request in
                let path = base + "/spill\(request.index)"
                try? String(repeating: "\(request.index)", count: 200_000)
                    .write(toFile: path, atomically: false, encoding: .utf8)
                var outcome = ElementOutcome.success("")
                outcome.standardOutput = CapturedOutput(file: path, byteCount: 200_000)
                return outcome
            }
            for extra in [[], ["--results", base + "/r"], ["--results", base + "/r"]] {
                let result = try await hayate(
                    ["map"] + extra + ["c", ":::", "a", "b"], executor: executor)
                #expect(result.output.utf8.count == 400_000)
                #expect(result.output.hasPrefix("11") && result.output.hasSuffix("22"))
                #expect(access(base + "/spill1", F_OK) != 0, "the file is deleted or moved")
            }
            #expect(executor.requests.count == 4)
        }
    }

    @Test func outputsThatWaitAreSpilled() async throws {
        try await withTemporaryDirectory { base in
            let descriptor = open(base + "/out", O_RDWR | O_CREAT, 0o600)
            defer { close(descriptor) }
            let console = Console(
                output: descriptor, error: descriptor,
                display: ProgressDisplay(descriptor: descriptor, isEnabled: false))
            var recorder = try RunRecorder(
                columns: try InputColumns(names: [nil]), store: nil, format: .text,
                console: console, heldBytes: 10)
            for index in [5, 3, 2, 4, 1] {
                _ = try recorder.take(
                    RunGate.Arrival(
                        element: InputElement(index: index, values: ["v"]), key: nil, seed: 0,
                        content: .outcome(.success("value \(index)\n"))))
            }
            try recorder.finish(isComplete: true)
            #expect(try read(base + "/out") == (1...5).map { "value \($0)\n" }.joined())
        }
    }

    @Test func badInputEndsTheRun() async throws {
        try await withTemporaryDirectory { base in
            try "a\n1\n1,2\n".write(toFile: base + "/t.csv", atomically: false, encoding: .utf8)
            let result = try await hayate(["map", "--csv", base + "/t.csv", "c", "{a}"])
            #expect(result.code == 2)
            #expect(result.error.contains("hayate: line 3 of \(base)/t.csv has 2 fields"))
            let typo = try await hayate(["map", "--csv", base + "/t.csv", "c", "{b}"])
            #expect(typo.code == 2)
            #expect(typo.error.hasPrefix("hayate: {b} names no column (did you mean {a}?)"))
        }
    }

    @Test func nothingToDo() async throws {
        let result = try await hayate(["map", "c", ":::"])
        #expect(result.code == 0 && result.output == "")
    }

    @Test func aReaderThatLeavesEndsTheRunQuietly() async throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let executor = FakeExecutor.echo
        let summary = try await MapRun(
            template: CommandTemplate(["c"], columns: try InputColumns(names: [nil])),
            elements: InputElements([ListSource((1...100_000).map(String.init), name: "l")]),
            executor: executor, store: nil, options: .init(output: ends[1])
        ).run()
        #expect(summary.stop == .brokenPipe && summary.exitCode == 141)
        #expect(summary.text(results: nil) == "")
        #expect(executor.requests.count < 50_000)
    }

    @Test func endlessInputIsReadOnlySoFarAhead() async throws {
        struct Endless: RowSource {
            let read: Counter
            var names: [String?] { [nil] }
            var count: Int? { nil }
            var name: String { "endless" }
            mutating func next() -> [String]? { [String(read.value.add(1, ordering: .relaxed).newValue)] }
        }
        final class Counter: Sendable { let value = Atomic(0) }
        let read = Counter()
        let executor = FakeExecutor { request in
            request.index < 500 ? .success("") : .failure(1)
        }
        let summary = try await MapRun(
            template: CommandTemplate(["c"], columns: try InputColumns(names: [nil])),
            elements: InputElements([Endless(read: read)]), executor: executor, store: nil,
            options: .init(stopsOnFailure: true)
        ).run()
        #expect(summary.stop == .failure && summary.total == nil)
        #expect(read.value.load(ordering: .relaxed) <= InputLimits.readAhead + 3000)
    }

    /// Not a benchmark: shows that nothing grows with the square of the number of elements.
    @Test func manyElements() async throws {
        struct Instant: ElementExecutor {
            func execute(_ request: ElementRequest) async -> ElementOutcome { .success("x\n") }
            var status: ExecutorStatus { ExecutorStatus() }
        }
        let numbers = (1...100_000).map { "\($0)\n" }.joined()
        let start = ContinuousClock.now
        let result = try await hayate(["map", "echo"], input: numbers, executor: Instant())
        let elapsed = ContinuousClock.now - start
        #expect(result.output.utf8.count == 200_000)
        print("100,000 elements: \(elapsed)")
        #expect(elapsed < .seconds(60))
    }
}
