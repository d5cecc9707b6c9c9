import Hayate

/// The rows of a CSV or TSV file whose first row names the columns.
struct DelimitedSource: RowSource {
    private var reader: DelimitedReader

    /// Reads the header row.
    init(_ bytes: ByteReader, separator: UInt8) throws {
        reader = try asInput { try DelimitedReader(bytes, separator: separator) }
    }

    var names: [String?] { reader.names }
    var name: String { reader.name }
    var count: Int? { nil }

    mutating func next() throws -> [String]? { try asInput { try reader.next() } }
}

/// Says what is wrong with an input in this module's words.
func asInput<Value>(_ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as TableError {
        throw CommandLineError(error)
    }
}

extension CommandLineError {
    init(_ error: TableError) {
        self.init(code: .input, message: error.message, hint: error.hint)
    }
}
