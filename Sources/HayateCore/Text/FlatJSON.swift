/// Reads one JSON object whose values are strings, numbers, truth values or lists of strings: the
/// lines that `JSONText` writes. Total: anything else gives `nil`.
///
/// Not a general reader; a general one takes a minute for a million lines.
package struct FlatJSON {
    package enum Value: Equatable {
        case string(String)
        /// As it is written.
        case number(String)
        case truth(Bool)
        case null
        case strings([String])
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// The fields of the object in their order, or `nil` if the bytes are not one.
    package static func fields(_ bytes: UnsafeBufferPointer<UInt8>) -> [(name: String, value: Value)]? {
        var reader = FlatJSON(bytes: bytes)
        return reader.object()
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private mutating func object() -> [(name: String, value: Value)]? {
        guard take(UInt8(ascii: "{")) else { return nil }
        var fields: [(name: String, value: Value)] = []
        fields.reserveCapacity(24)
        if take(UInt8(ascii: "}")) { return isAtEnd ? fields : nil }
        repeat {
            guard let name = string(), take(UInt8(ascii: ":")), let value = value() else {
                return nil
            }
            fields.append((name, value))
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) && isAtEnd ? fields : nil
    }

    private mutating func value() -> Value? {
        skipSpaces()
        guard position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string().map(Value.string)
        case UInt8(ascii: "["): return strings().map(Value.strings)
        default:
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: ","),
                bytes[position] != UInt8(ascii: "}"), bytes[position] > 0x20
            {
                position += 1
            }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            switch word {
            case "true": return .truth(true)
            case "false": return .truth(false)
            case "null": return .null
            default:
                let isNumber = !word.isEmpty && word.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0)
                }
                return isNumber ? .number(word) : nil
            }
        }
    }

    private mutating func strings() -> [String]? {
        guard take(UInt8(ascii: "[")) else { return nil }
        var strings: [String] = []
        if take(UInt8(ascii: "]")) { return strings }
        repeat {
            guard let text = string() else { return nil }
            strings.append(text)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? strings : nil
    }

    private mutating func string() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
            bytes[position] != UInt8(ascii: "\\")
        {
            position += 1
        }
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        return escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) -> String? {
        var units = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: units, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                continue
            }
            guard position < bytes.count else { return nil }
            let escape = bytes[position]
            position += 1
            switch escape {
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "u"):
                guard let scalar = unicodeEscape() else { return nil }
                units.append(contentsOf: String(Character(scalar)).utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(escape)
            default: return nil
            }
        }
        return nil
    }

    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let first = fourDigits() else { return nil }
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard bytes.count - position >= 6, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        position += 2
        guard let second = fourDigits(), (0xDC00..<0xE000).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func fourDigits() -> UInt32? {
        guard bytes.count - position >= 4 else { return nil }
        defer { position += 4 }
        let text = String(decoding: bytes[position..<(position + 4)], as: UTF8.self)
        return text.utf8.first == UInt8(ascii: "+") ? nil : UInt32(text, radix: 16)
    }

    private var isAtEnd: Bool {
        bytes[position...].allSatisfy { $0 <= 0x20 }
    }

    private mutating func skipSpaces() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpaces()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}
