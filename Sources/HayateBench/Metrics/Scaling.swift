import Glibc
import Hayate

/// What many waiting tasks and many daemons cost.
enum Scaling {
    /// Resident memory for each task that waits, its mirai included.
    static func memory() async throws {
        for count in [100_000, 1_000_000] {
            // A process of its own for each: freed memory of the first would hide the second's.
            guard let bytes = measureInChild("--memory", count) else { continue }
            Metric(
                "memory-per-queued-task-\(count / 1_000)k", bytes, "bytes", floor: 300,
                floorName: "the target"
            ).emit()
        }
    }

    /// The body of the child: queues tasks where no daemon is, and prints what that took.
    static func memoryChild(_ count: Int) async throws {
        try await withDaemons(.local(0)) { pool in
            var mirais: [Mirai<Int>] = []
            mirais.reserveCapacity(count)
            for _ in 0..<1_000 { mirais.append(pool.mirai(Empty())) }
            let before = residentBytes()
            for _ in 1_000..<count { mirais.append(pool.mirai(Empty())) }
            print(Double(residentBytes() - before) / Double(count - 1_000))
        }
    }

    /// Time a task from submission to result on one daemon, with so many others waiting.
    static func queue() async throws {
        var base: Double?
        for waiting in [1_000, 10_000, 100_000, 1_000_000] {
            let cost = try await withDaemons(.local(1)) { pool in
                _ = try await pool.map(repeatElement(Empty(), count: 20_000)).collect()
                var costs: [Double] = []
                for _ in 0..<(waiting >= 1_000_000 ? 1 : 3) {
                    let time = try await seconds {
                        let all = (0..<waiting).map { _ in pool.mirai(Empty()) }
                        for mirai in all { _ = try await mirai.value }
                    }
                    costs.append(time * 1e6 / Double(waiting))
                }
                return costs.median
            }
            Metric(
                "cost-per-task-queue-\(waiting)", cost, "µs", floor: base ?? cost,
                floorName: "the same with 1000"
            ).emit()
            base = base ?? cost
        }
    }

    /// Cost of a task with so many daemons on real connections, which answer at once.
    static func daemons() async throws {
        _ = Fleet.raiseLimit()
        var base: Double?
        for count in [2, 100, 1_000, 10_000] {
            guard let cost = try await Fleet.costPerTask(daemons: count) else {
                Metric("cost-per-task-daemons-\(count)", 0, "µs", note: "fleet did not connect").emit()
                continue
            }
            Metric(
                "cost-per-task-daemons-\(count)", cost, "µs", floor: base ?? cost,
                floorName: "the same with 2",
                note: "processor time of the host, the daemons are connections of another process"
            ).emit()
            base = base ?? cost
        }
    }

    static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    static func measureInChild(_ flag: String, _ count: Int) -> Double? {
        guard let pipe = popen("/proc/\(getpid())/exe \(flag) \(count)", "r") else { return nil }
        defer { pclose(pipe) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard fgets(&buffer, 128, pipe) != nil else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Double(text)
    }
}
