import HayateTestTasks
import Testing

@testable import Hayate

extension RealProcesses {
    @Suite("The pool behind tasks without a pool") struct HiddenPoolTests {
        @Test("as many processes as tasks, a new one for each, and never more than the bound")
        func processesAreBounded() async throws {
            let files = try TemporaryDirectory()
            let hidden = HiddenPool(.test(0).maximumTasks(1).idleTime(.seconds(1)), processes: 3)
            let pools = Collected<Pool>()
            let mirais = try (0..<9).map { number in
                try hidden.run { pool -> Mirai<Place> in
                    pools.append(pool)
                    return pool.mirai(Gate(files("gate\(number)")))
                }
            }
            let pool = try #require(pools.all.first)
            for number in 0..<9 {
                try await appears(files("gate\(number).started"))
                // One that has done its task may still be leaving.
                let started = TemporaryDirectory.names(in: files.path).count { $0.hasSuffix(".started") }
                #expect(started <= number + 3)
                try await eventually("the others leave") { pool.localProcesses.count <= 2 * 3 }
                try SignalFile.write(files("gate\(number).release"))
            }
            var processes: Set<Int32> = []
            for mirai in mirais { processes.insert(try await mirai.value.process) }
            #expect(processes.count == 9)
            try await eventually("nothing is left") { processes.allSatisfy { !isAlive($0) } }
        }
    }
}
