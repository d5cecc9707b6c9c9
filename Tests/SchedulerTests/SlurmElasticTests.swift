import Hayate
import HayateCluster
import HayateTestTasks
import Testing

extension RealSchedulers.Slurm {
    @Test("A pool between no daemon and eight grows with its tasks, lets idle ones end, and grows again")
    func elastic() async throws {
        try cluster.site("elastic")
        let daemons = cluster.daemons("elastic", 0...8).idleTime(.seconds(3))
        try await cluster.withPool(daemons) { pool in
            #expect(pool.allocations?.rows.isEmpty == true)
            let files = try TemporaryDirectory()
            let mirais = (0..<20).map { pool.mirai(Gate(files("\($0)"))) }
            try await pool.hasDaemons(8)
            #expect(try await cluster.queue().count == 8)
            for number in 0..<20 { try SignalFile.write(files("\(number).release")) }
            for mirai in mirais { #expect(try await mirai.value.attempt == 1) }
            try await eventually("idle ones have ended") { pool.able == 0 }
            try await eventually("and their jobs") { try await cluster.queue().isEmpty }
            #expect(try await pool.mirai(Add(20, 1)).value == 21)
            #expect(pool.able == 1)
            #expect(pool.allocations?.endings.allSatisfy { $0.end.reason == .completed } == true)
        }
    }

    @Test("What the scheduler refuses is told in its own words to whoever waits")
    func refused() async throws {
        var request = JobRequest()
        request.queue = "nowhere"
        try cluster.site("refusing")
        try await cluster.withPool(cluster.daemons("refusing", 2, request: request), endings: .areKept) { pool in
            let mirai = pool.mirai(Add(1, 1))
            try await eventually("the reason is told") {
                pool.status.stalled?.contains("nvalid partition") == true
            }
            say(pool.status.stalled ?? "")
            mirai.stop()
        }
    }
}
