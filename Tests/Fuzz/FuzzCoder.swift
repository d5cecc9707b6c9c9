// Fuzz target `coder`: the binary decoder must answer any bytes with a value or an error, and a
// value that it gave must survive being encoded and decoded again.

enum FuzzLevel: Int, Codable { case low = 1, high = 7 }

enum FuzzShape: Codable, Equatable {
    case point
    case circle(radius: Double)
    case polygon([Double], closed: Bool)
    indirect case group(FuzzShape, FuzzShape?)
}

struct FuzzNothing: Codable, Equatable {}

struct FuzzRecord: Codable, Equatable {
    var seed: Int
    var name: String
    var scale: Double
    var tags: [String]
    var limit: Int?
    var note: String?
    var twice: Int??
    var level: FuzzLevel?
    var wide: Int128?
    var flags: [Bool]?
    var nested: [FuzzRecord]?
}

/// Reads a container in a scattered way: `contains`, `allKeys`, nested containers, and out of
/// order.
struct FuzzScatter: Codable, Equatable {
    var found: [String: Int] = [:]

    struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for key in container.allKeys.reversed() {
            if let value = try? container.decode(Int.self, forKey: key) {
                found[key.stringValue] = value
            } else if var inner = try? container.nestedUnkeyedContainer(forKey: key) {
                let count = inner.count ?? 0
                while !inner.isAtEnd {
                    if (try? inner.decodeNil()) == true { continue }
                    if (try? inner.decode(Int.self)) != nil { continue }
                    if (try? inner.decode(String.self)) != nil { continue }
                    _ = try inner.decode(FuzzScatter.self)
                }
                found[key.stringValue] = count
            } else if let inner = try? container.nestedContainer(keyedBy: Name.self, forKey: key) {
                found[key.stringValue] = inner.allKeys.count
            } else if (try? container.decodeNil(forKey: key)) == true {
                found[key.stringValue] = -1
            } else {
                found[key.stringValue] = try container.decode(String.self, forKey: key).utf8.count
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (key, value) in found { try container.encode(value, forKey: Name(stringValue: key)) }
    }
}

private let limits = DecodingLimits(maximumDepth: 128, allocationBase: 1 << 18)

private func roundTrip<T: Codable>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer) {
    let decoder = BinaryDecoder(limits: limits)
    guard let value = try? decoder.decode(type, from: bytes) else { return }
    // Not a number is not equal to itself, so bytes are compared; dictionaries and sets have no
    // order, so the second and the third encoding are compared only for types without them.
    guard let first = try? BinaryEncoder().encode(value) else {
        fatalError("cannot encode \(type)")
    }
    guard let again = try? BinaryDecoder().decode(type, from: first) else {
        fatalError("cannot decode what was encoded: \(type) \(first)")
    }
    guard let second = try? BinaryEncoder().encode(again) else { fatalError("cannot encode again") }
    precondition(first.count == second.count, "\(type) changed: \(first) \(second)")
}

private func roundTripExactly<T: Codable>(_ type: T.Type, _ bytes: UnsafeRawBufferPointer) {
    guard let value = try? BinaryDecoder(limits: limits).decode(type, from: bytes) else { return }
    guard let first = try? BinaryEncoder().encode(value),
        let again = try? BinaryDecoder().decode(type, from: first),
        let second = try? BinaryEncoder().encode(again)
    else { fatalError("no round trip of \(type)") }
    precondition(first == second, "\(type) changed: \(first) \(second)")
}

/// The first byte chooses the type, so that the fuzzer finds its way into each of them.
func fuzzCoder(_ bytes: UnsafeRawBufferPointer) {
    guard let choice = bytes.first else { return }
    let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    switch choice % 24 {
    case 0: roundTripExactly(Int.self, rest)
    case 1: roundTripExactly(Double.self, rest)
    case 2: roundTripExactly(String.self, rest)
    case 3: roundTripExactly([Double].self, rest)
    case 4: roundTripExactly([UInt8].self, rest)
    case 5: roundTripExactly([Bool].self, rest)
    case 6: roundTripExactly([String].self, rest)
    case 7: roundTripExactly([[Int]].self, rest)
    case 8: roundTripExactly([Int16?].self, rest)
    case 9: roundTrip([String: [Double]].self, rest)
    case 10: roundTrip([Int: String].self, rest)
    case 11: roundTrip(Set<UInt64>.self, rest)
    case 12: roundTripExactly(FuzzRecord.self, rest)
    case 13: roundTripExactly([FuzzRecord].self, rest)
    case 14: roundTripExactly(FuzzShape.self, rest)
    case 15: roundTripExactly([FuzzShape].self, rest)
    case 16: roundTripExactly([FuzzNothing].self, rest)
    case 17: roundTrip(FuzzScatter.self, rest)
    case 18: roundTripExactly(Int128.self, rest)
    case 19: roundTripExactly(ContiguousArray<UInt8>.self, rest)
    case 20: roundTrip([[Int]: FuzzLevel].self, rest)
    case 21: roundTripExactly(Bool?.self, rest)
    case 22: roundTripExactly([Float].self, rest)
    default: roundTrip([FuzzScatter].self, rest)
    }
}

/// One value of each type of the battery.
func coderSeeds() -> [[UInt8]] {
    let encoder = BinaryEncoder()
    let record = FuzzRecord(
        seed: 300, name: "simulate", scale: 1.5, tags: ["a", "bc"], limit: nil, note: "é",
        twice: .some(nil), level: .high, wide: -1 << 100, flags: [true, false],
        nested: [
            FuzzRecord(
                seed: -1, name: "", scale: 0, tags: [], limit: 7, note: nil, twice: nil,
                level: nil, wide: nil, flags: nil, nested: nil)
        ])
    let shape = FuzzShape.group(.polygon([1, 2], closed: true), .group(.circle(radius: 1), nil))
    let messages: [(UInt8, any Encodable)] = [
        (0, 70_000), (1, 1.5), (2, "text é"), (3, [1.5, 2.5]), (4, [1, 2, 255] as [UInt8]),
        (5, [true, false]), (6, ["a", "bc", ""]), (7, [[1, 2], [], [-3]]),
        (8, [1, nil, -300] as [Int16?]), (9, ["x": [1.5], "y": []]), (10, [1: "a", -2: "b"]),
        (11, Set([1, 2, 3] as [UInt64])), (12, record), (13, [record, record]), (14, shape),
        (15, [shape, .point]), (16, [FuzzNothing(), FuzzNothing()]),
        (17, ["a": 1, "b": 2]), (17, ["a": [1, 2], "b": []]), (18, Int128.min),
        (19, ContiguousArray<UInt8>([1, 200])), (20, [[1, 2]: FuzzLevel.low]), (21, Bool?.none),
        (22, [1.5, 2.5] as [Float]), (23, [["a": 1], ["b": 2, "c": 3]]),
    ]
    return messages.map { choice, value in
        guard let bytes = try? encoder.encode(value) else { fatalError("cannot encode a seed") }
        return [choice] + bytes
    }
}
