import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("What a task tells its caller") struct ReportTests {
        @Test("Wish 7: warnings, lines and output of a task are at its own mirai")
        func warningsAndLinesAtTheMirai() async throws {
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(2).with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool in
                let mirais = (1...10).map { pool.mirai(Chatty($0)) }
                let printing = pool.mirai(Printing(output: "out", error: "err"))
                let silent = pool.mirai(Add(1, 2))
                for (index, mirai) in mirais.enumerated() {
                    #expect(try await mirai.value == index + 1)
                    #expect(
                        mirai.logs.map(\.text)
                            == ["the calibration is old"] + (0...index).map { "line \($0)" })
                    #expect(mirai.logs.allSatisfy { $0.task == mirai.task && $0.attempt == 1 })
                    #expect(mirai.warnings.map(\.text) == ["the calibration is old"])
                    #expect(mirai.warnings.map(\.level) == [.warning])
                    #expect(mirai.output == nil, "log lines are no output")
                }
                _ = try await printing.value
                #expect(printing.output?.text == "out")
                #expect(printing.output?.errorText == "err")
                #expect(printing.logs.isEmpty)
                _ = try await silent.value
                #expect(silent.logs.isEmpty && silent.progress == nil)
                // The pool's own listener gets all of them too.
                try await eventually("all lines") { lines.all.count == (2...11).reduce(0, +) }
            }
        }

        @Test func errorsKeepTheLines() async throws {
            try await withPool(Daemons.test(1).with { $0.onLog = { _ in } }) { pool in
                let mirai = pool.mirai(Chatty(2, fails: true))
                let error = try await failure(of: mirai)
                #expect(error.logs.map(\.text) == ["the calibration is old", "line 0", "line 1"])
                #expect(mirai.logs == error.logs)
                #expect(error.output == nil)

                let twice = pool.mirai(
                    ChattyTwice(), retry: .backoff(attempts: 2, first: .milliseconds(1)))
                #expect(try await twice.value == 2)
                #expect(twice.logs.map(\.text) == ["start 1", "start 2"])
                #expect(twice.logs.map(\.attempt) == [1, 2])
            }
        }

        @Test func linesOfARunningTaskAreThereAtOnce() async throws {
            let files = try TemporaryDirectory()
            try await withPool(Daemons.test(1).with { $0.onLog = { _ in } }) { pool in
                let mirai = pool.mirai(Training(files("training")))
                try await eventually("half way") { mirai.progress?.fraction == 0.5 }
                #expect(mirai.progress?.text == "epoch 1")
                #expect(mirai.progress?.attempt == 1)
                #expect(!mirai.isResolved)
                try SignalFile.write(files("training.release"))
                _ = try await mirai.value
                #expect(mirai.logs.isEmpty, "progress is no line")
            }
        }

        @Test("Wish 12: progress with words, collected where it comes too often, the last one kept")
        func progressIsCollected() async throws {
            let files = try TemporaryDirectory()
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(1).with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool in
                try SignalFile.write(files("training.release"))
                let mirai = pool.mirai(Training(files("training")))
                _ = try await mirai.value
                #expect(mirai.progress == TaskProgress(fraction: 1, text: "over", attempt: 1))
                let reports = lines.all.compactMap(\.progress)
                #expect(reports.first == 0.5)
                #expect(reports.last == 1)
                #expect(reports.count < 200, "of 1,004")
                #expect(lines.all.allSatisfy { $0.level == .info })
            }
        }

        @Test func linesAreBoundedAtTheMiraiAndOnTheirWay() async throws {
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(1).with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool in
                let many = pool.mirai(Chatty(1_500))
                _ = try await many.value
                #expect(many.logs.count == 1_000)
                #expect(many.logs.last?.text == "line 998")
                #expect(many.droppedLogLines == 501)
                // A task that logs in a loop is cut short, and says so at its end.
                let flood = pool.mirai(Chatty(200_000))
                _ = try await flood.value
                try await eventually("the last word") {
                    lines.all.last?.text.contains("log lines were dropped") == true
                }
                #expect(lines.all.count < 60_000)
                #expect(flood.droppedLogLines > 0)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func setUpsLogToo() async throws {
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(1).with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool in
                try await pool.hasDaemons(1)
                _ = try await pool.everywhere(Chatty(0))
                try await eventually("the line") { lines.all.count == 1 }
                pool.resize(to: 2)
                try await pool.hasDaemons(2)
                try await eventually("the line of the later one") { lines.all.count == 2 }
                #expect(Set(lines.all.map(\.daemon)).count == 2)
            }
        }
    }
}
