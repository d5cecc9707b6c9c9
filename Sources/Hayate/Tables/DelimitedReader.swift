/// The rows of a CSV or TSV file whose first row names the columns.
///
/// Fields in double quotes may hold separators, line ends and, written twice, quotes (RFC 4180).
/// This is our own reader because a table of parameters may come through a pipe and be larger than
/// memory: it holds one row at a time, and it says which line is wrong.
package struct DelimitedReader: Sendable {
    /// The names of the columns.
    package private(set) var names: [String]
    private var reader: ByteReader
    private let separator: UInt8
    private var line = 1
    /// The line in which the last row began, from 1.
    package private(set) var rowLine = 1

    private enum End { case field, row, file }

    /// Reads the header row.
    /// - Throws: `TableError`.
    package init(_ reader: ByteReader, separator: UInt8) throws {
        self.reader = reader
        self.separator = separator
        names = []
        guard var header = try readRow() else { throw TableError.noHeader(reader.name) }
        // Spreadsheets mark UTF-8 by a character that nobody sees.
        if header.first?.unicodeScalars.first == "\u{FEFF}" {
            header[0] = String(header[0].unicodeScalars.dropFirst())
        }
        if let empty = header.firstIndex(of: "") {
            throw TableError.emptyColumnName(reader.name, column: empty + 1)
        }
        names = header
    }

    /// For messages: the path, or what else the rows come from.
    package var name: String { reader.name }

    /// The next row, with as many fields as there are names; nil at the end.
    /// - Throws: `TableError` that names the line.
    package mutating func next() throws -> [String]? {
        guard let row = try readRow() else { return nil }
        guard row.count == names.count else {
            throw TableError.raggedRow(
                name, line: rowLine, fields: row.count, expected: names.count)
        }
        return row
    }

    /// The next row that is not an empty line.
    private mutating func readRow() throws -> [String]? {
        while true {
            rowLine = line
            var row: [String] = []
            row.reserveCapacity(names.count)
            var wasQuoted = false
            var end = End.field
            while end == .field {
                let (field, isQuoted, ending) = try readField()
                row.append(field)
                wasQuoted = wasQuoted || isQuoted
                end = ending
            }
            if row != [""] || wasQuoted { return row }
            if end == .file { return nil }
        }
    }

    private mutating func readField() throws -> (String, isQuoted: Bool, End) {
        var bytes: [UInt8] = []
        let isQuoted = try reader.peek() == UInt8(ascii: "\"")
        if isQuoted { try readQuoted(into: &bytes) }
        let first = line
        while let byte = try reader.next() {
            switch byte {
            case separator:
                return (try text(bytes, line: first), isQuoted, .field)
            case UInt8(ascii: "\n"):
                line += 1
                return (try text(bytes, line: first), isQuoted, .row)
            case UInt8(ascii: "\r"):
                let following = try reader.peek()
                if following == nil || following == UInt8(ascii: "\n") { continue }
                fallthrough
            default:
                guard !isQuoted else { throw TableError.badQuote(name, line: line) }
                try append(byte, to: &bytes)
            }
        }
        return (try text(bytes, line: first), isQuoted, .file)
    }

    /// Reads from the opening quote through the closing one.
    private mutating func readQuoted(into bytes: inout [UInt8]) throws {
        let first = line
        _ = try reader.next()
        while let byte = try reader.next() {
            if byte == UInt8(ascii: "\"") {
                guard try reader.peek() == UInt8(ascii: "\"") else { return }
                _ = try reader.next()
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            try append(byte, to: &bytes)
        }
        throw TableError.badQuote(name, line: first)
    }

    private func append(_ byte: UInt8, to bytes: inout [UInt8]) throws {
        guard bytes.count < ByteReader.lineBytes else {
            throw TableError.tooLong(name, line: line, limit: ByteReader.lineBytes)
        }
        bytes.append(byte)
    }

    private func text(_ bytes: [UInt8], line: Int) throws -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw TableError.notText(name, line: line)
        }
        return text
    }
}
