extension Store {
    /// Everything that the next host must know.
    func recover() throws(StoreFailure) -> JournalContents {
        var contents = JournalContents()
        contents.submissions = try statements.submissions.rows { row throws(StoreFailure) in
            try self.intact(row.submission(), "submission \(row.integer(0))")
        }
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
        contents.daemons = try statements.daemons.rows { row throws(StoreFailure) in
            try self.intact(row.daemon(at: 0), "the daemon \(row.text(2))")
        }
        for note in try statements.notes.rows({ row throws(StoreFailure) in
            try self.intact(row.note(at: 0), "the note \(row.text(0))")
        }) { contents.notes[note.name] = note.value }
        contents.gaps = gaps
        return contents
    }

    func intact<Value>(_ value: Value?, _ name: @autoclosure () -> String) throws(StoreFailure) -> Value {
        guard let value else { throw damage("\(name()) is damaged") }
        return value
    }

    private func openTasks() throws(StoreFailure) -> [(JournalTask, JournalProgress?)] {
        var tasks: [(JournalTask, JournalProgress?)] = []
        tasks.reserveCapacity(Int(clamping: state.counts.values.reduce(0) { $0 + $1.open }))
        let row = statements.openTasks
        defer { row.reset() }
        while try row.next() {
            let key = TaskKey(row: row.integer(0))
            if state.removing.contains(key.submission) { continue }
            let place = try intact(row.place(of: key, at: 1), "the place of task \(key.text)")
            let progress = try intact(row.progress(of: key, at: 3), "the progress of task \(key.text)")
            guard !row.isNull(8) else { throw damage("task \(key.text) is missing") }
            let task = row.task(key, place: place, type: row.text(9), at: 10)
            tasks.append((try intact(task, "task \(key.text)"), progress))
        }
        return tasks
    }

    /// Reads everything there is. For those who would rather leave something out than be refused later.
    func verify() throws(StoreFailure) {
        _ = try recover()
        let tasks = statements.allTasks
        defer { tasks.reset() }
        while try tasks.next() {
            let key = TaskKey(row: tasks.integer(0))
            _ = try intact(tasks.task(key, place: 0, type: tasks.text(1), at: 2), "task \(key.text)")
        }
        var ended: [UInt32: TaskCounts] = [:]
        let outcomes = statements.outcomesByNumber
        defer { outcomes.reset() }
        outcomes.bind(0 as Int64)
        while try outcomes.next() {
            let key = TaskKey(row: outcomes.integer(1))
            if state.removing.contains(key.submission) { continue }
            let outcome = try intact(
                outcomes.outcome(daemon: outcomes.text(5), files: files), "the outcome of task \(key.text)")
            ended[key.submission, default: TaskCounts()].add(outcome.status)
        }
        for (number, counts) in state.counts {
            let found = ended[number] ?? TaskCounts()
            guard found.returned == counts.returned, found.failed == counts.failed else {
                throw damage("outcomes of submission \(number) are missing")
            }
        }
    }
}
