import Hayate

struct Empty: RemoteTask { func run(in context: TaskContext) async throws -> Int { 1 } }
struct Boom: RemoteTask { func run(in context: TaskContext) async throws -> Int { fatalError("boom!") } }
struct Loud: RemoteTask { func run(in context: TaskContext) async throws -> Int { print("hello out"); context.logger.info("a line"); return 2 } }

Floor.serveIfAsked(CommandLine.arguments)
ConnectionFigures.serveIfAsked(CommandLine.arguments)
try await Hayate.main {
    let clock = ContinuousClock()
    try await withDaemons(.local(2)) { pool in
        let t0 = clock.now
        print(try await pool.mirai(Empty()).value, "first in", clock.now - t0)
        let loud = pool.mirai(Loud())
        print(try await loud.value, loud.output?.text ?? "nil")
        let r = try await pool.mirai(Command("echo", "hi")).value
        print(r.standardOutput.text, r.exit)
        var best = Duration.seconds(9)
        for _ in 0..<2000 { let e = try await clock.measure { _ = try await pool.mirai(Empty()).value }; best = min(best, e) }
        print("rtt best", best)
        let e1 = try await clock.measure { for _ in 0..<3000 { _ = try await pool.mirai(Empty()).value } }
        print("rtt mean", e1 / 3000)
        for _ in 0..<3 {
        let e2 = try await clock.measure {
            let all = (0..<100_000).map { _ in pool.mirai(Empty()) }
            for m in all { _ = try await m.value }
        }
        print("mirai/s", 100_000.0 / (Double(e2.nanoseconds) / 1e9))
        let e3 = try await clock.measure { print(try await pool.map((0..<200_000).map { _ in Empty() }).collect().count) }
        print("map/s", 200_000.0 / (Double(e3.nanoseconds) / 1e9))
        }
        if CommandLine.arguments.contains("map") { for _ in 0..<20 {
        let e3 = try await clock.measure { print(try await pool.map((0..<200_000).map { _ in Empty() }).collect().count) }
        print("map/s", 200_000.0 / (Double(e3.nanoseconds) / 1e9))
        } }
        print(pool.status.counts)
        do { _ = try await pool.mirai(Boom()).value } catch { print("boom:", error) }
        print(pool.status)
        let tc = clock.now
        defer { print("...") }
        _ = tc
    }
    let e = try await clock.measure { try await withDaemons(.local(2)) { pool in _ = try await pool.mirai(Empty()).value } }
    print("whole pool", e)
}
