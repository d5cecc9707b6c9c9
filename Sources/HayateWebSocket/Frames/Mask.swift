/// The four bytes that a client's payload is combined with, turned to where the payload goes on.
struct Mask {
    /// The four bytes twice, the next to be used lowest.
    private(set) var word: UInt64 = 0

    static let none = Mask(0)

    /// The first byte of the mask is the highest of `value`, as on the wire.
    init(_ value: UInt32) {
        word = UInt64(value.byteSwapped) << 32 | UInt64(value.byteSwapped)
    }

    /// Masks or unmasks the next bytes of a payload where they are.
    mutating func apply(to bytes: UnsafeMutableRawBufferPointer) {
        guard word != 0, let base = bytes.baseAddress else { return }
        let repeated = word.littleEndian
        var offset = 0
        while offset + 8 <= bytes.count {
            let value = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            base.storeBytes(of: value ^ repeated, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        let rest = bytes.count - offset
        for index in 0..<rest {
            bytes[offset + index] ^= UInt8(truncatingIfNeeded: word >> (8 * UInt64(index)))
        }
        let turn = 8 * UInt64(rest % 4)
        if turn > 0 { word = word >> turn | word << (64 - turn) }
    }
}
