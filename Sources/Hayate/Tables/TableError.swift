/// Why a table, or a list of lines, cannot be read. Its message names the source and the line.
package enum TableError: Error, Equatable, CustomStringConvertible {
    case cannotRead(String, reason: String)
    case notText(String, line: Int)
    case tooLong(String, line: Int, limit: Int)
    case noHeader(String)
    case emptyColumnName(String, column: Int)
    case raggedRow(String, line: Int, fields: Int, expected: Int)
    case badQuote(String, line: Int)

    package var message: String {
        switch self {
        case .cannotRead(let name, let reason): "cannot read \(name): \(reason)"
        case .notText(let name, let line):
            "line \(line) of \(name) is not UTF-8 text without NUL bytes"
        case .tooLong(let name, let line, let limit):
            "line \(line) of \(name) is longer than \(limit) bytes"
        case .noHeader(let name): "\(name) has no header row"
        case .emptyColumnName(let name, let column):
            "column \(column) of \(name) has no name in the header row"
        case .raggedRow(let name, let line, let fields, let expected):
            "line \(line) of \(name) has \(fields) fields but the header has \(expected)"
        case .badQuote(let name, let line):
            "a quoted field in line \(line) of \(name) is not closed properly"
        }
    }

    /// What to do about it; empty where that is plain.
    package var hint: String {
        switch self {
        case .cannotRead: ""
        case .notText: "convert it, for example with iconv -t UTF-8"
        case .tooLong: "no program takes an argument that long: put the data into a file"
        case .noHeader: "its first line must name the columns"
        case .emptyColumnName: "name it"
        case .raggedRow: "a field that holds the separator must stand in double quotes"
        case .badQuote: "write a quote inside a quoted field twice"
        }
    }

    package var description: String { hint.isEmpty ? message : "\(message); \(hint)" }
}
