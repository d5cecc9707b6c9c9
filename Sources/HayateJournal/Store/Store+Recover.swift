import GRDBSQLite

extension Store {
    /// Everything that the next host must know.
    func recover() throws(StoreFailure) -> JournalContents {
        var contents = JournalContents()
        contents.submissions = try submissions()
        guard Set(contents.submissions.map(\.number)) == Set(state.counts.keys) else {
            throw damage("submissions are missing")
        }
        for (number, counts) in state.counts {
            contents.ended[number] = (returned: Int(counts.returned), failed: Int(counts.failed))
        }
        contents.tasks = try openTasks()
        var open: [UInt32: Int64] = [:]
        for (task, _) in contents.tasks { open[task.key.submission, default: 0] += 1 }
        for (number, counts) in state.counts where open[number, default: 0] != counts.open {
            throw damage("unfinished tasks of submission \(number) are missing")
        }
        contents.daemons = try daemons()
        contents.notes = try notes()
        return contents
    }

    private func submissions() throws(StoreFailure) -> [JournalSubmission] {
        try statements.submissions.rows { row throws(StoreFailure) in
            let submission = JournalSubmission(
                number: row.small(0), name: row.text(1), key: row.text(2), created: row.integer(3),
                isComplete: row.integer(4) == 1, description: row.bytes(5))
            guard submission.sum == row.integer(6) else { throw self.damage("submission \(submission.number) is damaged") }
            return submission
        }
    }

    private func openTasks() throws(StoreFailure) -> [(JournalTask, JournalProgress?)] {
        var tasks: [(JournalTask, JournalProgress?)] = []
        tasks.reserveCapacity(Int(state.counts.values.reduce(0) { $0 + $1.open }))
        let statement = statements.openTasks
        defer { statement.reset() }
        while try statement.next() {
            let key = TaskKey(row: statement.integer(0))
            if state.removing.contains(key.submission) { continue }
            let place = statement.unsigned(1)
            guard JournalTask.sum(ofPlace: place, key: key) == statement.integer(2) else {
                throw damage("the place of task \(key.text) is damaged")
            }
            let progress = try progress(of: key, in: statement)
            guard !statement.isNull(9) else { throw damage("task \(key.text) is missing") }
            let task = JournalTask(
                key: key, place: place, type: statement.text(10), terms: statement.bytes(11), body: statement.bytes(12))
            guard task.sum == statement.integer(9) else { throw damage("task \(key.text) is damaged") }
            tasks.append((task, progress))
        }
        return tasks
    }

    private func progress(of key: TaskKey, in row: PreparedStatement) throws(StoreFailure) -> JournalProgress? {
        if row.isNull(3), JournalProgress.sum(ofNone: key) == row.integer(7) { return nil }
        let progress = JournalProgress(
            key: key, attempt: row.small(3), daemon: row.isNull(4) ? nil : SessionKey(row.bytes(4)),
            order: row.unsigned(5), history: row.bytes(6))
        guard progress.sum == row.integer(7) else { throw damage("the progress of task \(key.text) is damaged") }
        return progress
    }

    private func daemons() throws(StoreFailure) -> [JournalDaemon] {
        try statements.daemons.rows { row throws(StoreFailure) in
            guard let session = SessionKey(row.bytes(0)) else { throw self.damage("a daemon is damaged") }
            let daemon = JournalDaemon(
                session: session, launch: row.unsigned(1), name: row.text(2), process: row.small(3),
                description: row.bytes(4), received: row.unsigned(6))
            guard daemon.sum == row.integer(5),
                JournalDaemon.sum(ofReceived: daemon.received, from: session) == row.integer(7)
            else { throw self.damage("the daemon \(daemon.name) is damaged") }
            return daemon
        }
    }

    private func notes() throws(StoreFailure) -> [String: [UInt8]] {
        var notes: [String: [UInt8]] = [:]
        let rows = try statements.notes.rows { row throws(StoreFailure) in
            let (name, value) = (row.text(0), row.bytes(1))
            guard StoreState.sum(ofNote: name, value: value) == row.integer(2) else {
                throw self.damage("the note \(name) is damaged")
            }
            return (name, value)
        }
        for (name, value) in rows { notes[name] = value }
        return notes
    }
}
