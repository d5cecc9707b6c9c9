import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers {
    @Suite(
        "Slurm: two nodes of eight processors", .serialized,
        .enabled("Slurm can run here") { await Testbed.slurm.isPossible() },
        .slurm("--nodes", "2", "--cpus", "8"))
    struct Slurm {
        var cluster: Cluster { Cluster.current }

        @Test("A map outlives a cancelled element, a lost node, a time limit, a restarted controller and a bad sbatch")
        func faults() async throws {
            let submit = try Wrapper(of: "sbatch")
            try submit.next("banner")
            try cluster.site("faults", commands: ["submit: [\(submit.path)]", "timeout: 5s"])
            try await cluster.withPool(cluster.daemons("faults", 16), endings: .areKept) { pool in
                try await pool.hasDaemons(16)
                let map = try LongMap(on: pool)
                try await eventually("the map runs") { map.runs > 50 }
                let job = try #require(pool.allocations?.rows.first?.element?.job.text)

                // The replacement is accepted, and the answer is lost.
                try submit.next("unclear")
                try await cluster.run("scancel", "\(job)_3")
                let cancelled = try await pool.ends("cancelled by others") { $0.job == "\(job)_3" }
                #expect(cancelled[0].end.reason == .cancelled(by: nil), "\(cancelled[0].text)")
                #expect(["n1", "n2"].contains(cancelled[0].end.node), "\(cancelled[0].text)")
                try await pool.hasDaemons(16)
                #expect(try await cluster.queue().count == 16)

                try await cluster.testbed.run("stop-controller")
                let before = map.runs
                try await eventually("tasks run without a controller") { map.runs > before + 50 }
                try await cluster.testbed.run("start-controller")

                let limited = try #require(pool.allocations?.rows.first { $0.end == nil && $0.node == "n1" })
                let element = try #require(limited.element)
                let name = element.index.map { "\(element.job.text)_\($0)" } ?? element.job.text
                try await cluster.run("scontrol", "update", "JobId=\(name)", "EndTime=now+5seconds")
                let late = try await pool.ends("by its time limit") { $0.job == name }
                #expect(late[0].end.reason == .timeLimit, "\(late[0].text)")
                #expect(late[0].end.node == "n1", "\(late[0].text)")
                try await pool.hasDaemons(16)

                // The replacements are not accepted at once.
                try submit.next("down")
                let there = pool.allocations?.rows.count { $0.end == nil && $0.node == "n2" } ?? 0
                try await cluster.testbed.run("kill-node", "n2")
                let lost = try await pool.ends("with their node", there) { $0.end.reason == .nodeFailed }
                #expect(lost.count == there)
                #expect(lost.allSatisfy { $0.end.node == "n2" }, "\(lost.map(\.text))")
                try await cluster.testbed.run("start-node", "n2")
                try await map.isComplete()
                try await pool.hasDaemons(16, within: .seconds(150))
                #expect(submit.calls.count >= 4, "\(submit.calls)")
                say("sbatch: \(submit.calls)")
                let rate = pool.allocations.map { "\($0.statusQueries) status queries" } ?? ""
                print(
                    "| X12 | a real Slurm: element cancelled, time limit, node lost, controller restarted, sbatch that "
                        + "fails or does not answer | all results once, 16 daemons again after each; "
                        + "\(submit.calls.count) calls of sbatch, \(rate) |")
            }
        }
    }
}
