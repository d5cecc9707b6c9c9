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
            guard let outcome = statement.outcome(daemon: statement.text(5), files: files) else {
                if options.acceptsGaps { continue }
                throw damage("the outcome of task \(key.text) is damaged")
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    func task(_ key: TaskKey) throws(StoreFailure) -> JournalTask? {
        guard state.counts[key.submission] != nil else { return nil }
        let statement = statements.task
        defer { statement.reset() }
        guard try statement.bind(key.row).next() else { return nil }
        var place: UInt64 = 0
        if !statement.isNull(4) {
            place = try intact(statement.place(of: key, at: 4), "the place of task \(key.text)")
        }
        return try intact(
            statement.task(key, place: place, type: statement.text(0), at: 1), "task \(key.text)")
    }
}
