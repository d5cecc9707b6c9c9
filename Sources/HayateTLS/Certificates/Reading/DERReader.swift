/// Reads the binary form of keys and certificates, one value after the other, without trust in its lengths.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(Array(bytes)) }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next value's tag, without going on.
    var tag: UInt8? { rest.first }

    /// The next value with its tag and length.
    mutating func whole() -> [UInt8]? {
        let before = rest
        guard any() != nil else { return nil }
        return Array(before[..<rest.startIndex])
    }

    /// What is inside the next value.
    mutating func any() -> [UInt8]? {
        var reader = rest
        guard reader.popFirst() != nil, let first = reader.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7f)
            // Three bytes count to 16 MB; nothing that we read is longer.
            guard (1...3).contains(count), reader.count >= count else { return nil }
            length = reader.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            reader = reader.dropFirst(count)
        }
        guard reader.count >= length else { return nil }
        rest = reader.dropFirst(length)
        return Array(reader.prefix(length))
    }

    /// - Returns: nil if the next value is of another kind.
    mutating func value(_ expected: UInt8) -> [UInt8]? {
        tag == expected ? any() : nil
    }

    mutating func sequence() -> DERReader? { value(0x30).map { DERReader($0) } }
    mutating func identifier() -> [UInt8]? { value(0x06) }
    mutating func octets() -> [UInt8]? { value(0x04) }

    /// A small number that is not negative.
    mutating func number() -> Int? {
        guard let bytes = value(0x02), (1...4).contains(bytes.count), bytes[0] < 0x80 else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
