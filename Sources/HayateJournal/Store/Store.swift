import GRDB
import GRDBSQLite
import Glibc

/// The database and the files of large results. To be used on the database's queue alone.
final class Store {
    let directory: String
    let options: JournalOptions
    let statements: StoreStatements
    var state = StoreState()
    let files: ResultFiles
    /// What was left out when it was opened, a sentence each.
    var gaps: [String] = []
    private let handle: OpaquePointer
    private let pageSize: Int64

    /// Pages of the write-ahead log that are not in the database yet. In memory of its own, because SQLite tells it.
    private let logged: UnsafeMutablePointer<Int32>

    init(_ database: Database, at directory: String, options: JournalOptions) throws {
        guard let handle = database.sqliteConnection else {
            throw StoreFailure(code: SQLITE_MISUSE, message: "the database is not open")
        }
        self.directory = directory
        self.options = options
        self.handle = handle
        pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
        statements = try StoreStatements(database)
        files = ResultFiles(at: directory + "/results")
        logged = .allocate(capacity: 1)
        logged.initialize(to: 0)
        sqlite3_wal_hook(handle, { context, _, _, pages in
            context?.assumingMemoryBound(to: Int32.self).pointee = pages
            return SQLITE_OK
        }, logged)
    }

    deinit {
        sqlite3_wal_hook(handle, nil, nil)
        logged.deallocate()
    }

    // MARK: transactions

    /// Whatever the body does is on disk afterwards, or nothing of it has happened.
    func transaction<Value>(_ body: () throws(StoreFailure) -> Value) throws(StoreFailure) -> Value {
        let before = state
        do {
            try statements.begin.run()
            let value = try body()
            state.commits += 1
            try writeState()
            try files.synchronize()
            try statements.commit.run()
            files.commit()
            return value
        } catch {
            // A failed commit may have rolled back by itself.
            if sqlite3_get_autocommit(handle) == 0 { _ = try? statements.rollback.run() }
            state = before
            files.rollBack()
            throw error
        }
    }

    private func writeState() throws(StoreFailure) {
        for submission in state.changed {
            guard let counts = state.counts[submission] else { continue }
            try statements.setCounts.bind(submission).bind(counts.accepted).bind(counts.returned)
                .bind(counts.failed).bind(counts.sum(of: submission)).run()
        }
        state.changed = []
        try statements.setState.bind(state.commits).bind(state.outcome).bind(state.sum).run()
    }

    // MARK: sizes

    /// Moves what is in the log to the database, so that the log begins anew: if it is large, or in any case.
    func checkpoint(ifBeyond pages: Int32 = 2048) throws(StoreFailure) {
        guard logged.pointee > pages else { return }
        try checkpoint(SQLITE_CHECKPOINT_PASSIVE)
    }

    /// Writes anew what the last host has left in the log. If a synchronization had failed there, the system could
    /// take for written what is not, and what comes behind it would be lost with it.
    func settle() throws(StoreFailure) {
        do throws(StoreFailure) {
            try checkpoint(SQLITE_CHECKPOINT_TRUNCATE)
        } catch {
            // Without room, it stays in the log.
            guard error.isFull else { throw error }
        }
    }

    private func checkpoint(_ mode: Int32) throws(StoreFailure) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code == SQLITE_OK else {
            throw StoreFailure(
                code: sqlite3_extended_errcode(handle), system: sqlite3_system_errno(handle),
                message: String(cString: sqlite3_errmsg(handle)))
        }
        logged.pointee = 0
    }

    /// Bytes in use, of the database and of large results; and those on disk, which are more.
    func sizes() throws(StoreFailure) -> (used: Int64, disk: Int64) {
        let pages = try number(statements.pages)
        let free = try number(statements.freePages)
        var log = stat()
        let logSize = stat(directory + "/" + JournalFiles.log, &log) == 0 ? Int64(log.st_size) : 0
        return ((pages - free) * pageSize + files.size, pages * pageSize + logSize + files.size)
    }

    func number(_ statement: PreparedStatement) throws(StoreFailure) -> Int64 {
        defer { statement.reset() }
        return try statement.next() ? statement.integer(0) : 0
    }
}

/// Names of the files in a journal's directory.
enum JournalFiles {
    static let database = "journal.sqlite"
    static let log = "journal.sqlite-wal"
    static let lock = "journal.lock"
    static let commits = "journal.commits"
    static let reserve = "reserve"
    static let probe = "journal.probe"
}
