import Dispatch
import HayateJournal

/// Work that may wait for a disk, away from the threads of Swift's tasks.
func withoutWaiting<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: work()) }
    }
}

extension SessionHost {
    /// Looks something up in the journal.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Journal) throws(JournalError) -> Value
    ) async throws(HayateError) -> Value {
        let result = await withoutWaiting { [journal] () -> Result<Value, HayateError> in
            do throws(JournalError) {
                return .success(try body(journal))
            } catch {
                return .failure(HayateError(error))
            }
        }
        return try result.get()
    }

    /// Writes records, in order with all that the queue writes.
    func write(_ records: [JournalRecord]) async throws(HayateError) {
        let result = await withCheckedContinuation { continuation in
            pool.dispatcher.write(records) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// How this finished task ended; nil: it has not, or is unknown.
    func outcome(of key: TaskKey) async throws(HayateError) -> JournalOutcome? {
        try await read { journal throws(JournalError) in
            let outcomes = try journal.outcomes(of: key.submission, from: key.element, limit: 1, bytes: 1)
            return outcomes.first { $0.key == key }
        }
    }

    /// Goes through all outcomes of a submission that are no values, a few at a time.
    func forEachFailure(
        of submission: UInt32, _ body: ([JournalOutcome]) async throws(HayateError) -> Void
    ) async throws(HayateError) {
        var element: UInt32? = 0
        while let from = element {
            let outcomes = try await read { journal throws(JournalError) in
                try journal.outcomes(of: submission, from: from, limit: 1_000, bytes: 4 << 20)
            }
            let failures = outcomes.filter { $0.status != DurableOutcome.returned.rawValue }
            if !failures.isEmpty { try await body(failures) }
            element = outcomes.last.flatMap { $0.key.element == .max ? nil : $0.key.element + 1 }
        }
    }

    func text(of outcome: JournalOutcome) -> SessionOutcomeText? {
        guard let name = book.name(of: outcome.key.submission) else { return nil }
        return SessionOutcomeText(
            task: SessionTaskName(submission: name, element: outcome.key.element), number: outcome.number,
            attempt: Int(outcome.attempt), daemon: outcome.daemon, ended: outcome.ended, taskTime: outcome.taskTime,
            status: outcome.status, body: outcome.body)
    }
}
