import GRDBSQLite

/// Records that somebody waits for.
struct Append: Sendable {
    var records: [JournalRecord]
    var then: @Sendable (Result<Void, JournalError>) -> Void

    /// About what it is on disk, in bytes.
    var weight: Int { records.reduce(0) { $0 + $1.weight } }
}

extension JournalRecord {
    var weight: Int {
        switch self {
        case .accepted(let task): 64 + task.body.count + task.terms.count
        case .outcome(let outcome): 64 + outcome.body.count
        case .progress(let progress): 64 + progress.history.count
        case .submission(let submission): 64 + submission.description.count
        case .daemon(let daemon): 64 + daemon.description.count
        case .note(_, let value): 64 + value.count
        case .again, .received, .daemonGone, .removed: 64
        }
    }
}

/// A record that contradicts what is there: a fault of the program.
private struct Refusal: Error {
    var index: Int
    var error: JournalError
}

extension Store {
    /// Writes all of them in one transaction, but for those that contradict what is there.
    /// - Returns: why some were refused, by their index.
    func write(_ appends: ArraySlice<Append>) throws(StoreFailure) -> [Int: JournalError] {
        var refused: [Int: JournalError] = [:]
        while true {
            var refusal: Refusal?
            do {
                try transaction { () throws(StoreFailure) in
                    for index in appends.indices where refused[index] == nil {
                        for record in appends[index].records {
                            guard let reason = try apply(record) else { continue }
                            refusal = Refusal(index: index, error: JournalError(.failed, reason))
                            throw StoreFailure(code: SQLITE_ABORT, message: reason)
                        }
                    }
                }
                return refused
            } catch {
                // All is as before, and the others are written without it.
                guard let refusal else { throw error }
                refused[refusal.index] = refusal.error
            }
        }
    }

    /// Why the record is refused; nil: it is not.
    private func apply(_ record: JournalRecord) throws(StoreFailure) -> String? {
        switch record {
        case .submission(let submission): try write(submission)
        case .accepted(let task): return try accept(task)
        case .progress(let progress): try write(progress)
        case .outcome(let outcome): return try end(outcome)
        case .again(let key, let place): return try reopen(key, place: place)
        case .daemon(let daemon): try write(daemon)
        case .received(let session, let received):
            try statements.setReceived.bind(received)
                .bind(JournalDaemon.sum(ofReceived: received, from: session)).bind(session.bytes).run()
        case .daemonGone(let session): try statements.removeDaemon.bind(session.bytes).run()
        case .removed(let submission): try remove(submission)
        case .note(let name, let value):
            if value.isEmpty {
                try statements.removeNote.bind(name).run()
            } else {
                let sum = StoreState.sum(ofNote: name, value: value)
                try statements.setNote.bind(name).bind(value).bind(sum).run()
            }
        }
        return nil
    }

    private func write(_ submission: JournalSubmission) throws(StoreFailure) {
        try statements.setSubmission.bind(submission.number).bind(submission.name).bind(submission.key)
            .bind(submission.created).bind(submission.isComplete ? 1 : 0 as UInt8).bind(submission.description)
            .bind(submission.sum).run()
        if state.counts[submission.number] == nil {
            state.counts[submission.number] = TaskCounts()
            state.changed.insert(submission.number)
        }
    }

    private func accept(_ task: JournalTask) throws(StoreFailure) -> String? {
        guard state.counts[task.key.submission] != nil else {
            return "Task \(task.key.text) was accepted and its submission was not: a fault of the program"
        }
        let type = try number(ofName: task.type)
        let added = try statements.addTask.bind(task.key.row).bind(type).bind(task.sum).bind(task.terms)
            .bind(task.body).run()
        guard added == 1 else { return "Task \(task.key.text) was accepted twice: a fault of the program" }
        try open(task.key, place: task.place)
        state.counts[task.key.submission]?.accepted += 1
        state.changed.insert(task.key.submission)
        return nil
    }

    private func open(_ key: TaskKey, place: UInt64) throws(StoreFailure) {
        try statements.addOpen.bind(key.row).bind(place).bind(JournalTask.sum(ofPlace: place, key: key))
            .bind(JournalProgress.sum(ofNone: key)).run()
    }

    /// Of a task that has ended, progress means nothing any more.
    private func write(_ progress: JournalProgress) throws(StoreFailure) {
        statements.setProgress.bind(progress.attempt)
        if let daemon = progress.daemon {
            statements.setProgress.bind(daemon.bytes)
        } else {
            statements.setProgress.bindNull()
        }
        try statements.setProgress.bind(progress.order).bind(progress.history).bind(progress.sum)
            .bind(progress.key.row).run()
    }

    private func end(_ outcome: JournalOutcome) throws(StoreFailure) -> String? {
        // Of a submission that was removed, nobody wants it.
        guard state.counts[outcome.key.submission] != nil else { return nil }
        guard try statements.removeOpen.bind(outcome.key.row).run() == 1 else {
            return "Task \(outcome.key.text) is not unfinished and has an outcome: a fault of the program"
        }
        var outcome = outcome
        state.outcome += 1
        outcome.number = state.outcome
        let isFile = outcome.body.count >= options.fileBytes
        if isFile { try files.write(outcome.body, as: ResultFiles.Name(outcome)) }
        let daemon = try number(ofName: outcome.daemon)
        statements.addOutcome.bind(outcome.number).bind(outcome.key.row).bind(outcome.sum).bind(outcome.status)
            .bind(outcome.attempt).bind(daemon).bind(outcome.ended).bind(outcome.taskTime)
        if isFile {
            statements.addOutcome.bind(Int64(outcome.body.count)).bindNull()
        } else {
            statements.addOutcome.bindNull().bind(outcome.body)
        }
        try statements.addOutcome.run()
        state.counts[outcome.key.submission]?.add(outcome.status)
        state.changed.insert(outcome.key.submission)
        return nil
    }

    private func reopen(_ key: TaskKey, place: UInt64) throws(StoreFailure) -> String? {
        guard state.counts[key.submission] != nil else { return nil }
        guard let outcome = try findOutcome(of: key) else {
            return "Task \(key.text) is to run again and has not ended: a fault of the program"
        }
        try statements.removeOutcome.bind(outcome.number).run()
        if let length = outcome.length {
            files.remove(ResultFiles.Name(key: key, number: outcome.number), length: length)
        }
        try open(key, place: place)
        guard state.counts[key.submission]?.take(outcome.status) == true else {
            throw StoreFailure(
                code: SQLITE_CORRUPT,
                message: "the counts of submission \(key.submission) are not those of its outcomes")
        }
        state.changed.insert(key.submission)
        return nil
    }

    private func findOutcome(
        of key: TaskKey
    ) throws(StoreFailure) -> (number: Int64, status: Int64, length: Int64?)? {
        let statement = statements.findOutcome
        defer { statement.reset() }
        guard try statement.bind(key.row).next() else { return nil }
        return (statement.integer(0), statement.integer(1), statement.isNull(2) ? nil : statement.integer(2))
    }

    private func write(_ daemon: JournalDaemon) throws(StoreFailure) {
        try statements.setDaemon.bind(daemon.session.bytes).bind(daemon.launch).bind(daemon.name).bind(daemon.process)
            .bind(daemon.description).bind(daemon.sum).bind(daemon.received)
            .bind(JournalDaemon.sum(ofReceived: daemon.received, from: daemon.session)).run()
    }

    /// Its rows are deleted later, a few at a time.
    private func remove(_ submission: UInt32) throws(StoreFailure) {
        guard state.counts.removeValue(forKey: submission) != nil else { return }
        state.changed.remove(submission)
        try statements.removeSubmission.bind(submission).run()
        try statements.removeCounts.bind(submission).run()
        try statements.addRemoving.bind(submission).run()
        state.removing.insert(submission)
    }

    private func number(ofName name: String) throws(StoreFailure) -> Int64 {
        if let number = state.names[name] { return number }
        let number = Int64(state.names.count) + 1
        try statements.addName.bind(number).bind(name).bind(StoreState.sum(ofName: name, number: number)).run()
        state.names[name] = number
        return number
    }
}
