/// Builds one line of JSON by hand: a run may write a million of them, and an encoder takes 50 µs
/// each.
package struct JSONText {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    package mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    package mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        key(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Objects, each written by the body, as a list.
    package mutating func field<Element>(
        _ name: StaticString, objects: [Element], _ write: (Element, inout JSONText) -> Void
    ) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        for element in objects {
            beginObject()
            write(element, &self)
            endObject()
        }
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A length of time in seconds with six digits.
    package mutating func field(_ name: StaticString, microseconds: Int) {
        key(name)
        bytes.append(contentsOf: Self.seconds(microseconds: microseconds).utf8)
    }

    package mutating func field(_ name: StaticString, _ values: [String]) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            string(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// An object of strings, in this order.
    package mutating func field(_ name: StaticString, keys: [String], values: [String]) {
        key(name)
        bytes.append(UInt8(ascii: "{"))
        for (position, (key, value)) in zip(keys, values).enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            string(key)
            bytes.append(UInt8(ascii: ":"))
            string(value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    package static func seconds(microseconds: Int) -> String {
        let (whole, rest) = max(0, microseconds).quotientAndRemainder(dividingBy: 1_000_000)
        let fraction = String(rest)
        return "\(whole)." + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = true
    }

    private mutating func string(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        Self.escape(value, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// What stands between the quotes of a JSON string.
    package static func escape(_ value: String, into bytes: inout [UInt8]) {
        var value = value
        value.withUTF8 { text in
            var plainStart = 0
            for (position, byte) in text.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                else { continue }
                bytes.append(contentsOf: text[plainStart..<position])
                plainStart = position + 1
                bytes.append(UInt8(ascii: "\\"))
                switch byte {
                case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
                case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
                case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
                default:
                    bytes.append(contentsOf: "u00".utf8)
                    bytes.append(UInt8(ascii: "0") + byte >> 4)
                    bytes.append(Self.hexadecimal(byte & 0xF))
                }
            }
            bytes.append(contentsOf: text[plainStart...])
        }
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
