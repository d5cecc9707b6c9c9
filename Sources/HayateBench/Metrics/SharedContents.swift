import Hayate

/// What it costs to give tasks large and constant arguments.
enum SharedContents {
    /// 100 MB of numbers to 2 daemons that each add them up: as a shared array, and as a property of each
    /// task.
    static func array() async throws {
        let numbers = (0..<12_500_000).map { Double($0 % 1_000) }
        let sum = numbers.reduce(0, +)
        let (shared, plain) = try await withDaemons(.local(2)) { pool in
            var shared: [Double] = []
            var plain: [Double] = []
            for round in 0..<8 {
                let one = try await seconds {
                    let numbers = try SharedArray(numbers)
                    let mirais = (0..<2).map { _ in pool.mirai(SumInPlace(numbers: numbers)) }
                    for mirai in mirais { try check(try await mirai.value, sum) }
                }
                let other = try await seconds {
                    let mirais = (0..<2).map { _ in pool.mirai(SumProperty(numbers: numbers)) }
                    for mirai in mirais { try check(try await mirai.value, sum) }
                }
                guard round > 0 else { continue }
                shared.append(one * 1e3)
                plain.append(other * 1e3)
            }
            return (shared.median, plain.median)
        }
        Metric(
            "shared-100MB", shared, "ms", floor: plain, floorName: "the array as a property of both tasks",
            note: "into the memory file, to 2 daemons, added up by both"
        ).emit()
    }

    /// A map over tiny elements with a constant argument of 1 MB.
    static func constant() async throws {
        let bytes = [UInt8](repeating: 7, count: 1_000_000)
        let count = 100_000
        let (shared, bare, each) = try await withDaemons(.local(2)) { pool in
            let constant = try Shared(bytes)
            var shared: [Double] = []
            var bare: [Double] = []
            for round in 0..<6 {
                let one = try await seconds {
                    let all = (0..<count).map { WithConstant(index: $0, bytes: constant) }
                    _ = try await pool.map(all).collect()
                }
                let other = try await seconds {
                    let all = (0..<count).map { WithoutConstant(index: $0) }
                    _ = try await pool.map(all).collect()
                }
                guard round > 0 else { continue }
                shared.append(Double(count) / one)
                bare.append(Double(count) / other)
            }
            let each = try await seconds {
                let all = (0..<100).map { WithOwnConstant(index: $0, bytes: bytes) }
                _ = try await pool.map(all).collect()
            }
            return (shared.median, bare.median, 100 / each)
        }
        Metric(
            "map-constant", shared, "elements/s", floor: bare, floorName: "the same map without the constant",
            note: "sent with each element, 100 of them: \(Int(each)) elements/s"
        ).emit()
    }

    private static func check(_ value: Double, _ expected: Double) throws {
        guard value == expected else { throw WrongSum(value: value) }
    }

    struct WrongSum: Error {
        var value: Double
    }
}

/// Adds up a shared array where it is.
struct SumInPlace: RemoteTask {
    var numbers: SharedArray<Double>
    func run(in context: TaskContext) async throws -> Double {
        numbers.withUnsafeBufferPointer { $0.reduce(0, +) }
    }
}

/// Adds up an array of its own.
struct SumProperty: RemoteTask {
    var numbers: [Double]
    func run(in context: TaskContext) async throws -> Double {
        numbers.withUnsafeBufferPointer { $0.reduce(0, +) }
    }
}

/// One byte of a shared constant.
struct WithConstant: RemoteTask {
    var index: Int
    var bytes: Shared<[UInt8]>
    func run(in context: TaskContext) async throws -> Int { Int(try bytes.value[index]) }
}

/// The same without the constant.
struct WithoutConstant: RemoteTask {
    var index: Int
    func run(in context: TaskContext) async throws -> Int { index & 7 }
}

/// The same with a constant of its own.
struct WithOwnConstant: RemoteTask {
    var index: Int
    var bytes: [UInt8]
    func run(in context: TaskContext) async throws -> Int { Int(bytes[index]) }
}
