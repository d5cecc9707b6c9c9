import Glibc
import Hayate

/// How long one thing takes.
enum Latency {
    static func roundTrip() async throws {
        let bare = Floor.streamRoundTrip()?.medianMicroseconds
        let socket = Floor.socketRoundTrip()?.medianMicroseconds
        let ours = try await withDaemons(.local(1)) { pool in
            var samples: [Double] = []
            for round in 0..<6_000 {
                let time = try await seconds { _ = try await pool.mirai(Empty()).value }
                if round >= 1_000 { samples.append(time * 1e6) }
            }
            return samples.median
        }
        Metric(
            "round-trip", ours, "µs", floor: bare, floorName: "bare NNG stream ping-pong"
        ).emit()
        Metric(
            "round-trip-raw", ours, "µs", floor: socket, floorName: "raw socket ping-pong"
        ).emit()
    }

    /// From nothing to the first result and back to nothing, with 2 daemons.
    static func start() async throws {
        var firsts: [Double] = []
        var wholes: [Double] = []
        var floors: [Double] = []
        for _ in 0..<9 {
            floors.append(try await seconds { try spawnTwice() } * 1e3)
            var first = 0.0
            let begin = Floor.microseconds()
            let whole = try await seconds {
                try await withDaemons(.local(2)) { pool in
                    _ = try await pool.mirai(Empty()).value
                    first = (Floor.microseconds() - begin) / 1e3
                }
            }
            firsts.append(first)
            wholes.append(whole * 1e3)
        }
        Metric(
            "first-result", firsts.median, "ms", floor: floors.median,
            floorName: "this binary started twice and ended"
        ).emit()
        Metric("open-run-close", wholes.median, "ms").emit()
    }

    /// This very binary, twice at once, doing nothing.
    private static func spawnTwice() throws {
        guard let name = strdup("/proc/self/exe"), let flag = strdup("--nothing") else { return }
        defer {
            free(name)
            free(flag)
        }
        let arguments: [UnsafeMutablePointer<CChar>?] = [name, flag, nil]
        var children: [pid_t] = []
        for _ in 0..<2 {
            var child = pid_t()
            guard posix_spawn(&child, name, nil, nil, arguments, environ) == 0 else { return }
            children.append(child)
        }
        for child in children { waitpid(child, nil, 0) }
    }

    /// From `stop()` on a running task to the result of the next one on the same daemon.
    static func cancel() async throws {
        let samples = try await withDaemons(.local(1)) { pool in
            var samples: [Double] = []
            _ = try await pool.mirai(Empty()).value
            for _ in 0..<200 {
                let running = pool.mirai(Forever())
                while pool.status.counts.assigned == 0 { await Task.yield() }
                let next = pool.mirai(Empty())
                samples.append(
                    try await seconds {
                        running.stop()
                        _ = try await next.value
                    } * 1e6)
            }
            return samples
        }
        Metric("cancel", samples.median, "µs", note: "stop of a running task to the next result").emit()
    }
}
