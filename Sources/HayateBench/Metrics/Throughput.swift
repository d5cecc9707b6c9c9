import Glibc
import Hayate

/// How much is done in a second.
enum Throughput {
    static func tasks() async throws {
        for daemons in [1, 2] {
            let (single, map) = try await withDaemons(.local(daemons)) { pool in
                _ = try await pool.map((0..<20_000).map { _ in Empty() }).collect()
                var single: [Double] = []
                var map: [Double] = []
                for _ in 0..<5 {
                    single.append(
                        100_000
                            / (try await seconds {
                                let all = (0..<100_000).map { _ in pool.mirai(Empty()) }
                                for mirai in all { _ = try await mirai.value }
                            }))
                    map.append(
                        200_000
                            / (try await seconds {
                                let all = repeatElement(Empty(), count: 200_000)
                                _ = try await pool.map(all).collect()
                            }))
                }
                return (single.median, map.median)
            }
            // Measured by others on a machine of this kind; see docs/performance.md.
            let mirai = daemons == 1 ? 1_900.0 : 2_900.0
            Metric(
                "tasks-mirai-\(daemons)", single, "tasks/s", floor: mirai,
                floorName: "mirai 2.7, from the literature of this project"
            ).emit()
            Metric(
                "tasks-map-\(daemons)", map, "tasks/s", floor: single,
                floorName: "tasks-mirai-\(daemons)"
            ).emit()
        }
    }

    /// What putting the daemon's process back costs a task that changes nothing: elements of chunks, which
    /// have little else to pay for.
    static func cleanUp() async throws {
        func nanoseconds(_ daemons: Daemons) async throws -> Double {
            try await withDaemons(daemons) { pool in
                var times: [Double] = []
                for _ in 0..<9 {
                    let before = try await pool.mirai(ProcessorTime()).value
                    let all = repeatElement(Empty(), count: 200_000)
                    _ = try await pool.map(all, chunk: .size(1_000)).collect()
                    let after = try await pool.mirai(ProcessorTime()).value
                    times.append((after - before) * 1e3 / 200_000)
                }
                return times.median
            }
        }
        let without = try await nanoseconds(.local(1).cleanUp([]))
        Metric(
            "clean-up", try await nanoseconds(.local(1)), "ns", floor: without,
            floorName: "the same without clean-up", note: "processor time of the daemon for an element of a chunk"
        ).emit()
    }

    static func payload() async throws {
        let floor = Floor.streamTransfer()
        try await withDaemons(.local(1)) { pool in
            for (name, size, rounds) in [("1MB", 1_000_000, 200), ("100MB", 100_000_000, 7)] {
                let bytes = [UInt8](repeating: 7, count: size)
                var rates: [Double] = []
                for _ in 0..<rounds {
                    let time = try await seconds {
                        let back = try await pool.mirai(Echo(bytes: bytes)).value
                        guard back.count == size else { return }
                    }
                    rates.append(2 * Double(size) / time / 1e6)
                }
                Metric(
                    "payload-echo-\(name)", rates.median, "MB/s", floor: floor,
                    floorName: "bare NNG stream, 100 MB one way",
                    note: "both directions counted, coding included"
                ).emit()
            }
        }
    }

    static func commands() async throws {
        let count = 3_000
        var floors: [Double] = []
        var rates: [Double] = []
        try await withDaemons(.local(2)) { pool in
            _ = try await pool.mirai(Command("/bin/true")).value
            for _ in 0..<3 {
                floors.append(try await spawnLoop(count))
                rates.append(
                    Double(count)
                        / (try await seconds {
                            let all = repeatElement(Command("/bin/true"), count: count)
                            _ = try await pool.map(all).collect()
                        }))
            }
        }
        Metric(
            "commands-2", rates.median, "commands/s", floor: floors.median,
            floorName: "bare posix_spawn loop in 2 processes"
        ).emit()
    }

    /// `posix_spawn` and `waitpid` in two processes at once, commands a second.
    private static func spawnLoop(_ count: Int) async throws -> Double {
        let time = await seconds {
            var children: [pid_t] = []
            for _ in 0..<2 {
                guard let name = strdup("/proc/self/exe"), let flag = strdup("--spawn-loop"),
                    let number = strdup(String(count / 2))
                else { return }
                defer {
                    free(name)
                    free(flag)
                    free(number)
                }
                let arguments: [UnsafeMutablePointer<CChar>?] = [name, flag, number, nil]
                var child = pid_t()
                guard posix_spawn(&child, name, nil, nil, arguments, environ) == 0 else { return }
                children.append(child)
            }
            for child in children { waitpid(child, nil, 0) }
        }
        return Double(count) / time
    }
}
