/// The columns of a table.
final class TableColumns: Sendable {
    let names: [String]
    /// The table's name, for messages.
    let table: String
    let missing: Set<String>
    private let positions: [String: Int]

    init(_ names: [String], of table: String, missing: Set<String>) {
        self.names = names
        self.table = table
        self.missing = missing
        positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func position(_ name: String) -> Int? { positions[name] }
}

/// Reads one row of a table into a type, its fields by the names of the columns.
struct RowDecoder: Decoder {
    let columns: TableColumns
    let fields: [String]
    let line: Int
    /// The field that was asked for and has no column, if this is not about a whole row.
    var absent: String?

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ columns: TableColumns, _ fields: [String], line: Int) {
        self.columns = columns
        self.fields = fields
        self.line = line
    }

    /// - Throws: `HayateError.invalidArgument`.
    func row<Row: Decodable>(_ type: Row.Type) throws -> Row {
        do {
            return try Row(from: self)
        } catch let error as DecodingError {
            throw failure("cannot be read as \(type): \(Self.words(error))")
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RowContainer<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw absent.map { noColumn($0) }
            ?? failure("cannot be read as a list: a row is read by the names of its columns")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        throw absent.map { noColumn($0) }
            ?? failure("cannot be read as one value: a row is read by the names of its columns")
    }

    // MARK: Messages

    func failure(_ what: String) -> HayateError {
        HayateError(.invalidArgument, "line \(line) of \(columns.table) \(what)")
    }

    func noColumn(_ name: String) -> HayateError {
        HayateError(
            .invalidArgument,
            "\(columns.table) has no column \(name), only \(columns.names.joined(separator: ", ")): rename "
                + "one, or make the field optional")
    }

    func unreadable(_ text: String, in column: String, as type: Any.Type) -> HayateError {
        let shown = text.count > 100 ? text.prefix(100) + "…" : text[...]
        let empty = text.isEmpty ? "; make the field optional if it may be empty" : ""
        return failure("has \"\(shown)\" in column \(column), which is no \(type)\(empty)")
    }

    static func words(_ error: DecodingError) -> String {
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            context.debugDescription
        @unknown default: "\(error)"
        }
    }
}

/// The fields of a row by the names of their columns.
private struct RowContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: RowDecoder

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { decoder.columns.names.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { decoder.columns.position(key.stringValue) != nil }

    private func field(_ key: Key) throws -> FieldDecoder {
        guard let position = decoder.columns.position(key.stringValue) else {
            throw decoder.noColumn(key.stringValue)
        }
        return FieldDecoder(
            row: decoder, column: key.stringValue, text: decoder.fields[position])
    }

    func decodeNil(forKey key: Key) throws -> Bool { try field(key).decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        guard contains(key) else {
            // A structure may take its own fields from the same row.
            var part = decoder
            part.absent = key.stringValue
            return try Value(from: part)
        }
        return try field(key).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        guard !contains(key) else { throw try field(key).isOneValue() }
        return decoder.container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw try field(key).isOneValue()
    }

    func superDecoder() -> any Decoder { decoder }
    func superDecoder(forKey key: Key) -> any Decoder { decoder }
}

/// Reads one field.
private struct FieldDecoder: Decoder, SingleValueDecodingContainer {
    let row: RowDecoder
    let column: String
    let text: String

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func isOneValue() -> HayateError {
        row.failure(
            "has one value in column \(column), and a list or a structure is asked for: a table cannot "
                + "hold those in a field")
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw isOneValue()
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw isOneValue() }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { row.columns.missing.contains(text) }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let known = type as? any TableValue.Type {
            guard let value = known.init(field: text) as? Value else {
                throw row.unreadable(text, in: column, as: type)
            }
            return value
        }
        do {
            return try Value(from: self)
        } catch is DecodingError {
            // An enumeration without such a case, for example.
            throw row.unreadable(text, in: column, as: type)
        }
    }
}

/// What a field's text can be.
private protocol TableValue {
    init?(field: String)
}

extension String: TableValue {
    fileprivate init?(field: String) { self = field }
}

extension Bool: TableValue {
    /// As people and other programs write it; R writes `TRUE`, spreadsheets too, Python `True`.
    fileprivate init?(field: String) {
        switch field {
        case "true", "TRUE", "True", "T", "1": self = true
        case "false", "FALSE", "False", "F", "0": self = false
        default: return nil
        }
    }
}

extension TableValue where Self: LosslessStringConvertible {
    /// Blanks around a number are how some programs align columns.
    fileprivate init?(field: String) {
        if let value = Self(field) {
            self = value
            return
        }
        let bare = field.drop { $0 == " " }
        guard let last = bare.lastIndex(where: { $0 != " " }), let value = Self(String(bare[...last]))
        else { return nil }
        self = value
    }
}

extension Int: TableValue {}
extension Int8: TableValue {}
extension Int16: TableValue {}
extension Int32: TableValue {}
extension Int64: TableValue {}
extension UInt: TableValue {}
extension UInt8: TableValue {}
extension UInt16: TableValue {}
extension UInt32: TableValue {}
extension UInt64: TableValue {}
extension Double: TableValue {}
extension Float: TableValue {}
