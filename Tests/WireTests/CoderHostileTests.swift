import Foundation
import HayateWire
import Testing

@Suite struct CoderHostileTests {
    private let decoder = BinaryDecoder()

    /// Decodes as every type of the tests; the result does not matter, only that there is one.
    private func decodeAsEverything(_ bytes: [UInt8]) {
        _ = try? decoder.decode(Mixture.self, from: bytes)
        _ = try? decoder.decode([Parameters].self, from: bytes)
        _ = try? decoder.decode([String: [Double]].self, from: bytes)
        _ = try? decoder.decode([Int: String].self, from: bytes)
        _ = try? decoder.decode(Shape.self, from: bytes)
        _ = try? decoder.decode([Nothing].self, from: bytes)
        _ = try? decoder.decode(Interleaved.self, from: bytes)
        _ = try? decoder.decode(Data.self, from: bytes)
        _ = try? decoder.decode([Int].self, from: bytes)
        _ = try? decoder.decode(String.self, from: bytes)
        _ = try? decoder.decode(Chain.self, from: bytes)
    }

    private func examples() throws -> [[UInt8]] {
        var generator = SeededGenerator(state: 4)
        let encoder = BinaryEncoder()
        return try [
            encoder.encode(generator.mixture()),
            encoder.encode([generator.parameters(), generator.parameters()]),
            encoder.encode(["a": [1.5], "b": []]),
            encoder.encode([3: "x", -4: "y"]),
            encoder.encode(Shape.group(.circle(radius: 1), .group(.point, nil))),
            encoder.encode(Interleaved(left: [1, 2], right: ["a": 1, "b": 2])),
            encoder.encode(Chain.of(length: 5)),
        ]
    }

    @Test func everyTruncationIsAnError() throws {
        var generator = SeededGenerator(state: 9)
        let bytes = try BinaryEncoder().encode(generator.mixture())
        for length in 0..<bytes.count {
            #expect(throws: (any Error).self, "first \(length) bytes") {
                try decoder.decode(Mixture.self, from: Array(bytes[..<length]))
            }
        }
        for example in try examples() {
            for length in 0..<min(example.count, 200) {
                decodeAsEverything(Array(example[..<length]))
            }
        }
    }

    @Test func everyFlippedByteIsSurvived() throws {
        for example in try examples() {
            let masks: [UInt8] = example.count < 200 ? [0x01, 0x20, 0x80, 0xFF] : [0x81]
            for index in example.indices {
                for mask in masks {
                    var bytes = example
                    bytes[index] ^= mask
                    decodeAsEverything(bytes)
                }
            }
        }
    }

    @Test func hugeCountsAreRefusedBeforeAllocating() throws {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
        for element in 0...10 as ClosedRange<UInt8> {
            let bytes = [0xC0 | element] + huge + [1, 2, 3]
            #expect(throws: CodingFailure.self) { try decoder.decode([Int].self, from: bytes) }
            #expect(throws: CodingFailure.self) { try decoder.decode([Double].self, from: bytes) }
            #expect(throws: CodingFailure.self) { try decoder.decode(Data.self, from: bytes) }
            #expect(throws: CodingFailure.self) { try decoder.decode([Bool].self, from: bytes) }
        }
        let tooLong = huge.dropLast() + [0xFF, 0x01]
        #expect(throws: CodingFailure.self) {
            try decoder.decode([UInt8].self, from: [0xC0] + tooLong + [1])
        }
        #expect(throws: CodingFailure.self) {
            try decoder.decode(String.self, from: [0xA5] + huge + [0x61])
        }
        for tag in [0xB9, 0xBB] as [UInt8] {
            let bytes = [tag] + Array(repeating: 0xFF as UInt8, count: 8) + [0xA4]
            #expect(throws: CodingFailure.self) { try decoder.decode([Nothing].self, from: bytes) }
            #expect(throws: CodingFailure.self) {
                try decoder.decode([String: Int].self, from: bytes)
            }
        }
    }

    @Test func elementsWithoutSizeCostBytes() throws {
        let bytes = try BinaryEncoder().encode(Array(repeating: Nothing(), count: 100_000))
        #expect(bytes.count > 100_000)
        #expect(try decoder.decode([Nothing].self, from: bytes).count == 100_000)
    }

    @Test func memoryIsBounded() throws {
        let bytes = try BinaryEncoder().encode(Array(repeating: Nothing(), count: 100_000))
        let tight = BinaryDecoder(limits: DecodingLimits(allocationBase: 0, allocationFactor: 2))
        let failure = #expect(throws: CodingFailure.self) {
            try tight.decode([Nothing].self, from: bytes)
        }
        #expect(failure?.code == .limitExceeded)
        #expect(failure?.reason.contains("raise the allocation limits") == true)
        let numbers = try BinaryEncoder().encode(Array(repeating: 1.5, count: 1_000))
        #expect(throws: CodingFailure.self) {
            try BinaryDecoder(limits: DecodingLimits(allocationBase: 100, allocationFactor: 0))
                .decode([Double].self, from: numbers)
        }
        let short = #expect(throws: CodingFailure.self) {
            try BinaryDecoder(limits: DecodingLimits(maximumInputBytes: 10))
                .decode([Double].self, from: numbers)
        }
        #expect(short?.code == .limitExceeded)
    }

    @Test func depthIsBounded() throws {
        let deep = Chain.of(length: 200)
        let bytes = try BinaryEncoder().encode(deep)
        #expect(try decoder.decode(Chain.self, from: bytes).length == deep.length)
        let failure = #expect(throws: CodingFailure.self) {
            try BinaryDecoder(limits: DecodingLimits(maximumDepth: 100))
                .decode(Chain.self, from: bytes)
        }
        #expect(failure?.code == .limitExceeded)
        let encoding = #expect(throws: CodingFailure.self) {
            try BinaryEncoder().encode(Chain.of(length: 300))
        }
        #expect(encoding?.code == .notEncodable)
        // A hand-made nest of 2,000 containers.
        var nest: [UInt8] = [0xA4]
        for _ in 0..<2_000 {
            let length = UInt64(nest.count)
            nest = [0xBB] + (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + nest
        }
        #expect(throws: CodingFailure.self) { try decoder.decode(Nest.self, from: nest) }
    }

    private final class Nest: Decodable {
        var inner: [Nest]
        init(from decoder: any Decoder) throws {
            inner = try decoder.singleValueContainer().decode([Nest].self)
        }
    }

    @Test func typesThatDecodeThemselvesForeverAreStopped() throws {
        final class Endless: Decodable {
            init(from decoder: any Decoder) throws {
                _ = try decoder.singleValueContainer().decode(Endless.self)
            }
        }
        #expect(throws: CodingFailure.self) { try decoder.decode(Endless.self, from: [5]) }
    }

    @Test func textIsCheckedUTF8() throws {
        for bytes in [[0x81, 0xFF], [0x82, 0xC0, 0x80], [0x83, 0xED, 0xA0, 0x80], [0x81, 0xE2]]
            as [[UInt8]]
        {
            let failure = #expect(throws: CodingFailure.self) {
                try decoder.decode(String.self, from: bytes)
            }
            #expect(failure?.reason.contains("UTF-8") == true)
            #expect(throws: CodingFailure.self) {
                try decoder.decode([String].self, from: [0xBA, UInt8(bytes.count)] + bytes)
            }
        }
        // A key that is no text: the dictionary cannot be read, other types do not mind.
        let key: [UInt8] = [0xB8, 2, 0x00, 1, 1, 0xFF]
        #expect(throws: CodingFailure.self) { try decoder.decode([String: Int].self, from: key) }
        #expect(try decoder.decode(Nothing.self, from: key) == Nothing())
    }

    @Test func damagedTablesAndReservedTags() throws {
        #expect(throws: CodingFailure.self) { try decoder.decode(Int.self, from: []) }
        #expect(throws: CodingFailure.self) { try decoder.decode(Int.self, from: [5, 3, 0x61]) }
        #expect(throws: CodingFailure.self) {
            try decoder.decode([String: Int].self, from: [0xB8, 2, 0x01, 1, 1, 0x61])
        }
        let tooMany = [5] + Array(repeating: 0 as UInt8, count: 129)
        #expect(throws: CodingFailure.self) { try decoder.decode(Int.self, from: tooMany) }
        let reserved: [ClosedRange<UInt8>] = [
            0xAD...0xAF, 0xB5...0xB7, 0xBC...0xBF, 0xCB...0xFF,
        ]
        for tag in reserved.joined() {
            let bytes = [tag] + Array(repeating: 0 as UInt8, count: 20)
            #expect(throws: CodingFailure.self) { try decoder.decode([Int].self, from: bytes) }
        }
        #expect(throws: CodingFailure.self) {
            try decoder.decode([Bool].self, from: [0xCA, 2, 1, 2])
        }
    }
}
