import Hayate

/// A list of inputs: a series of rows with the same number of values each.
protocol RowSource: Sendable {
    /// One for each value of a row; `nil` where it has no name.
    var names: [String?] { get }
    /// How many rows there are, where that is known without reading them.
    var count: Int? { get }
    /// For messages.
    var name: String { get }
    /// The next row; `nil` at the end.
    mutating func next() throws -> [String]?
}

/// Values that are all there: those after `:::`, and those of a grid.
struct ListSource: RowSource {
    let name: String
    let names: [String?]
    private let values: [String]
    private var position = 0

    init(_ values: [String], column: String? = nil, name: String) {
        self.values = values
        self.names = [column]
        self.name = name
    }

    var count: Int? { values.count }

    mutating func next() -> [String]? {
        guard position < values.count else { return nil }
        defer { position += 1 }
        return [values[position]]
    }
}

/// One value per line of a file or of standard input. Empty lines are left out, and the carriage
/// return of a line that ends as on Windows is no part of the value.
struct LineSource: RowSource {
    private var reader: ByteReader
    private let separator: UInt8
    private var line = 0

    /// - Parameter separator: a line feed, or NUL for what `find -print0` writes.
    init(_ reader: ByteReader, separator: UInt8 = UInt8(ascii: "\n")) {
        self.reader = reader
        self.separator = separator
    }

    var name: String { reader.name }
    var names: [String?] { [nil] }
    var count: Int? { nil }

    mutating func next() throws -> [String]? {
        while true {
            line += 1
            let (number, name, isLines) = (line, reader.name, separator != 0)
            let value: String? = try asInput {
                try reader.record(until: separator, line: number) { bytes in
                    var bytes = bytes
                    if isLines, bytes.last == UInt8(ascii: "\r") {
                        bytes = UnsafeBufferPointer(rebasing: bytes.dropLast())
                    }
                    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self)
                    else { throw TableError.notText(name, line: number) }
                    return text
                }
            }
            guard let value else { return nil }
            if !value.isEmpty { return [value] }
        }
    }
}

/// Lists that advance together: what `:::+` and `::::+` join.
///
/// All must have the same length: a list that is silently cut would be work silently not done.
struct LinkedSource: RowSource {
    private var sources: [any RowSource]

    /// - Parameter sources: at least one.
    init(_ sources: [any RowSource]) {
        self.sources = sources
    }

    var name: String { sources.map(\.name).joined(separator: " with ") }
    var names: [String?] { sources.flatMap(\.names) }
    var count: Int? { sources.lazy.compactMap(\.count).first }

    mutating func next() throws -> [String]? {
        var row: [String] = []
        var ended: String?
        for position in sources.indices {
            if let values = try sources[position].next() {
                if let ended {
                    throw CommandLineError.unequalLink(ended, sources[position].name)
                }
                row.append(contentsOf: values)
            } else if row.isEmpty {
                ended = ended ?? sources[position].name
            } else {
                throw CommandLineError.unequalLink(sources[position].name, sources[0].name)
            }
        }
        return ended == nil ? row : nil
    }
}
