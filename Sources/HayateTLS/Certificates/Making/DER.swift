/// Writes the binary form of certificates (X.690, distinguished encoding), from the inside out.
enum DER {
    static func wrap(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes = [tag]
        if content.count < 0x80 {
            bytes.append(UInt8(content.count))
        } else {
            var length: [UInt8] = []
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 0xff), at: 0)
                rest >>= 8
            }
            bytes.append(0x80 | UInt8(length.count))
            bytes += length
        }
        return bytes + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { wrap(0x30, parts.flatMap { $0 }) }
    static func set(_ parts: [UInt8]...) -> [UInt8] { wrap(0x31, parts.flatMap { $0 }) }
    static func octets(_ bytes: [UInt8]) -> [UInt8] { wrap(0x04, bytes) }
    static func identifier(_ bytes: [UInt8]) -> [UInt8] { wrap(0x06, bytes) }
    static func text(_ text: String) -> [UInt8] { wrap(0x0c, Array(text.utf8)) }
    static func integer(_ value: UInt8) -> [UInt8] { integer([value]) }
    static let null: [UInt8] = [0x05, 0x00]
    static let yes: [UInt8] = [0x01, 0x01, 0xff]

    /// A number without sign, its first byte the highest.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        var content = Array(bytes.drop { $0 == 0 })
        // A set first bit would mean a negative number.
        if content.first.map({ $0 >= 0x80 }) ?? true { content.insert(0, at: 0) }
        return wrap(0x02, content)
    }

    /// - Parameter unused: how many of the last bits do not count.
    static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { wrap(0x03, [unused] + bytes) }

    /// - Parameter number: of a tag that the surrounding type gives its meaning.
    static func explicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { wrap(0xa0 | number, content) }

    /// A moment; years beyond 2049 need the long form (RFC 5280, section 4.1.2.5).
    static func time(_ moment: Moment) -> [UInt8] {
        let digits = Array(moment.digits.utf8)
        return moment.year < 2_050 ? wrap(0x17, Array(digits.dropFirst(2))) : wrap(0x18, digits)
    }
}
