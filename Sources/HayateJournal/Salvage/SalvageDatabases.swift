import GRDB
import GRDBSQLite

/// The damaged journal.
struct SalvageSource {
    let database: Database
    let files: ResultFiles

    /// - Returns: whether all rows could be reached.
    @discardableResult
    func scan(
        _ columns: String, of table: String, number: String, _ body: (PreparedStatement) throws(StoreFailure) -> Void
    ) throws(StoreFailure) -> Bool {
        let database = database
        // The state's row has its number apart from what is read.
        var scan = try TableScan(columns, of: table, number: number) { sql throws(StoreFailure) in
            try PreparedStatement(database, sql)
        }
        try scan.run(body)
        return !scan.isDamaged
    }
}

/// The new one.
struct SalvageTarget {
    private let database: Database
    private let statements: StoreStatements
    private let inserts: [String: PreparedStatement]
    private let removal: PreparedStatement

    init(_ database: Database) throws(StoreFailure) {
        self.database = database
        statements = try StoreStatements(database)
        removal = try PreparedStatement(database, "DELETE FROM tasks WHERE id=?")
        var inserts: [String: PreparedStatement] = [:]
        for (table, columns) in [
            ("submissions", "number,name,key,created,complete,description,crc"),
            ("outcomes", "number,id,crc,status,attempt,daemon,ended,time,length,body"),
            ("tasks", "id,type,crc,terms,body"),
            ("open", "id,place,crc,attempt,daemon,ordinal,history,sum"),
            ("daemons", "rowid,session,launch,name,process,description,crc,received,sum"),
            ("notes", "rowid,name,value,crc"),
        ] {
            let values = columns.split(separator: ",").map { _ in "?" }.joined(separator: ",")
            inserts[table] = try PreparedStatement(
                database, "INSERT OR IGNORE INTO \(table)(\(columns)) VALUES(\(values))")
        }
        self.inserts = inserts
        try statements.begin.run()
    }

    /// The row as it is, which was found intact.
    func copy(_ row: PreparedStatement, into table: String) throws(StoreFailure) {
        guard let insert = inserts[table] else { return }
        insert.bindColumns(of: row)
        try insert.run()
    }

    func addName(_ number: Int64, _ name: String) throws(StoreFailure) {
        try statements.addName.bind(number).bind(name).bind(StoreState.sum(ofName: name, number: number)).run()
    }

    func removeTask(_ id: Int64) throws(StoreFailure) { try removal.bind(id).run() }

    func finish(_ state: StoreState, _ counts: [UInt32: TaskCounts]) throws(StoreFailure) {
        for (number, counts) in counts {
            try statements.setCounts.bind(number).bind(counts.accepted).bind(counts.returned).bind(counts.failed)
                .bind(counts.sum(of: number)).run()
        }
        try statements.setState.bind(state.commits).bind(state.outcome).bind(state.sum).run()
        try statements.commit.run()
    }
}
