import Glibc
import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    /// Scenarios of mirai's own tests that belong to no one feature; the others are with theirs, by letter too.
    @Suite("Scenarios of mirai") struct ScenarioTests {
        @Test("D: one daemon without dispatcher, with a seed") func oneDaemonWithoutDispatcher() async throws {
            try await withPool(.test(1).withoutDispatcher().seed(1)) { pool in
                let thrown = try await failure(of: pool.mirai(Throwing(.codable)))
                #expect(thrown.code == .taskFailed)
                #expect(thrown.errorType?.contains("FluxError") == true)
                #expect(thrown.fields["star"] != nil)

                // Three that run out of time: one after the other resolves, none is lost.
                let files = try TemporaryDirectory()
                var left = (0..<3).map {
                    pool.mirai(Gate(files("gate\($0)")), timeout: .milliseconds(200))
                }
                while !left.isEmpty {
                    let first = try #require(try await race(left))
                    #expect(try await failure(of: left.remove(at: first)).code == .timedOut)
                }
                #expect(try await race(left) == nil)
                let commands = try pool.launchCommands(2)
                #expect(commands.count == 2)
            }
        }

        @Test("H: what a cluster of parallel's does") func cluster() async throws {
            let draws = (0..<4).map { _ in Draw(3) }
            var first: [[Double]] = []
            for _ in 0..<2 {
                let cluster = try Pool(.test(1).seed(123))
                let values = try await cluster.map(draws).collect()
                if first.isEmpty { first = values } else { #expect(values == first) }
                // Load-balanced, in the order of the input, names and errors kept.
                let sums = try await cluster.map((1...10).map { Add($0, 0) }).collect()
                #expect(sums == Array(1...10))
                let named = try await cluster.map(["a": Add(1, 1), "b": Add(2, 2)] as KeyValuePairs)
                    .collect()
                #expect(named["b"] == 4)
                let export = try await cluster.everywhere(
                    SetVariable("HAYATE_TEST_SEED", "9"), minimum: 1)
                #expect(export.count == 1)
                #expect(try await cluster.mirai(GetVariable("HAYATE_TEST_SEED")).value[1] == "9")
                await cluster.close()
                let error = try await failure(of: cluster.mirai(Add(1, 2)))
                #expect(error.code == .closed)
            }
            let two = try Pool(.test(2))
            let six = try await two.map((1...6).map { Add($0, 0) }).collect()
            #expect(six == Array(1...6))
            await two.close()
        }

        @Test("S: a profile that is not there is named, and so are those that are") func lookUp() async throws {
            try await Profile.set(.synchronous, "workbench-1")
            try await Profile.set(.synchronous, "workbench-2")
            let error = #expect(throws: HayateError.self) { try Pool.current("workbench-3") }
            #expect(error?.code == .noSuchProfile)
            #expect(error?.message.contains("workbench-3") == true)
            #expect(error?.message.contains("workbench-1, workbench-2") == true)
            #expect(await Profile.reset("workbench-1"))
            #expect(await Profile.reset("workbench-2"))
        }
    }
}
