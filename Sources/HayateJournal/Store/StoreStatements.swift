import GRDB

/// All statements that run for each record, prepared once.
struct StoreStatements {
    let begin, commit, rollback, pages, freePages: PreparedStatement
    let setState, setCounts, setSubmission, addName, setNote, removeNote: PreparedStatement
    let addTask, addOpen, setProgress, removeOpen, addOutcome, findOutcome, removeOutcome: PreparedStatement
    let setDaemon, setReceived, removeDaemon: PreparedStatement
    let removeSubmission, removeCounts, addRemoving, removeRemoving: PreparedStatement
    let outcomesByElement, outcomesByNumber, outcomesOfSubmission, task: PreparedStatement
    let state, names, counts, removing, submissions, openTasks, allTasks, daemons, notes: PreparedStatement
    let lastOfSlice, outcomesToRemove, removeOpenRows, removeTasks, vacuum: PreparedStatement

    init(_ database: Database) throws(StoreFailure) {
        func prepare(_ sql: String) throws(StoreFailure) -> PreparedStatement {
            try PreparedStatement(database, sql)
        }
        begin = try prepare("BEGIN IMMEDIATE")
        commit = try prepare("COMMIT")
        rollback = try prepare("ROLLBACK")
        pages = try prepare("PRAGMA page_count")
        freePages = try prepare("PRAGMA freelist_count")

        setState = try prepare("INSERT OR REPLACE INTO state(id,commits,outcome,crc) VALUES(1,?,?,?)")
        setCounts = try prepare("INSERT OR REPLACE INTO counts(number,accepted,returned,failed,crc) VALUES(?,?,?,?,?)")
        setSubmission = try prepare(
            """
            INSERT OR REPLACE INTO submissions(number,name,key,created,complete,description,crc)
            VALUES(?,?,?,?,?,?,?)
            """)
        addName = try prepare("INSERT INTO names(number,name,crc) VALUES(?,?,?)")
        setNote = try prepare("INSERT OR REPLACE INTO notes(name,value,crc) VALUES(?,?,?)")
        removeNote = try prepare("DELETE FROM notes WHERE name=?")

        addTask = try prepare("INSERT OR IGNORE INTO tasks(id,type,crc,terms,body) VALUES(?,?,?,?,?)")
        addOpen = try prepare("INSERT INTO open(id,place,crc,sum) VALUES(?,?,?,?)")
        setProgress = try prepare("UPDATE open SET attempt=?,daemon=?,ordinal=?,history=?,sum=? WHERE id=?")
        removeOpen = try prepare("DELETE FROM open WHERE id=?")
        addOutcome = try prepare(
            """
            INSERT INTO outcomes(number,id,crc,status,attempt,daemon,ended,time,length,body)
            VALUES(?,?,?,?,?,?,?,?,?,?)
            """)
        findOutcome = try prepare("SELECT number,status,length FROM outcomes WHERE id=?")
        removeOutcome = try prepare("DELETE FROM outcomes WHERE number=?")

        setDaemon = try prepare(
            """
            INSERT OR REPLACE INTO daemons(session,launch,name,process,description,crc,received,sum)
            VALUES(?,?,?,?,?,?,?,?)
            """)
        setReceived = try prepare("UPDATE daemons SET received=?,sum=? WHERE session=?")
        removeDaemon = try prepare("DELETE FROM daemons WHERE session=?")

        removeSubmission = try prepare("DELETE FROM submissions WHERE number=?")
        removeCounts = try prepare("DELETE FROM counts WHERE number=?")
        addRemoving = try prepare("INSERT OR IGNORE INTO removing(number) VALUES(?)")
        removeRemoving = try prepare("DELETE FROM removing WHERE number=?")

        let outcome = "SELECT o.number,o.id,o.crc,o.status,o.attempt,n.name,o.ended,o.time,o.length,o.body "
            + "FROM outcomes o LEFT JOIN names n ON n.number=o.daemon "
        outcomesByElement = try prepare(outcome + "WHERE o.id BETWEEN ? AND ? ORDER BY o.id")
        outcomesByNumber = try prepare(outcome + "WHERE o.number>? ORDER BY o.number")
        outcomesOfSubmission = try prepare(outcome + "WHERE o.number>? AND +o.id BETWEEN ? AND ? ORDER BY o.number")
        task = try prepare(
            """
            SELECT n.name,t.crc,t.terms,t.body,o.place,o.crc FROM tasks t LEFT JOIN names n ON n.number=t.type
            LEFT JOIN open o ON o.id=t.id WHERE t.id=?
            """)

        state = try prepare("SELECT commits,outcome,crc FROM state WHERE id=1")
        names = try prepare("SELECT number,name,crc FROM names ORDER BY number")
        counts = try prepare("SELECT number,accepted,returned,failed,crc FROM counts")
        removing = try prepare("SELECT number FROM removing")
        submissions = try prepare(
            "SELECT number,name,key,created,complete,description,crc FROM submissions ORDER BY number")
        openTasks = try prepare(
            """
            SELECT o.id,o.place,o.crc,o.attempt,o.daemon,o.ordinal,o.history,o.sum,t.id,n.name,t.crc,t.terms,t.body
            FROM open o LEFT JOIN tasks t ON t.id=o.id LEFT JOIN names n ON n.number=t.type ORDER BY o.id
            """)
        allTasks = try prepare(
            "SELECT t.id,n.name,t.crc,t.terms,t.body FROM tasks t LEFT JOIN names n ON n.number=t.type ORDER BY t.id")
        daemons = try prepare(
            "SELECT session,launch,name,process,description,crc,received,sum FROM daemons ORDER BY session")
        notes = try prepare("SELECT name,value,crc FROM notes")

        lastOfSlice = try prepare(
            "SELECT max(id) FROM (SELECT id FROM tasks WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)")
        outcomesToRemove = try prepare("SELECT number,id,length FROM outcomes WHERE id BETWEEN ? AND ?")
        removeOpenRows = try prepare("DELETE FROM open WHERE id BETWEEN ? AND ?")
        removeTasks = try prepare("DELETE FROM tasks WHERE id BETWEEN ? AND ?")
        vacuum = try prepare("PRAGMA incremental_vacuum(512)")
    }
}
