/// Any JSON, for the few short texts that other programs write or read. What this program writes by the million is
/// `JSONText`'s and `FlatJSON`'s.
package enum JSONValue: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package var name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    case null
    case truth(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case list([JSONValue])
    /// In their order.
    case object([Member])

    // MARK: Looking inside

    package subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members.first { $0.name == name }?.value } else { nil }
    }

    package subscript(position: Int) -> JSONValue? {
        if case .list(let values) = self, values.indices.contains(position) { values[position] } else { nil }
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    /// Empty if it is no list.
    package var elements: [JSONValue] { if case .list(let values) = self { values } else { [] } }

    // MARK: Writing

    /// On one line.
    package var text: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .truth(let value): bytes += (value ? "true" : "false").utf8
        case .number(let text): bytes += text.utf8
        case .string(let text): Self.write(text, into: &bytes)
        case .list(let values):
            bytes.append(UInt8(ascii: "["))
            for (position, value) in values.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (position, member) in members.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.write(member.name, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        JSONText.escape(text, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral number: Int) { self = .number(String(number)) }
    package init(booleanLiteral value: Bool) { self = .truth(value) }
    package init(arrayLiteral values: JSONValue...) { self = .list(values) }
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    /// Those members that have a value.
    package init(present members: KeyValuePairs<String, JSONValue?>) {
        self = .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }
}
