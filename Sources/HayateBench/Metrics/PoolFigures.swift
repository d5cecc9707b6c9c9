import Hayate

/// What a pool of two daemons does, to be compared with another way to its daemons.
struct PoolFigures {
    private var single: [Double] = []
    private var map: [Double] = []
    private var roundTrip: [Double] = []
    private var small: [Double] = []
    private var large: [Double] = []

    mutating func add(_ other: PoolFigures) {
        single += other.single
        map += other.map
        roundTrip += other.roundTrip
        small += other.small
        large += other.large
    }

    func emit(_ way: String, floor: PoolFigures, floorName: String, tasksFloorName: String? = nil, large size: String) {
        let tasks = tasksFloorName ?? floorName
        Metric("\(way)-tasks-mirai-2", single.median, "tasks/s", floor: floor.single.median, floorName: tasks).emit()
        Metric("\(way)-tasks-map-2", map.median, "tasks/s", floor: floor.map.median, floorName: tasks).emit()
        Metric("\(way)-pool-round-trip", roundTrip.median, "µs", floor: floor.roundTrip.median, floorName: floorName)
            .emit()
        let note = "both directions counted, coding included"
        Metric(
            "\(way)-payload-echo-1MB", small.median, "MB/s", floor: floor.small.median, floorName: floorName, note: note
        ).emit()
        Metric(
            "\(way)-payload-echo-\(size)", large.median, "MB/s", floor: floor.large.median, floorName: floorName,
            note: note
        ).emit()
    }

    /// - Parameters:
    ///   - tasks: single ones in a round; a map has four times as many.
    ///   - largest: bytes of the largest payload.
    static func measure(_ pool: Pool, tasks: Int, largest: Int) async throws -> PoolFigures {
        var figures = PoolFigures()
        _ = try await pool.map((0..<20_000).map { _ in Empty() }).collect()
        for _ in 0..<3 {
            figures.single.append(
                Double(tasks)
                    / (try await seconds {
                        let all = (0..<tasks).map { _ in pool.mirai(Empty()) }
                        for mirai in all { _ = try await mirai.value }
                    }))
            figures.map.append(
                Double(4 * tasks)
                    / (try await seconds {
                        _ = try await pool.map(repeatElement(Empty(), count: 4 * tasks)).collect()
                    }))
        }
        for _ in 0..<1_000 {
            figures.roundTrip.append(try await seconds { _ = try await pool.mirai(Empty()).value } * 1e6)
        }
        figures.small = try await echo(pool, 1_000_000, 40)
        figures.large = try await echo(pool, largest, 2)
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
