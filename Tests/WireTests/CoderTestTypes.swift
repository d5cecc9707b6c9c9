struct Parameters: Codable, Equatable {
    var seed: Int
    var name: String
    var scale: Double
    var tags: [String]
    var limit: Int?
    var note: String?
}

struct Nothing: Codable, Equatable {}

enum Shape: Codable, Equatable {
    case point
    case circle(radius: Double)
    case polygon([Double], closed: Bool)
    indirect case group(Shape, Shape?)
}

enum Level: Int, Codable { case low = 1, high = 7 }

final class Chain: Codable {
    var value: Int
    var next: Chain?

    init(value: Int, next: Chain?) {
        self.value = value
        self.next = next
    }

    static func of(length: Int) -> Chain {
        (0..<length).reduce(Chain(value: -1, next: nil)) { Chain(value: $1, next: $0) }
    }

    var length: Int { 1 + (next?.length ?? 0) }
}

/// Every kind of field at once.
struct Mixture: Codable, Equatable {
    var parameters: Parameters
    var bytes: [UInt8]
    var doubles: [Double]
    var floats: [Float]
    var flags: [Bool]
    var grid: [[Double]]
    var words: [[String]]
    var optionals: [Int?]
    var optionalArray: [Int32]?
    var twice: Int??
    var byName: [String: [Int16]]
    var byNumber: [Int: String]
    var bySet: Set<UInt64>
    var shapes: [Shape]
    var level: Level
    var wide: Int128
    var wideUnsigned: UInt128
    var nothing: Nothing
    var nothings: [Nothing]
    var smallest: [Int8]
    var character: UInt16
}

class Base: Codable {
    var a = 1
    init() {}
}

final class Derived: Base {
    var b = "two"
    private enum CodingKeys: CodingKey { case b }

    override init() { super.init() }

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        b = try container.decode(String.self, forKey: .b)
        try super.init(from: container.superDecoder())
    }

    override func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(b, forKey: .b)
        try super.encode(to: container.superEncoder())
    }
}

/// Writes to two nested containers by turns, which is legal and rare.
struct Interleaved: Codable, Equatable {
    var left: [Int]
    var right: [String: Int]
    private enum Keys: CodingKey { case left, right, last }

    init(left: [Int], right: [String: Int]) {
        (self.left, self.right) = (left, right)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        var left = container.nestedUnkeyedContainer(forKey: .left)
        var right = container.nestedContainer(keyedBy: PathName.self, forKey: .right)
        for (index, value) in self.left.enumerated() {
            try left.encode(value)
            let pair = self.right.sorted { $0.key < $1.key }[index]
            try right.encode(pair.value, forKey: PathName(stringValue: pair.key))
        }
        try container.encode(true, forKey: .last)
        try left.encode(0)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Keys.self)
        var left = try container.nestedUnkeyedContainer(forKey: .left)
        let right = try container.nestedContainer(keyedBy: PathName.self, forKey: .right)
        (self.left, self.right) = ([], [:])
        for key in right.allKeys {
            self.left.append(try left.decode(Int.self))
            self.right[key.stringValue] = try right.decode(Int.self, forKey: key)
        }
        guard try left.decode(Int.self) == 0, left.isAtEnd,
            try container.decode(Bool.self, forKey: .last)
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "wrong end"))
        }
    }
}

struct PathName: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A small generator whose numbers are the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func integer<I: FixedWidthInteger>() -> I {
        let bits = UInt128(next()) << 64 | UInt128(next())
        return I(truncatingIfNeeded: bits >> UInt128.random(in: 0..<128, using: &self))
    }

    mutating func list<T>(upTo count: Int, _ make: (inout Self) -> T) -> [T] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in make(&self) }
    }

    mutating func text() -> String {
        let alphabet = Array("abcXYZ 09_ßé漢👩‍🔬")
        return String(list(upTo: 40) { alphabet.randomElement(using: &$0) ?? "a" })
    }

    mutating func shape(_ depth: Int = 3) -> Shape {
        switch Int.random(in: 0..<(depth > 0 ? 4 : 3), using: &self) {
        case 0: return .point
        case 1: return .circle(radius: Double.random(in: -1e9...1e9, using: &self))
        case 2:
            let numbers = list(upTo: 60) { Double($0.next()) }
            return .polygon(numbers, closed: Bool.random(using: &self))
        default:
            let first = shape(depth - 1)
            return .group(first, Bool.random(using: &self) ? shape(depth - 1) : nil)
        }
    }

    mutating func parameters() -> Parameters {
        Parameters(
            seed: integer(), name: text(), scale: Double.random(in: -1...1, using: &self),
            tags: list(upTo: 5) { $0.text() }, limit: Bool.random(using: &self) ? integer() : nil,
            note: Bool.random(using: &self) ? text() : nil)
    }

    mutating func mixture() -> Mixture {
        Mixture(
            parameters: parameters(), bytes: list(upTo: 300) { $0.integer() },
            doubles: list(upTo: 40) { Double($0.next()) },
            floats: list(upTo: 40) { Float($0.next()) },
            flags: list(upTo: 40) { Bool.random(using: &$0) },
            grid: list(upTo: 5) { $0.list(upTo: 5) { Double($0.next()) } },
            words: list(upTo: 4) { $0.list(upTo: 4) { $0.text() } },
            optionals: list(upTo: 9) { Bool.random(using: &$0) ? $0.integer() : nil },
            optionalArray: Bool.random(using: &self) ? list(upTo: 9) { $0.integer() } : nil,
            twice: [nil, .some(nil), .some(.some(3))].randomElement(using: &self) ?? nil,
            byName: Dictionary(
                list(upTo: 200) { ($0.text(), $0.list(upTo: 3) { $0.integer() }) },
                uniquingKeysWith: { $1 }),
            byNumber: Dictionary(
                list(upTo: 9) { ($0.integer(), $0.text()) }, uniquingKeysWith: { $1 }),
            bySet: Set(list(upTo: 9) { $0.integer() }), shapes: list(upTo: 6) { $0.shape() },
            level: Bool.random(using: &self) ? .low : .high, wide: integer(),
            wideUnsigned: integer(), nothing: Nothing(),
            nothings: Array(repeating: Nothing(), count: Int.random(in: 0..<9, using: &self)),
            smallest: list(upTo: 9) { $0.integer() }, character: integer())
    }
}
