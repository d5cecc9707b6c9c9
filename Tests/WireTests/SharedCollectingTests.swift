import HayateWire
import Testing

/// Content with a number.
private final class Content: SharedContent {
    let number: UInt64
    init(_ number: UInt64) { self.number = number }
}

/// Means content by number where that is collected.
private struct Meaning: Encodable {
    var content: Content

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        let isCollected = (encoder as? any SharedCollecting)?.collect(content) ?? false
        try container.encode(isCollected ? content.number : 0)
    }
}

/// Writes to two containers by turns, which the encoder builds apart.
private struct ByTurns: Encodable {
    var contents: [Content]

    func encode(to encoder: any Encoder) throws {
        var outer = encoder.unkeyedContainer()
        var left = outer.nestedUnkeyedContainer()
        var right = outer.nestedUnkeyedContainer()
        for content in contents {
            try left.encode(Meaning(content: content))
            try right.encode(Meaning(content: content))
        }
    }
}

/// Its own encoding fails, and its owner goes on without it.
private struct Tolerant: Encodable {
    var content: Content

    private struct Failing: Encodable {
        var content: Content
        struct Refusal: Error {}
        func encode(to encoder: any Encoder) throws {
            try Meaning(content: content).encode(to: encoder)
            throw Refusal()
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        do {
            try container.encode(Failing(content: content))
        } catch {
            try container.encode("without")
        }
    }
}

@Suite struct SharedCollectingTests {
    private func collect(_ value: some Encodable) throws -> (numbers: [UInt64], bytes: [UInt8]) {
        var contents: [any SharedContent] = []
        let bytes = try BinaryEncoder().encode(value, collecting: &contents)
        return (contents.map(\.number), bytes)
    }

    @Test func valuesWithoutSharedContentsAreEncodedAsEver() throws {
        let value = ["a": [1, 2, 3], "b": []]
        let (numbers, bytes) = try collect(value)
        #expect(numbers.isEmpty)
        #expect(try BinaryDecoder().decode([String: [Int]].self, from: bytes) == value)
        #expect(try collect(5).bytes == BinaryEncoder().encode(5))
        #expect(try collect("text").bytes == BinaryEncoder().encode("text"))
    }

    @Test func eachContentIsCollectedOnce() throws {
        let (one, two) = (Content(7), Content(9))
        let (numbers, bytes) = try collect([one, two, one, one, two].map(Meaning.init))
        #expect(numbers == [7, 9])
        #expect(try BinaryDecoder().decode([Int].self, from: bytes) == [7, 9, 7, 7, 9])
    }

    @Test func containersBuiltApartAreCollectedToo() throws {
        let (numbers, bytes) = try collect(ByTurns(contents: [Content(1), Content(2)]))
        #expect(numbers.sorted() == [1, 2])
        #expect(try BinaryDecoder().decode([[Int]].self, from: bytes) == [[1, 2], [1, 2]])
    }

    @Test func nothingIsCollectedWhereNobodyAsks() throws {
        let bytes = try BinaryEncoder().encode([Meaning(content: Content(7))])
        #expect(try BinaryDecoder().decode([Int].self, from: bytes) == [0])
    }

    @Test func aValueThatTurnsOutNotToBeEncodableDoesNoHarm() throws {
        let (_, bytes) = try collect([Tolerant(content: Content(7))])
        #expect(try BinaryDecoder().decode([[String]].self, from: bytes) == [["without"]])
    }

    @Test func encodingInPlaceGivesTheSameBytes() throws {
        let value = (0..<50).map { ["key \($0)": [Double](repeating: 1, count: $0 * 100)] }
        var bytes: [UInt8] = []
        try BinaryEncoder().encode(value) { count, fill in
            bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, size in
                if let base = buffer.baseAddress { fill(base) }
                size = count
            }
        }
        #expect(bytes == (try BinaryEncoder().encode(value)))
    }

    @Test func theFrameOfContentIsTheOneOfTheMessage() {
        var (one, other) = (FrameWriter(), FrameWriter())
        var (left, right): ([UInt8], [UInt8]) = ([], [])
        one.write(.sharedBytes(3, body: [1, 2]), into: &left)
        other.writeSharedBytes(3, bodyBytes: 2, into: &right)
        #expect(left == right + [1, 2])
    }
}
