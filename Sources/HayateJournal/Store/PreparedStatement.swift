import GRDB
import GRDBSQLite

/// A statement of GRDB whose values are bound and read without boxes in between: it runs for each task.
///
/// To be used on the database's queue alone.
final class PreparedStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private var bound: Int32 = 0

    init(_ database: Database, _ sql: String) throws(StoreFailure) {
        do {
            statement = try database.makeStatement(sql: sql)
        } catch {
            throw StoreFailure(error)
        }
        handle = statement.sqliteStatement
    }

    // MARK: values, in their order

    @discardableResult
    func bind(_ number: Int64) -> PreparedStatement {
        bound += 1
        sqlite3_bind_int64(handle, bound, number)
        return self
    }

    @discardableResult
    func bind(_ number: UInt64) -> PreparedStatement { bind(Int64(bitPattern: number)) }

    @discardableResult
    func bind(_ number: some FixedWidthInteger & UnsignedInteger) -> PreparedStatement { bind(Int64(number)) }

    @discardableResult
    func bind(_ bytes: [UInt8]) -> PreparedStatement {
        bound += 1
        bytes.withUnsafeBytes { bytes in
            // Nothing at all would be null.
            if bytes.isEmpty {
                _ = sqlite3_bind_zeroblob(handle, bound, 0)
            } else {
                _ = sqlite3_bind_blob64(handle, bound, bytes.baseAddress, UInt64(bytes.count), Self.copied)
            }
        }
        return self
    }

    @discardableResult
    func bind(_ text: String) -> PreparedStatement { bind(Array(text.utf8)) }

    @discardableResult
    func bindNull() -> PreparedStatement {
        bound += 1
        sqlite3_bind_null(handle, bound)
        return self
    }

    /// The values of another statement's row, as they are.
    func bindColumns(of row: PreparedStatement) {
        for column in 0..<sqlite3_bind_parameter_count(handle) {
            sqlite3_bind_value(handle, column + 1, sqlite3_column_value(row.handle, column))
        }
    }

    /// SQLITE_TRANSIENT, a macro with a cast.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    // MARK: running

    /// Runs a statement without rows, and tells how many rows it has changed.
    @discardableResult
    func run() throws(StoreFailure) -> Int {
        defer { reset() }
        while try next() {}
        return Int(sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// The next row; at the end or after an error, `reset` is due.
    func next() throws(StoreFailure) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let database = sqlite3_db_handle(handle)
            throw StoreFailure(
                code: sqlite3_extended_errcode(database),
                system: code & 0xff == SQLITE_IOERR || code == SQLITE_CANTOPEN ? sqlite3_system_errno(database) : 0,
                message: String(cString: sqlite3_errmsg(database)))
        }
    }

    /// Ready to be bound and run again.
    func reset() {
        sqlite3_reset(handle)
        bound = 0
    }

    /// All rows, each as the body makes it.
    func rows<Row>(_ body: (PreparedStatement) throws(StoreFailure) -> Row) throws(StoreFailure) -> [Row] {
        defer { reset() }
        var rows: [Row] = []
        while try next() { rows.append(try body(self)) }
        return rows
    }

    // MARK: columns

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    /// Nothing else passes for the number: the checksum would not be of it.
    func small<Number: FixedWidthInteger>(_ column: Int32) -> Number { Number(truncatingIfNeeded: integer(column)) }

    func length(_ column: Int32) -> Int { Int(sqlite3_column_bytes(handle, column)) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let base = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
