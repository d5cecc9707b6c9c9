import HayateWire
import Testing

@Suite struct CoderToleranceTests {
    private struct Version1: Codable, Equatable {
        var a: Int
        var b: String?
    }

    private struct Version2: Codable, Equatable {
        var extra: [[String: Double]]
        var b: String?
        var a: Int
        var more: Shape?
    }

    @Test func extraAndReorderedFields() throws {
        let new = Version2(
            extra: [["x": 1], [:]], b: "bee", a: 4, more: .group(.point, .circle(radius: 1)))
        let bytes = try BinaryEncoder().encode([new, new])
        let old = try BinaryDecoder().decode([Version1].self, from: bytes)
        #expect(old == Array(repeating: Version1(a: 4, b: "bee"), count: 2))
    }

    @Test func missingOptionalFields() throws {
        struct Only: Codable { var a: Int }
        let bytes = try BinaryEncoder().encode(Only(a: 9))
        #expect(try BinaryDecoder().decode(Version1.self, from: bytes) == Version1(a: 9, b: nil))
    }

    @Test func missingFieldIsNamed() throws {
        struct Other: Codable { var b: String }
        let bytes = try BinaryEncoder().encode(["steps": [Other(b: "x")]])
        let failure = #expect(throws: CodingFailure.self) {
            try BinaryDecoder().decode([String: [Version1]].self, from: bytes)
        }
        #expect(failure?.code == .missing)
        #expect(failure?.path == "steps[0]")
        #expect(failure?.description.contains("the field a is not there") == true)
    }

    @Test func wrongTypeIsNamed() throws {
        let bytes = try BinaryEncoder().encode(["a": ["text"]])
        let failure = #expect(throws: CodingFailure.self) {
            try BinaryDecoder().decode([String: [Int]].self, from: bytes)
        }
        #expect(failure?.code == .typeMismatch)
        #expect(failure?.path == "a[0]")
        let narrow = #expect(throws: CodingFailure.self) {
            try BinaryDecoder().decode(Int8.self, from: BinaryEncoder().encode(200))
        }
        #expect(narrow?.code == .corrupt)
    }

    @Test func otherWidthsOfIntegers() throws {
        let bytes = try BinaryEncoder().encode([1, 2, 3] as [Int64])
        #expect(try BinaryDecoder().decode([UInt8].self, from: bytes) == [1, 2, 3])
        #expect(try BinaryDecoder().decode([Level].self, from: BinaryEncoder().encode([1, 7])) == [
            .low, .high,
        ])
    }

    @Test func fieldsLeftOutAreNotThere() throws {
        struct Probe: Decodable {
            var keys: Int
            var hasB: Bool
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: PathName.self)
                keys = container.allKeys.count
                hasB = container.contains(PathName(stringValue: "b"))
            }
        }
        let bytes = try BinaryEncoder().encode(Version1(a: 1, b: nil))
        let probe = try BinaryDecoder().decode(Probe.self, from: bytes)
        #expect(probe.keys == 1 && !probe.hasB)
    }

    @Test func failedElementLeavesNoTrace() throws {
        struct Refusal: Error {}
        struct Refusing: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: PathName.self)
                try container.encode([1.5, 2.5], forKey: PathName(stringValue: "lost"))
                throw Refusal()
            }
        }
        struct Outer: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: PathName.self)
                try container.encode(1, forKey: PathName(stringValue: "a"))
                try? container.encode(Refusing(), forKey: PathName(stringValue: "b"))
                try container.encode("bee", forKey: PathName(stringValue: "b"))
            }
        }
        let bytes = try BinaryEncoder().encode(Outer())
        #expect(try BinaryDecoder().decode(Version1.self, from: bytes) == Version1(a: 1, b: "bee"))
        #expect(throws: Refusal.self) { try BinaryEncoder().encode(Refusing()) }
    }

    @Test func decoderKeptTooLongReadsNothing() throws {
        final class Keeper: Codable {
            var decoder: (any Decoder)?
            var container: KeyedDecodingContainer<PathName>?
            init() {}
            init(from decoder: any Decoder) throws {
                self.decoder = decoder
                container = try decoder.container(keyedBy: PathName.self)
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: PathName.self)
                try container.encode("text", forKey: PathName(stringValue: "a"))
            }
        }
        let kept = try BinaryDecoder().decode(Keeper.self, from: BinaryEncoder().encode(Keeper()))
        #expect(throws: DecodingError.self) { try kept.decoder?.unkeyedContainer() }
        #expect(throws: DecodingError.self) {
            try kept.container?.decode(String.self, forKey: PathName(stringValue: "a"))
        }
        #expect(kept.container?.allKeys.isEmpty == true)
        #expect(kept.container?.codingPath.isEmpty == true)
    }
}
