import Glibc
import Hayate
import HayateTestTasks
import Metrics
import MetricsTestKit
import Testing

extension RealProcesses {
    @Suite("Metrics") struct MetricsTests {
        @Test func countersTimersAndGauges() async throws {
            let files = try TemporaryDirectory()
            let metrics = TestMetrics()
            let profile = [("profile", "default")]
            func total(_ name: String) -> Int64 { metrics.counterTotal(label: name) }
            func gauge(_ name: String) throws -> Double? {
                try metrics.expectGauge(name, profile).lastValue
            }
            try await withMetricsFactory(metrics) {
                try await withPool(Daemons.test(1)) { pool in
                    for number in 1...10 { _ = try await pool.mirai(Add(number, 0)).value }
                    _ = try await pool.map((1...20).map { Add($0, 0) }).collect()
                    _ = await pool.mirai(Failing("no")).result
                    let retried = pool.mirai(
                        SucceedsAt(files("starts"), start: 2),
                        retry: .backoff(attempts: 3, first: .milliseconds(1)))
                    _ = try await retried.value

                    let gate = pool.mirai(Gate(files("gate")))
                    try await appears(files("gate.started"))
                    let behind = (1...3).map { _ in pool.mirai(Echo([UInt8](repeating: 1, count: 500))) }
                    try await eventually("three wait") { try gauge("hayate.tasks.waiting") == 3 }
                    #expect(try gauge("hayate.tasks.running") == 1)
                    #expect(try gauge("hayate.queue.bytes") ?? 0 >= 1_500)
                    #expect(try gauge("hayate.daemons") == 1)
                    gate.stop()
                    for mirai in behind { _ = try await mirai.value }
                    _ = await pool.mirai(Fatal(.kill), retry: .never).result
                    try await pool.hasDaemons(1)
                    _ = try await pool.mirai(Add(1, 2)).value
                    try await pool.isQuiet()
                }
            }
            #expect(total("hayate.tasks.submitted") == 38)
            #expect(total("hayate.tasks.completed") == 35)
            #expect(total("hayate.tasks.cancelled") == 1)
            #expect(
                metrics.counterTotal(
                    label: "hayate.tasks.failed", dimensions: profile + [("code", "taskFailed")]) == 1)
            #expect(
                metrics.counterTotal(
                    label: "hayate.tasks.failed", dimensions: profile + [("code", "daemonLost")]) == 1)
            #expect(total("hayate.tasks.failed") == 2)
            #expect(total("hayate.tasks.retried") == 1)
            #expect(total("hayate.daemons.joined") == 2)
            #expect(total("hayate.daemons.lost") == 1)
            #expect(try gauge("hayate.tasks.waiting") == 0)
            #expect(try gauge("hayate.queue.bytes") == 0)
            let run = try metrics.expectTimer("hayate.task.run.duration", profile)
            // Those that came to an end at their daemon: not the stopped one, not the lost one.
            #expect(run.values.count == 36)
            #expect(run.values.allSatisfy { $0 >= 0 && $0 < 10_000_000_000 })
            let queue = try metrics.expectTimer("hayate.task.queue.duration", profile)
            #expect(queue.values.count == 38)
        }
    }
}
