import GRDBSQLite

extension Store {
    func outcomes(
        of submission: UInt32, from element: UInt32, limit: Int, bytes: Int
    ) throws(StoreFailure) -> [JournalOutcome] {
        guard state.counts[submission] != nil else { return [] }
        let rows = TaskKey.rows(of: submission, from: element)
        statements.outcomesByElement.bind(rows.lowerBound).bind(rows.upperBound)
        return try outcomes(statements.outcomesByElement, limit: limit, bytes: bytes)
    }

    func outcomes(
        after number: Int64, of submission: UInt32?, limit: Int, bytes: Int
    ) throws(StoreFailure) -> [JournalOutcome] {
        guard let submission else {
            statements.outcomesByNumber.bind(number)
            return try outcomes(statements.outcomesByNumber, limit: limit, bytes: bytes)
        }
        guard state.counts[submission] != nil else { return [] }
        let rows = TaskKey.rows(of: submission)
        statements.outcomesOfSubmission.bind(number).bind(rows.lowerBound).bind(rows.upperBound)
        return try outcomes(statements.outcomesOfSubmission, limit: limit, bytes: bytes)
    }

    private func outcomes(
        _ statement: PreparedStatement, limit: Int, bytes: Int
    ) throws(StoreFailure) -> [JournalOutcome] {
        defer { statement.reset() }
        var outcomes: [JournalOutcome] = []
        var left = bytes
        while outcomes.count < limit, try statement.next() {
            let key = TaskKey(row: statement.integer(1))
            if state.removing.contains(key.submission) { continue }
            let length = statement.isNull(8) ? statement.length(9) : Int(clamping: statement.integer(8))
            guard outcomes.isEmpty || length <= left else { break }
            left -= length
            guard let outcome = outcome(key, in: statement) else {
                if options.acceptsGaps { continue }
                throw damage("the outcome of task \(key.text) is damaged")
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Nil: it is damaged.
    private func outcome(_ key: TaskKey, in row: PreparedStatement) -> JournalOutcome? {
        let number = row.integer(0)
        var body = row.bytes(9)
        if !row.isNull(8) {
            let name = ResultFiles.Name(key: key, number: number)
            guard let file = files.read(name, length: Int(clamping: row.integer(8))) else { return nil }
            body = file
        }
        let outcome = JournalOutcome(
            key: key, status: row.small(3), body: body, attempt: row.small(4), daemon: row.text(5),
            ended: row.integer(6), taskTime: row.integer(7), number: number)
        return outcome.sum == row.integer(2) ? outcome : nil
    }

    func task(_ key: TaskKey) throws(StoreFailure) -> JournalTask? {
        guard state.counts[key.submission] != nil else { return nil }
        let statement = statements.task
        defer { statement.reset() }
        guard try statement.bind(key.row).next() else { return nil }
        let task = JournalTask(
            key: key, place: statement.isNull(4) ? 0 : statement.unsigned(4), type: statement.text(1),
            terms: statement.bytes(2), body: statement.bytes(3))
        let isOpen = !statement.isNull(4)
        guard task.sum == statement.integer(0),
            !isOpen || JournalTask.sum(ofPlace: task.place, key: key) == statement.integer(5)
        else { throw damage("task \(key.text) is damaged") }
        return task
    }
}
