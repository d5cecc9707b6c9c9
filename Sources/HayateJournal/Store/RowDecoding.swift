// Rows as values, from their columns; nil: the checksum is not of them.

extension PreparedStatement {
    /// number, name, key, created, complete, description, crc
    func submission() -> JournalSubmission? {
        let submission = JournalSubmission(
            number: small(0), name: text(1), key: text(2), created: integer(3), isComplete: integer(4) == 1,
            description: bytes(5))
        return submission.sum == integer(6) ? submission : nil
    }

    /// number, accepted, returned, failed, crc
    func counts() -> (UInt32, TaskCounts)? {
        let number: UInt32 = small(0)
        let counts = TaskCounts(accepted: small(1), returned: small(2), failed: small(3))
        return counts.sum(of: number) == integer(4) && counts.open >= 0 ? (number, counts) : nil
    }

    /// number, name, crc
    func name() -> (number: Int64, name: String)? {
        let (number, name) = (integer(0), text(1))
        return StoreState.sum(ofName: name, number: number) == integer(2) ? (number, name) : nil
    }

    /// commits, outcome, crc
    func state(at column: Int32) -> StoreState? {
        var state = StoreState()
        (state.commits, state.outcome) = (integer(column), integer(column + 1))
        return state.sum == integer(column + 2) && state.commits >= 0 && state.outcome >= 0 ? state : nil
    }

    /// crc, terms, body
    func task(_ key: TaskKey, place: UInt64, type: String, at column: Int32) -> JournalTask? {
        let task = JournalTask(key: key, place: place, type: type, terms: bytes(column + 1), body: bytes(column + 2))
        return task.sum == integer(column) ? task : nil
    }

    /// place, crc
    func place(of key: TaskKey, at column: Int32) -> UInt64? {
        let place = unsigned(column)
        return JournalTask.sum(ofPlace: place, key: key) == integer(column + 1) ? place : nil
    }

    /// attempt, daemon, ordinal, history, sum; what is inside is nil if there is no progress yet.
    func progress(of key: TaskKey, at column: Int32) -> JournalProgress?? {
        if isNull(column), JournalProgress.sum(ofNone: key) == integer(column + 4) { return .some(nil) }
        let progress = JournalProgress(
            key: key, attempt: small(column), daemon: isNull(column + 1) ? nil : SessionKey(bytes(column + 1)),
            order: unsigned(column + 2), history: bytes(column + 3))
        return progress.sum == integer(column + 4) ? .some(progress) : nil
    }

    /// number, id, crc, status, attempt, (name), ended, time, length, body
    func outcome(daemon: String, files: ResultFiles) -> JournalOutcome? {
        let (number, key) = (integer(0), TaskKey(row: integer(1)))
        var body: [UInt8]? = bytes(9)
        if !isNull(8) { body = files.read(.init(key: key, number: number), length: Int(clamping: integer(8))) }
        guard let body else { return nil }
        let outcome = JournalOutcome(
            key: key, status: small(3), body: body, attempt: small(4), daemon: daemon, ended: integer(6),
            taskTime: integer(7), number: number)
        return outcome.sum == integer(2) ? outcome : nil
    }

    /// session, launch, name, process, description, crc, received, sum
    func daemon(at column: Int32) -> JournalDaemon? {
        guard let session = SessionKey(bytes(column)) else { return nil }
        let daemon = JournalDaemon(
            session: session, launch: unsigned(column + 1), name: text(column + 2), process: small(column + 3),
            description: bytes(column + 4), received: unsigned(column + 6))
        let received = JournalDaemon.sum(ofReceived: daemon.received, from: session)
        return daemon.sum == integer(column + 5) && received == integer(column + 7) ? daemon : nil
    }

    /// name, value, crc
    func note(at column: Int32) -> (name: String, value: [UInt8])? {
        let (name, value) = (text(column), bytes(column + 1))
        return StoreState.sum(ofNote: name, value: value) == integer(column + 2) ? (name, value) : nil
    }
}
