import GRDB

/// The tables, by the numbers that their checksums have.
enum StoreTable: Int, CaseIterable {
    case state = 1
    case submissions, counts, names, tasks, open, progress, outcomes, daemons, received, notes
}

/// What the database looks like.
enum Schema {
    /// In `PRAGMA user_version`.
    static let version: Int64 = 1
    /// In `PRAGMA application_id`: "haya".
    static let application: Int64 = 0x6861_7961

    /// A task's row and key are one number: the submission above, the element below. What changes with a task's life is
    /// apart from what was accepted, so that pages full of arguments are written once.
    static let statements = [
        // Commits so far, and the last outcome's number.
        "CREATE TABLE state(id INTEGER PRIMARY KEY,commits,outcome,crc)",
        "CREATE TABLE submissions(number INTEGER PRIMARY KEY,name,key,created,complete,description,crc)",
        // Accepted tasks of each submission, and how they ended.
        "CREATE TABLE counts(number INTEGER PRIMARY KEY,accepted,returned,failed,crc)",
        // Names of types and daemons, which many rows have.
        "CREATE TABLE names(number INTEGER PRIMARY KEY,name,crc)",
        "CREATE TABLE tasks(id INTEGER PRIMARY KEY,type,crc,terms,body)",
        // The unfinished ones, with their place and their progress, each with a checksum of its own.
        "CREATE TABLE open(id INTEGER PRIMARY KEY,place,crc,attempt,daemon,ordinal,history,sum)",
        "CREATE TABLE outcomes(number INTEGER PRIMARY KEY,id,crc,status,attempt,daemon,ended,time,length,body)",
        "CREATE UNIQUE INDEX outcomes_of_tasks ON outcomes(id)",
        "CREATE TABLE daemons(session PRIMARY KEY,launch,name,process,description,crc,received,sum)",
        "CREATE TABLE notes(name PRIMARY KEY,value,crc)",
        // Submissions whose rows are still being deleted.
        "CREATE TABLE removing(number INTEGER PRIMARY KEY)",
    ]

    /// Before anything is read: the lock comes first, so that no memory is shared, which file servers cannot.
    static let settings = [
        "PRAGMA locking_mode=EXCLUSIVE",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        // Checkpoints are the writer's, which sees their errors.
        "PRAGMA wal_autocheckpoint=0",
        "PRAGMA journal_size_limit=16777216",
        "PRAGMA cache_size=-16384",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA cell_size_check=ON",
        "PRAGMA trusted_schema=OFF",
    ]

    static func set(in database: Database) throws {
        try database.execute(sql: settings[0])
        // Only a new one takes it, and others would be written for it.
        if try Int64.fetchOne(database, sql: "PRAGMA page_count") == 0 {
            try database.execute(sql: "PRAGMA auto_vacuum=INCREMENTAL")
        }
        for setting in settings.dropFirst() { try database.execute(sql: setting) }
    }

    static func make(in database: Database) throws {
        try database.inTransaction(.immediate) {
            for statement in statements { try database.execute(sql: statement) }
            try database.execute(
                sql: "INSERT INTO state(id,commits,outcome,crc) VALUES(1,0,0,?)", arguments: [StoreState().sum])
            try database.execute(sql: "PRAGMA application_id=\(application)")
            try database.execute(sql: "PRAGMA user_version=\(version)")
            return .commit
        }
    }

    /// Whether the tables are those that `make` makes: with damaged ones, rows could be read as something else.
    static func isIntact(in database: Database) throws -> Bool {
        let present = try String.fetchAll(
            database, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        return try present == statements
            && Int64.fetchOne(database, sql: "PRAGMA application_id") == application
    }
}

/// The row of a task, from its key and back.
extension TaskKey {
    var row: Int64 { Int64(submission) << 32 | Int64(element) }

    init(row: Int64) {
        self.init(
            submission: UInt32(truncatingIfNeeded: row >> 32), element: UInt32(truncatingIfNeeded: row))
    }

    static func rows(of submission: UInt32, from element: UInt32 = 0) -> ClosedRange<Int64> {
        TaskKey(submission: submission, element: element).row
            ... TaskKey(submission: submission, element: .max).row
    }

    var text: String { "\(submission)/\(element)" }
}
