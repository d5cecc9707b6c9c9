import Hayate
import HayateTestTasks
import Testing

extension RealProcesses {
    @Suite("Profiles") struct ProfileTests {
        @Test func nestedPoolsByName() async throws {
            try await withPool(.test(1), profile: "small") { small async throws in
                try await withPool(.test(1), profile: "large") { large async throws in
                    #expect(try Pool.current("small") === small)
                    #expect(try Pool.current("large") === large)
                    let here = try await mirai(WhereAmI(), profile: "small").value.process
                    let there = try await mirai(WhereAmI(), profile: "large").value.process
                    #expect(small.localProcesses == [here])
                    #expect(large.localProcesses == [there])

                    let error = #expect(throws: HayateError.self) { try Pool.current("huge") }
                    #expect(error?.code == .noSuchProfile)
                    #expect(error?.message.contains("\"huge\"") == true)
                    #expect(error?.message.contains("there are: large, small") == true)
                    #expect(try await mirai(WhereAmI()).value.process == there, "the inner is current")
                }
                #expect(throws: HayateError.self) { try Pool.current("large") }
                #expect(try Pool.current("small") === small)
            }
            let error = #expect(throws: HayateError.self) { try Pool.current("small") }
            #expect(error?.message.contains("there are") == false)
            #expect(error?.message.contains("withDaemons") == true)
        }

        @Test func innerPoolOfTheSameNameCovers() async throws {
            try await withPool(.test(0)) { outer async throws in
                try await withPool(.test(0)) { inner async throws in
                    #expect(try Pool.current() === inner)
                    let covered = try await outer.asCurrent { try Pool.current() }
                    #expect(covered === outer)
                    let both = try await outer.asCurrent("other") {
                        (try Pool.current(), try Pool.current("other"))
                    }
                    #expect(both.0 === inner)
                    #expect(both.1 === outer)
                }
                #expect(try Pool.current() === outer)
            }
        }

        @Test func childTasksInherit() async throws {
            try await withPool(.test(1)) { pool async throws in
                async let sum = mirai(Add(1, 2)).value
                #expect(try await sum == 3)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<10 {
                        group.addTask { try await mirai(Add(number, 0)).value }
                    }
                    var total = 0
                    for try await value in group { total += value }
                    #expect(total == 45)
                }
                #expect(try await Task { try Pool.current() === pool }.value)
                await #expect(throws: HayateError.self) {
                    try await Task.detached { _ = try Pool.current() }.value
                }
            }
        }

        @Test func bodysErrorClosesThePool() async throws {
            let files = try TemporaryDirectory()
            let mirais = Collected<Mirai<Place>>()
            await #expect(throws: TestFailure.self) {
                try await withPool(.test(1)) { pool async throws in
                    mirais.append(pool.mirai(Gate(files("gate"))))
                    try await appears(files("gate.started"))
                    throw TestFailure("out")
                }
            }
            let mirai = try #require(mirais.all.first)
            #expect(try await failure(of: mirai).code == .closed)
            let process = try number(in: files("gate.started"))
            #expect(!isAlive(process))
        }
    }
}
