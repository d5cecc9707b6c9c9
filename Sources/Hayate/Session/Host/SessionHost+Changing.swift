import HayateCore
import HayateJournal
import HayateTransport
import HayateWire

extension SessionHost {
    // MARK: Cancelling

    func cancel(_ selection: SessionSelection) async throws(HayateError) -> Int {
        let count: Int
        switch selection {
        case .everything: count = pool.dispatcher.cancelDurable { _, _ in true }
        case .submission(let name):
            let number = try book.number(of: name)
            count = pool.dispatcher.cancelDurable { submission, _ in submission == number }
        case .tasks(let names):
            var ended = 0
            for name in names {
                let key = try key(of: name)
                if let task = pool.dispatcher.durableTask(key), pool.dispatcher.cancel(task) { ended += 1 }
            }
            count = ended
        case .failed: throw HayateError(.invalidArgument, "tasks that have ended cannot be cancelled")
        }
        // Said when it is on disk.
        try await write([])
        return count
    }

    func remove(_ name: String) async throws(HayateError) {
        let submission = try book.submission(name)
        await submission.turnstile.enter()
        defer { submission.turnstile.leave() }
        // Nothing is added from now on.
        book.update(submission.number) { $0.isComplete = true }
        _ = pool.dispatcher.cancelDurable { number, _ in number == submission.number }
        try await write([.removed(submission: submission.number), note()])
        book.remove(submission.number)
    }

    // MARK: Again

    func retry(_ selection: SessionSelection) async throws(HayateError) -> Int {
        guard !book.isDraining else {
            throw HayateError(.closed, "the session takes no more tasks: it ends when those that it has have ended")
        }
        switch selection {
        case .submission(let name), .failed(let name): return try await retryFailures(of: try book.submission(name))
        case .everything:
            var count = 0
            for submission in book.state.withLock({ Array($0.submissions.values) })
            where submission.failed + submission.cancelled > 0 {
                count += try await retryFailures(of: submission)
            }
            return count
        case .tasks(let names):
            var count = 0
            for (name, tasks) in Dictionary(grouping: names, by: \.submission).sorted(by: { $0.key < $1.key }) {
                let submission = try book.submission(name)
                await submission.turnstile.enter()
                defer { submission.turnstile.leave() }
                for task in tasks {
                    let key = try key(of: task)
                    guard let outcome = try await outcome(of: key), outcome.status != 0 else { continue }
                    count += try await restart([outcome], of: submission)
                }
            }
            return count
        }
    }

    private func retryFailures(of submission: HostedSubmission) async throws(HayateError) -> Int {
        await submission.turnstile.enter()
        defer { submission.turnstile.leave() }
        var count = 0
        try await forEachFailure(of: submission.number) { outcomes throws(HayateError) in
            count += try await restart(outcomes, of: submission)
        }
        return count
    }

    /// In order of their elements, so that those that others need are there before them.
    private func restart(_ outcomes: [JournalOutcome], of submission: HostedSubmission) async throws(HayateError) -> Int {
        var rest = outcomes[...]
        var count = 0
        while !rest.isEmpty {
            var batch: [Restart] = []
            for outcome in rest {
                if let restart = try await restart(outcome, after: batch) { batch.append(restart) }
            }
            guard !batch.isEmpty else { return count }
            let accepted = try await submit(batch, of: submission)
            count += accepted
            guard accepted < batch.count else { return count }
            // A task that was needed has ended meanwhile, or the queue was full.
            let next = batch[accepted].request.element
            rest = rest.drop { $0.key.element != next }
        }
        return count
    }

    /// A task that is about to run again.
    private struct Restart {
        var request: DurableRequest
        var wasCancelled: Bool
    }

    /// nil: a task that it needs has failed, and stays so.
    private func restart(_ outcome: JournalOutcome, after batch: [Restart]) async throws(HayateError) -> Restart? {
        let key = outcome.key
        guard let task = try await read({ journal throws(JournalError) in try journal.task(key) }) else { return nil }
        let terms = TaskTerms(reading: task.terms) ?? TaskTerms(SessionTask(type: "", body: [], label: ""), needs: [])
        let state = try await state(of: terms.keys) { needed in
            needed.submission == key.submission && batch.contains { $0.request.element == needed.element }
        }
        guard case .unfinished(let needs, _) = state else { return nil }
        return Restart(
            request: DurableRequest(
                element: key.element, type: task.type, body: task.body, spec: terms.spec(bytes: task.body.count),
                details: TaskDetails(), terms: task.terms, needs: needs, isAgain: true),
            wasCancelled: outcome.status == DurableOutcome.cancelled.rawValue)
    }

    private func submit(_ batch: [Restart], of submission: HostedSubmission) async throws(HayateError) -> Int {
        func count(_ restarts: some Sequence<Restart>, _ sign: Int) {
            let (cancelled, failed) = restarts.reduce(into: (0, 0)) { counts, restart in
                if restart.wasCancelled { counts.0 += sign } else { counts.1 += sign }
            }
            book.update(submission.number) { submission in
                submission.cancelled += cancelled
                submission.failed += failed
            }
        }
        // Before: new outcomes may be counted before anybody hears that the tasks were accepted.
        count(batch, -1)
        do throws(HayateError) {
            let record = book[submission.number].map { [JournalRecord.submission($0.record)] } ?? []
            let accepted = try await submit(batch.map(\.request), to: submission, with: record) { _ in }
            count(batch[accepted...], 1)
            book.forgetFailures(Set(batch[..<accepted].map { $0.request.element }), of: submission.number)
            return accepted
        } catch {
            count(batch, 1)
            throw error
        }
    }
}

extension SessionBook {
    func forgetFailures(_ elements: Set<UInt32>, of submission: UInt32) {
        state.withLock { state in
            state.failures.removeAll { $0.key.submission == submission && elements.contains($0.key.element) }
        }
    }
}

extension Dispatcher {
    /// Ends the unfinished tasks that are meant.
    /// - Returns: how many.
    func cancelDurable(where isMeant: (_ submission: UInt32, _ element: UInt32) -> Bool) -> Int {
        withCore { state in
            var count = 0
            for slot in state.entries.indices {
                guard let submission = state.entries[slot].receiver?.durable,
                    isMeant(submission, state.entries[slot].index),
                    let task = state.core.taskID(inSlot: UInt32(slot)),
                    state.core.cancel(task, at: .now, into: &state.effects)
                else { continue }
                count += 1
                perform(&state)
            }
            return count
        }
    }
}
