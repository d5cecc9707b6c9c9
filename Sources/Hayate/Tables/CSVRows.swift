import HayateCore
import HayateDaemon

/// The rows of a table of comma-separated values (RFC 4180) whose first line names the columns, each as a
/// value of a `Decodable` type whose fields are found by those names.
///
/// The row's type is often the task itself:
///
/// ```swift
/// struct Fit: RemoteTask { var name: String; var flux: Double; var redshift: Double? … }
///
/// let fits = try await pool.map(CSVRows<Fit>(path: "stars.csv")).collect()
/// ```
///
/// Numbers, strings, Booleans, enumerations with raw values, and types made of these are read; an optional
/// field is nil where its text is empty or its column is missing; columns that no field asks for are ignored.
/// Lists within a field are not possible. A field that is a structure without a column of its name is read
/// from the columns of the same row. One row at a time is held, so a table may be larger than memory.
///
/// Nothing is opened before the rows are asked for, each time anew.
public struct CSVRows<Row: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Row
    public typealias Failure = any Error

    private enum Source: Sendable {
        case file(String)
        case text(String)
    }

    private let source: Source
    private let separator: UInt8?
    private let missing: Set<String>

    /// The rows of a file or a named pipe.
    /// - Parameters:
    ///   - separator: an ASCII character; `"\t"` for tab-separated values.
    ///   - missing: texts that stand for no value, such as `["", "NA"]` in tables that R wrote.
    public init(path: String, separator: Character = ",", missing: Set<String> = [""]) {
        self.init(.file(path), separator, missing)
    }

    /// The rows of a text.
    public init(text: String, separator: Character = ",", missing: Set<String> = [""]) {
        self.init(.text(text), separator, missing)
    }

    private init(_ source: Source, _ separator: Character, _ missing: Set<String>) {
        self.source = source
        self.separator = separator.asciiValue
        self.missing = missing
    }

    /// Opens the table and reads its header.
    /// - Throws: `HayateError.invalidArgument`.
    func open() throws(HayateError) -> Reader {
        guard let separator else {
            throw HayateError(
                .invalidArgument,
                "the separator of a table must be one ASCII character, such as a comma or a tab")
        }
        do {
            let bytes =
                switch source {
                case .file(let path): try ByteReader(path: path)
                case .text(let text): ByteReader(text: text, name: "the table")
                }
            return Reader(try DelimitedReader(bytes, separator: separator), missing: missing)
        } catch {
            throw HayateError(input: error)
        }
    }

    /// Reads row by row. Use one copy only.
    struct Reader {
        private var rows: DelimitedReader
        private let columns: TableColumns

        init(_ rows: DelimitedReader, missing: Set<String>) {
            self.rows = rows
            columns = TableColumns(rows.names, of: rows.name, missing: missing)
        }

        /// The next row; nil at the end.
        /// - Throws: `HayateError.invalidArgument` that names line, column and value.
        mutating func next() throws(HayateError) -> Row? {
            do {
                guard let fields = try rows.next() else { return nil }
                return try RowDecoder(columns, fields, line: rows.rowLine).row(Row.self)
            } catch {
                throw HayateError(input: error)
            }
        }
    }

    /// All rows, in memory.
    /// - Throws: `HayateError.invalidArgument` that names line, column and value.
    public func all() throws(HayateError) -> [Row] {
        var reader = try open()
        var rows: [Row] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rows: self) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let rows: CSVRows
        var reader: Reader?

        init(rows: CSVRows) { self.rows = rows }

        public mutating func next() async throws -> Row? {
            if reader == nil { reader = try rows.open() }
            return try reader?.next()
        }
    }

    /// A task from each row, as `Pool.map` takes them.
    public func tasks<Work: RemoteTask>(
        _ task: @escaping @Sendable (Row) -> Work
    ) -> CSVTasks<Row, Work> {
        CSVTasks(rows: self, task: task)
    }
}

/// Tasks made from the rows of a table, for maps. A row that cannot be read ends the sequence, and the map
/// then throws why.
public struct CSVTasks<Row: Decodable & Sendable, Work: RemoteTask>: Sequence, Sendable {
    let rows: CSVRows<Row>
    let task: @Sendable (Row) -> Work

    public func makeIterator() -> Iterator { Iterator(tasks: self) }

    public struct Iterator: IteratorProtocol, FailableInput {
        private let tasks: CSVTasks
        private var reader: CSVRows<Row>.Reader?
        private(set) var failure: HayateError?
        private var hasEnded = false

        init(tasks: CSVTasks) { self.tasks = tasks }

        public mutating func next() -> Work? {
            guard !hasEnded else { return nil }
            do throws(HayateError) {
                if reader == nil { reader = try tasks.rows.open() }
                if let row = try reader?.next() { return tasks.task(row) }
            } catch {
                failure = error
            }
            hasEnded = true
            return nil
        }
    }
}

/// An input of a map that may end because it cannot go on.
protocol FailableInput {
    /// Why it ended, if not because there is no more.
    var failure: HayateError? { get }
}

extension HayateError {
    /// An error of a table, whoever found it.
    init(input error: any Error) {
        self = error as? HayateError ?? HayateError(.invalidArgument, "\(error)")
    }
}
