/// What an element is, whatever its place: a 128-bit FNV-1a hash of its arguments and its values.
///
/// By this a later run with more or other inputs finds what is done already. Equal elements of one
/// sweep (`::: a a`) are told apart by counting them.
struct ElementKey: Hashable, Sendable, CustomStringConvertible {
    let bits: UInt128

    /// - Parameter occurrence: 0 for the first element with these arguments and values, then 1, …
    init(arguments: [String], values: [String], occurrence: Int = 0) {
        var hash = Self.offset
        // Lengths are part of it, or ["ab", "c"] would equal ["a", "bc"].
        for list in [arguments, values] {
            Self.add(list.count, to: &hash)
            for text in list {
                Self.add(text.utf8.count, to: &hash)
                for byte in text.utf8 { hash = (hash ^ UInt128(byte)) &* Self.prime }
            }
        }
        if occurrence > 0 { Self.add(occurrence, to: &hash) }
        bits = hash
    }

    /// The same element once more.
    func occurrence(_ number: Int) -> ElementKey {
        guard number > 0 else { return self }
        var hash = bits
        Self.add(number, to: &hash)
        return ElementKey(bits: hash)
    }

    private init(bits: UInt128) {
        self.bits = bits
    }

    /// From 32 hexadecimal digits.
    init?(_ text: String) {
        guard text.utf8.count == 32, let bits = UInt128(text, radix: 16) else { return nil }
        self.bits = bits
    }

    var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    private static let prime = (UInt128(1) << 88) | 0x13B
    private static let offset: UInt128 =
        (UInt128(0x6C62_272E_07BB_0142) << 64) | UInt128(0x62B8_2175_6295_C58D)

    private static func add(_ number: Int, to hash: inout UInt128) {
        var rest = UInt64(truncatingIfNeeded: number)
        for _ in 0..<8 {
            hash = (hash ^ UInt128(rest & 0xFF)) &* prime
            rest >>= 8
        }
    }
}
