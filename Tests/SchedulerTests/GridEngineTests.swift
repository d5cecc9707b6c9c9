import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers {
    @Suite(
        "Grid Engine: sixteen slots", .serialized,
        .enabled("Grid Engine can run here") { await Testbed.gridEngine.isPossible() },
        .gridEngine("--slots", "16"))
    struct GridEngine {
        var cluster: Cluster { Cluster.current }

        @Test("A map outlives a deleted element, a lost host, a restarted master and a bad qsub")
        func faults() async throws {
            let submit = try Wrapper(of: "qsub")
            try submit.next("banner")
            try cluster.site("faults-ge", commands: ["submit: [\(submit.path)]", "timeout: 5s"])
            try await cluster.withPool(cluster.daemons("faults-ge", 16), endings: .areKept) { pool in
                try await pool.hasDaemons(16)
                let map = try LongMap(on: pool)
                try await eventually("the map runs") { map.runs > 50 }
                let job = try #require(pool.allocations?.rows.first?.element?.job.text)

                try submit.next("unclear")
                try await cluster.run("qdel", job, "-t", "3")
                let deleted = try await pool.ends("deleted by others") { $0.job == "\(job)_3" }
                say(deleted[0].text)
                // Grid Engine's accounting tells of the signal alone.
                #expect(deleted[0].end.reason == .signalled(number: 9), "\(deleted[0].text)")
                try await pool.hasDaemons(16)
                #expect(try await cluster.queue().count == 16)

                try await cluster.testbed.run("stop-controller")
                let before = map.runs
                try await eventually("tasks run without a master") { map.runs > before + 50 }
                try await cluster.testbed.run("start-controller")

                let host = try #require(pool.allocations?.rows.first { $0.node != nil }?.node)
                try await cluster.testbed.run("kill-node", cluster.hostName)
                try await cluster.testbed.run("start-node", cluster.hostName)
                let lost = try await pool.ends("with their host", 16) { $0.end.node == host && $0.job != deleted[0].job }
                say("\(lost.map(\.text))")
                // The one in the place of the deleted element may have left before.
                #expect(lost.count { $0.end.reason == .nodeFailed } >= 15)
                try await map.isComplete()
                try await pool.hasDaemons(16, within: .seconds(150))
            }
        }

        @Test("A job that comes to its time limit has ended by it, and its task runs elsewhere")
        func timeLimit() async throws {
            try cluster.site("late", profile: "walltime: 25s", runtime: ["walltimeMargin: 1s"])
            let files = try TemporaryDirectory()
            try await cluster.withPool(cluster.daemons("late", 1), endings: .areKept) { pool in
                let gate = pool.mirai(Gate(files("gate"), onlyFirstAttempt: true))
                let ends = try await pool.ends("by its time limit") { _ in true }
                #expect(ends[0].end.reason == .timeLimit, "\(ends[0].text)")
                #expect(try await gate.value.attempt == 2)
            }
        }

        @Test("A host is killed: its jobs are listed, and cleaned up with all that it left")
        func killedHost() async throws { try await cluster.killedHost() }
    }
}
