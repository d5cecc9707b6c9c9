import Foundation
import HayateWire
import Testing

@Suite struct CoderRoundTripTests {
    private func check<T: Codable & Equatable>(
        _ value: T, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let bytes = try BinaryEncoder().encode(value)
        #expect(
            try BinaryDecoder().decode(T.self, from: bytes) == value,
            sourceLocation: sourceLocation)
        var appended: [UInt8] = [1, 2, 3]
        try BinaryEncoder().encode(value, appendingTo: &appended)
        let decoded = try appended.withUnsafeBytes {
            try BinaryDecoder().decode(T.self, from: UnsafeRawBufferPointer(rebasing: $0[3...]))
        }
        #expect(decoded == value, sourceLocation: sourceLocation)
    }

    private func integers<I: FixedWidthInteger & Codable>(_ type: I.Type) throws {
        var values: [I] = [I.min, I.max, 0, I.max / 2]
        for bit in 0..<I.bitWidth {
            let power = I(truncatingIfNeeded: 1) << bit
            values += [power, power &- 1, ~power, 0 &- power, power &+ 1]
        }
        for value in values { try check(value) }
        try check(values)
        try check(ContiguousArray(values))
        try check(Set(values))
        try check(values.map(Optional.some) + [nil])
        try check([values, [], values])
        try check(["all": values, "none": []])
    }

    @Test func integersOfAllWidths() throws {
        try integers(Int.self)
        try integers(Int8.self)
        try integers(Int16.self)
        try integers(Int32.self)
        try integers(Int64.self)
        try integers(Int128.self)
        try integers(UInt.self)
        try integers(UInt8.self)
        try integers(UInt16.self)
        try integers(UInt32.self)
        try integers(UInt64.self)
        try integers(UInt128.self)
    }

    @Test func floatingPointKeepsEveryBit() throws {
        let values: [Double] = [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .pi]
        for value in values {
            try check(value)
            try check(Float(value))
            try check([value, -value])
        }
        let bits: UInt64 = 0x7FF8_0000_DEAD_BEEF
        let bytes = try BinaryEncoder().encode(Double(bitPattern: bits))
        #expect(try BinaryDecoder().decode(Double.self, from: bytes).bitPattern == bits)
    }

    @Test func text() throws {
        for length in [0, 1, 15, 16, 31, 32, 127, 128, 16_383, 16_384, 100_000] {
            try check(String(repeating: "x", count: length))
            try check([String(repeating: "é", count: length)])
        }
        try check("\u{0}👩‍🔬")
    }

    @Test func containersAroundEachLengthOfTheirLength() throws {
        for count in [0, 1, 84, 85, 126, 127, 128, 253, 254, 255, 256, 257, 70_000] {
            try check(Array(repeating: Level.high, count: count))
            try check(Array(repeating: Nothing(), count: count))
            try check([Array(repeating: Nothing(), count: count)])
            try check((0..<count).map { Double($0) })
            try check(["a": (0..<count).map { Double($0) }, "b": []])
        }
    }

    @Test func largeArraysInsideStructs() throws {
        let grid = (0..<7).map { row in (0..<row * 1_000).map { Double($0) } }
        try check(grid)
        try check([grid, grid])
        try check(["a": grid, "b": []])
        try check(
            (0..<40).map { Shape.polygon(Array(repeating: 1.5, count: $0 * 99), closed: true) })
    }

    @Test func dictionaries() throws {
        try check(["1": 1, "01": 2, "+1": 3, "": 4, "é": 5])
        try check([1: "a", -5: "b"])
        try check([Level.low: 1, .high: 2])
        try check([[1, 2]: "a", []: "b"])
        try check(Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("key \($0)", $0) }))
        let long = String(repeating: "k", count: 126)
        try check([long: 1, long + "k": 2, long + "kk": 3])
        try check((0..<300).map { [String(repeating: "k", count: $0): $0] })
    }

    @Test func enumsAndOptionals() throws {
        try check([Shape.point, .circle(radius: 2), .polygon([1, 2], closed: false)])
        try check(Shape.group(.group(.point, nil), .group(.point, .circle(radius: 1))))
        try check([Int?.none, 1])
        try check(Int?.none)
        try check([[Int]?.none, [1]])
    }

    @Test func foundationTypes() throws {
        try check(Date(timeIntervalSince1970: 1.25))
        try check(URL(string: "https://example.org/a?b=c"))
        try check(UUID())
        try check(Decimal(string: "-3.14159265358979323846"))
        try check(Data())
        try check(Data((0..<10_000).map { UInt8(truncatingIfNeeded: $0) }))
        try check([Data([1]), Data([200, 255])])
    }

    @Test func dataAndByteArraysAreOneFormat() throws {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let encoded = try BinaryEncoder().encode(Data(bytes))
        #expect(try encoded == BinaryEncoder().encode(bytes))
        #expect(try BinaryDecoder().decode(Data.self, from: encoded) == Data(bytes))
        #expect(try BinaryDecoder().decode([Int].self, from: encoded) == bytes.map(Int.init))
    }

    @Test func inheritanceThroughSuperEncoders() throws {
        let value = Derived()
        (value.a, value.b) = (5, "six")
        let back = try BinaryDecoder().decode(Derived.self, from: BinaryEncoder().encode(value))
        #expect(back.a == 5 && back.b == "six")
    }

    @Test func containersWrittenByTurns() throws {
        try check(Interleaved(left: [5, 6, 7], right: ["a": 1, "b": 2, "c": 3]))
        let many = Dictionary(uniqueKeysWithValues: (100..<300).map { ("key \($0)", $0) })
        try check([Interleaved(left: Array(0..<200), right: many)])
    }

    @Test func packedNumbersFollowedByOthers() throws {
        struct Mixed: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(contentsOf: [1.5, -2])
                try container.encode("end")
                try container.encode(contentsOf: [UInt8](200...202))
            }
        }
        let bytes = try BinaryEncoder().encode([Mixed()])
        let core = try BinaryDecoder().decode([[Anything]].self, from: bytes)
        #expect(
            core == [
                [
                    .double(1.5), .double(-2), .text("end"), .integer(200), .integer(201),
                    .integer(202),
                ]
            ])
    }

    private enum Anything: Decodable, Equatable {
        case double(Double), text(String), integer(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Double.self) {
                self = .double(value)
            } else if let value = try? container.decode(Int.self) {
                self = .integer(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func generatedMixtures(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        try check(generator.mixture())
        try check(generator.list(upTo: 4) { $0.mixture() })
    }

    @Test func userInfoReachesTheTypes() throws {
        struct Reader: Codable {
            var found: String
            static let key = CodingUserInfoKey(rawValue: "test")
            init() { found = "" }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(Self.key.flatMap { encoder.userInfo[$0] as? String } ?? "none")
            }
            init(from decoder: any Decoder) throws {
                found = try decoder.singleValueContainer().decode(String.self)
                found += Self.key.flatMap { decoder.userInfo[$0] as? String } ?? "none"
            }
        }
        let key = try #require(Reader.key)
        var encoder = BinaryEncoder()
        encoder.userInfo[key] = "out"
        var decoder = BinaryDecoder()
        decoder.userInfo[key] = "in"
        #expect(try decoder.decode(Reader.self, from: encoder.encode(Reader())).found == "outin")
    }
}
