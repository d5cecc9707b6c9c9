/// Submissions that are not wanted any more go in slices, so that nothing waits long for them.
extension Store {
    /// Tasks in a slice.
    private static let slice: Int64 = 2048
    /// Pages that are given back to the file system at once.
    private static let pages: Int64 = 512

    /// Deletes a slice of what is to be removed, or gives a slice of room back.
    /// - Returns: whether there is more to do.
    func removeSlice() throws(StoreFailure) -> Bool {
        if let submission = state.removing.min() {
            try transaction { () throws(StoreFailure) in try self.removeSlice(of: submission) }
            if !state.removing.contains(submission) { files.removeDirectory(of: submission) }
            return true
        }
        // Some free pages are good to have: the next rows need them.
        let free = try number(statements.freePages)
        guard free > Self.pages, try free > number(statements.pages) / 4 else { return false }
        try transaction { () throws(StoreFailure) in
            defer { statements.vacuum.reset() }
            while try statements.vacuum.next() {}
        }
        return true
    }

    private func removeSlice(of submission: UInt32) throws(StoreFailure) {
        let rows = TaskKey.rows(of: submission)
        guard let last = try lastRow(of: rows) else {
            try statements.removeRemoving.bind(submission).run()
            state.removing.remove(submission)
            return
        }
        let found = try statements.outcomesToRemove.bind(rows.lowerBound).bind(last)
            .rows { row in (number: row.integer(0), key: TaskKey(row: row.integer(1)),
                            length: row.isNull(2) ? nil : row.integer(2)) }
        for outcome in found {
            try statements.removeOutcome.bind(outcome.number).run()
            guard let length = outcome.length else { continue }
            files.remove(ResultFiles.Name(key: outcome.key, number: outcome.number), length: length)
        }
        try statements.removeOpenRows.bind(rows.lowerBound).bind(last).run()
        try statements.removeTasks.bind(rows.lowerBound).bind(last).run()
    }

    /// The last row of a slice; nil: there are no more.
    private func lastRow(of rows: ClosedRange<Int64>) throws(StoreFailure) -> Int64? {
        let statement = statements.lastOfSlice
        defer { statement.reset() }
        statement.bind(rows.lowerBound).bind(rows.upperBound).bind(Self.slice)
        guard try statement.next(), !statement.isNull(0) else { return nil }
        return statement.integer(0)
    }
}
