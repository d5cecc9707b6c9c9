import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Output") struct OutputTests {
        @Test func goesToItsOwnMirai() async throws {
            try await withPool(.test(1)) { pool in
                let mirais = (0..<20).map { number in
                    pool.mirai(Printing(output: "out \(number)\n", error: "err \(number)\n"))
                }
                let silent = pool.mirai(Add(1, 2))
                let outputOnly = pool.mirai(Printing(output: "alone"))
                for (number, mirai) in mirais.enumerated() {
                    _ = try await mirai.value
                    #expect(mirai.output?.text == "out \(number)\n")
                    #expect(mirai.output?.errorText == "err \(number)\n")
                }
                _ = try await silent.value
                #expect(silent.output == nil)
                _ = try await outputOnly.value
                #expect(outputOnly.output?.text == "alone")
                #expect(outputOnly.output?.errorText == "")
            }
        }

        @Test func longOutputArrivesUpToItsBound() async throws {
            try await withPool(.test(1)) { pool in
                let line = String(repeating: "x", count: 99) + "\n"
                let half = String(repeating: line, count: 5_000)
                let mirai = pool.mirai(Printing(output: half))
                _ = try await mirai.value
                let isWhole = mirai.output?.text == half
                #expect(isWhole)
                let huge = pool.mirai(Printing(output: String(repeating: line, count: 50_000)))
                _ = try await huge.value
                let kept = try #require(huge.output).standardOutput.count
                #expect(kept >= 1_000_000)
                #expect(kept <= 1 << 20)
                #expect(try await pool.mirai(Add(1, 2)).value == 3)
            }
        }

        @Test func failingTaskKeepsItsOutput() async throws {
            try await withPool(.test(1)) { pool in
                let mirai = pool.mirai(Fatal(.trap), retry: .never)
                let error = try await failure(of: mirai)
                #expect(error.output?.errorText.contains("these are the last words") == true)
                #expect(mirai.output == error.output)
            }
        }

        @Test func logLinesTellTaskAndDaemon() async throws {
            let lines = Collected<TaskLogLine>()
            let daemons = Daemons.test(1).with { $0.onLog = { lines.append($0) } }
            try await withPool(daemons) { pool in
                let mirai = pool.mirai(Logging("half way"))
                #expect(try await mirai.value == mirai.task)
                try await eventually("both lines") { lines.all.count == 2 }
                let process = try #require(pool.localProcesses.first)
                for line in lines.all {
                    #expect(line.task == mirai.task)
                    #expect(line.attempt == 1)
                    #expect(line.daemon.hasSuffix(":\(process)"))
                }
                #expect(lines.all[0].text == "half way step=1")
                #expect(lines.all[0].level == .warning)
                #expect(lines.all[1].text == "half way again")
                #expect(lines.all[1].level == .info)
            }
        }
    }
}
