import Hayate

/// Whole pools with two daemons over loopback TCP, plain and under TLS in turns.
enum SecurePools {
    private static let target = "plain, in the same run; the target is 0.8"

    static func tasks() async throws {
        var figures: [Bool: Figures] = [:]
        for _ in 0..<3 {
            for isProtected in [false, true] {
                let round = try await withDaemons(daemons(isProtected)) { pool in try await measure(pool) }
                figures[isProtected, default: Figures()].add(round)
            }
        }
        guard let plain = figures[false], let protected = figures[true] else { return }
        Metric(
            "tls-tasks-mirai-2", protected.single.median, "tasks/s", floor: plain.single.median, floorName: target
        ).emit()
        Metric(
            "tls-tasks-map-2", protected.map.median, "tasks/s", floor: plain.map.median, floorName: target
        ).emit()
        Metric(
            "tls-pool-round-trip", protected.roundTrip.median, "µs", floor: plain.roundTrip.median,
            floorName: "plain, in the same run"
        ).emit()
        Metric(
            "tls-payload-echo-1MB", protected.small.median, "MB/s", floor: plain.small.median,
            floorName: "plain, in the same run", note: "both directions counted, coding included"
        ).emit()
        Metric(
            "tls-payload-echo-100MB", protected.large.median, "MB/s", floor: plain.large.median,
            floorName: "plain, in the same run", note: "both directions counted, coding included"
        ).emit()
    }

    private static func daemons(_ isProtected: Bool) -> Daemons {
        Daemons.local(2).with {
            $0.url = isProtected ? "tls+tcp://127.0.0.1:0" : "tcp://127.0.0.1:0"
            $0.allowsPlaintext = !isProtected
        }
    }

    private struct Figures {
        var single: [Double] = []
        var map: [Double] = []
        var roundTrip: [Double] = []
        var small: [Double] = []
        var large: [Double] = []

        mutating func add(_ other: Figures) {
            single += other.single
            map += other.map
            roundTrip += other.roundTrip
            small += other.small
            large += other.large
        }
    }

    private static func measure(_ pool: Pool) async throws -> Figures {
        var figures = Figures()
        _ = try await pool.map((0..<20_000).map { _ in Empty() }).collect()
        for _ in 0..<3 {
            figures.single.append(
                50_000
                    / (try await seconds {
                        let all = (0..<50_000).map { _ in pool.mirai(Empty()) }
                        for mirai in all { _ = try await mirai.value }
                    }))
            figures.map.append(
                200_000
                    / (try await seconds {
                        _ = try await pool.map(repeatElement(Empty(), count: 200_000)).collect()
                    }))
        }
        for _ in 0..<1_000 {
            figures.roundTrip.append(try await seconds { _ = try await pool.mirai(Empty()).value } * 1e6)
        }
        figures.small = try await echo(pool, 1_000_000, 40)
        figures.large = try await echo(pool, 100_000_000, 2)
        return figures
    }

    private static func echo(_ pool: Pool, _ size: Int, _ rounds: Int) async throws -> [Double] {
        let bytes = [UInt8](repeating: 7, count: size)
        var rates: [Double] = []
        for _ in 0..<rounds {
            let time = try await seconds { _ = try await pool.mirai(Echo(bytes: bytes)).value }
            rates.append(2 * Double(size) / time / 1e6)
        }
        return rates
    }
}
