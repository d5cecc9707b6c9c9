import GRDB
import GRDBSQLite

extension Store {
    /// Reads what it must know before anything is written, and checks that what is needed is there.
    /// - Parameter mark: what the file of commits said.
    func load(_ mark: CommitMark.Content) throws(StoreFailure) {
        let database = directory + "/" + JournalFiles.database
        try loadState()
        switch mark {
        case .commits(let commits) where commits > state.commits:
            throw damage("the last \(commits - state.commits) transactions of \(database) are missing")
        case .none where state.commits > 0, .damaged where state.commits > 0:
            throw damage(
                "\(directory)/\(JournalFiles.commits) is damaged, which tells whether the last transactions of "
                    + "\(database) are there")
        default: break
        }
        try loadNames()
        try loadCounts()
    }

    /// Removes result files that no outcome names: of transactions that never were, and of submissions that are gone.
    /// To be called when all else is known to be intact: a file that is removed does not come back.
    func sweepFiles() throws(StoreFailure) {
        try files.sweep { name throws(StoreFailure) in
            name.number <= self.state.outcome
                && (self.state.counts[name.key.submission] != nil || self.state.removing.contains(name.key.submission))
        }
    }

    func damage(_ text: String) -> StoreFailure { StoreFailure(code: SQLITE_CORRUPT, message: text) }

    private func loadState() throws(StoreFailure) {
        let statement = statements.state
        defer { statement.reset() }
        guard try statement.next() else { throw damage("the number of transactions is missing") }
        state = try intact(statement.state(at: 0), "the number of transactions")
    }

    private func loadNames() throws(StoreFailure) {
        let names = try statements.names.rows { row throws(StoreFailure) in
            try self.intact(row.name(), "the name \(row.integer(0))")
        }
        // They are numbered as they came.
        guard names.enumerated().allSatisfy({ $1.number == Int64($0) + 1 }) else { throw damage("a name is missing") }
        for (number, name) in names { state.names[name] = number }
    }

    private func loadCounts() throws(StoreFailure) {
        let counts = try statements.counts.rows { row throws(StoreFailure) in
            try self.intact(row.counts(), "the counts of submission \(row.integer(0))")
        }
        for (number, count) in counts { state.counts[number] = count }
        state.removing = Set(try statements.removing.rows { row in row.small(0) })
        guard state.removing.isDisjoint(with: state.counts.keys) else {
            throw damage("a submission is there and removed")
        }
    }
}

/// Opening the database itself.
enum StoreOpening {
    /// - Throws: `DatabaseError`, `StoreFailure`, `JournalError`.
    static func open(_ path: String, mark: CommitMark.Content) throws -> DatabaseQueue {
        let queue = try queue(path)
        do {
            try queue.writeWithoutTransaction { try prepare($0, path: path, mark: mark) }
        } catch {
            try? queue.close()
            throw error
        }
        return queue
    }

    /// Whatever is in it.
    static func queue(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "hayate.journal"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .immediateError
        configuration.prepareDatabase { try Schema.set(in: $0) }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func prepare(_ database: Database, path: String, mark: CommitMark.Content) throws {
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if version == 0, tables == 0 {
            guard mark == .none || mark == .commits(0) else {
                throw StoreFailure(code: SQLITE_CORRUPT, message: "\(path) is empty and was not")
            }
            return try Schema.make(in: database)
        }
        // A later version may have other tables, and damage may look like one.
        guard version <= Schema.version else {
            throw JournalError(
                .version,
                "The session's journal \(path) is of version \(version), and this program knows versions up to "
                    + "\(Schema.version): use the program that wrote it, or a later one")
        }
        guard version == Schema.version, try Schema.isIntact(in: database) else {
            throw StoreFailure(code: SQLITE_CORRUPT, message: "the tables of \(path) are not a journal's")
        }
        try check(database)
    }

    /// Pages that are checked at most: the check reads them all.
    private static let mostPages: Int64 = 65_536

    /// Every row has a checksum; this finds pages that have lost some, and an index that leads elsewhere. Of a large
    /// database only the tables are checked of which the next host must know.
    private static func check(_ database: Database) throws {
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let checks = pages <= mostPages
            ? ["PRAGMA integrity_check(1)"]
            : ["state", "submissions", "counts", "names", "open", "daemons", "notes"]
                .map { "PRAGMA quick_check('\($0)')" }
        for check in checks {
            let answer = try String.fetchOne(database, sql: check) ?? ""
            guard answer == "ok" else { throw StoreFailure(code: SQLITE_CORRUPT, message: answer) }
        }
    }
}
