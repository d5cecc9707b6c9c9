#if _endian(big)
#error("The binary coder copies numbers as they lie in memory and needs a little-endian machine.")
#endif

/// The first byte of an encoded value. docs/wire-protocol.md, "Values: the binary coder", is the
/// specification.
///
/// Bytes that are not listed here are reserved: a decoder rejects them.
enum ValueTag {
    /// 0x00...0x7F are the integers 0...127 themselves.
    static let smallIntegerEnd: UInt8 = 0x80
    /// 0x80...0x9F are strings of 0...31 bytes.
    static let shortString: UInt8 = 0x80
    static let shortStringEnd: UInt8 = 0xA0
    static let null: UInt8 = 0xA0
    /// A field that the type has and this value leaves out, which keeps the fields in their order.
    static let absent: UInt8 = 0xA1
    static let `false`: UInt8 = 0xA2
    static let `true`: UInt8 = 0xA3
    /// A container, keyed or not, without content.
    static let empty: UInt8 = 0xA4
    static let string: UInt8 = 0xA5
    static let float: UInt8 = 0xA6
    static let double: UInt8 = 0xA7
    /// Non-negative integers; the five tags from here hold 1, 2, 4, 8 and 16 bytes.
    static let positive: UInt8 = 0xA8
    /// Negative integers as their bitwise complement; again 1, 2, 4, 8 and 16 bytes.
    static let negative: UInt8 = 0xB0
    static let keyed: UInt8 = 0xB8
    static let keyedWide: UInt8 = 0xB9
    static let unkeyed: UInt8 = 0xBA
    static let unkeyedWide: UInt8 = 0xBB
    /// 0xC0...0xCA are arrays of numbers; the low four bits are a `PackedElement`.
    static let packed: UInt8 = 0xC0
    static let packedEnd: UInt8 = 0xCB
}

/// How a key is written before the value of a keyed container's entry.
enum KeyTag {
    /// 0x00...0x7F are indices into the table of keys at the end of the message.
    static let tableLimit = 128
    /// 0x80...0xFE are keys of 0...126 bytes that follow at once.
    static let inline: UInt8 = 0x80
    /// A key whose length follows as a varint.
    static let inlineLong: UInt8 = 0xFF
}

/// The element type of an array of numbers.
enum PackedElement: UInt8 {
    case uint8, uint16, uint32, uint64
    case int8, int16, int32, int64
    case float, double, bool

    /// Bytes per element.
    @inline(__always)
    var stride: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float: 4
        case .uint64, .int64, .double: 8
        }
    }
}
