import HayateCore
import HayateJournal
import HayateView

extension SessionHost {
    private static let mostSpans = 100_000

    /// Starts that ended after this time, the newest, in the order of their ends; then those that run.
    func spans(since: Double, limit: Int) async throws(HayateError) -> [SpanView] {
        let limit = min(max(0, limit), Self.mostSpans)
        let earliest = Int64(max(0, min(since, 1e12)) * 1_000)
        let outcomes = try await newestOutcomes(endedAfter: earliest, limit: limit)
        let running = pool.dispatcher.census().running.prefix(limit)
        let labels = try await labels(of: outcomes.map(\.key) + running.map(\.key))
        var spans = outcomes.compactMap { outcome -> SpanView? in
            guard let name = name(of: outcome.key), !outcome.daemon.isEmpty else { return nil }
            let ended = Double(outcome.ended) / 1_000
            return SpanView(
                task: name, label: labels[outcome.key] ?? "", daemon: outcome.daemon,
                began: ended - Double(outcome.taskTime) / 1e9, ended: ended, status: Self.status(of: outcome),
                attempt: Int(outcome.attempt))
        }
        let now = WallClock.seconds
        for task in running {
            guard let name = name(of: task.key) else { continue }
            spans.append(
                SpanView(
                    task: name, label: labels[task.key] ?? "", daemon: task.daemon, began: now - (task.since ?? 0),
                    ended: nil, status: "running", attempt: task.attempt))
        }
        return spans
    }

    private static func status(of outcome: JournalOutcome) -> String {
        switch DurableOutcome(rawValue: outcome.status) {
        case .returned: "value"
        case .cancelled: "stopped"
        case .failed, .neededFailed, nil:
            outcome.taskTime == 0 ? "lost" : "failure"
        }
    }

    /// In the order of their ends.
    private func newestOutcomes(endedAfter time: Int64, limit: Int) async throws(HayateError) -> [JournalOutcome] {
        try await read { journal throws(JournalError) in
            // Numbers ascend with time, so the first one behind it is found by halving.
            var low: Int64 = 0
            var high: Int64 = 1
            while try !journal.outcomes(after: high, of: nil, limit: 1, bytes: 1).isEmpty { high *= 2 }
            while low < high {
                let middle = (low + high) / 2
                let next = try journal.outcomes(after: middle, of: nil, limit: 1, bytes: 1).first
                if let next, next.ended <= time { low = next.number } else { high = middle }
            }
            var all: [JournalOutcome] = []
            var number = low
            while true {
                let some = try journal.outcomes(after: number, of: nil, limit: 1_000, bytes: 4 << 20)
                guard let last = some.last else { break }
                number = last.number
                // Bodies are not wanted here, and would be much.
                all += some.map { outcome in
                    var outcome = outcome
                    outcome.body = []
                    return outcome
                }
                if all.count > 2 * limit { all.removeFirst(all.count - limit) }
            }
            return Array(all.suffix(limit))
        }
    }

    /// What an earlier host knew of tasks that did not return: how many were cancelled, and the newest of the others.
    func countOldFailures() async {
        let began = Int64(facts.started * 1_000)
        for submission in book.state.withLock({ Array($0.submissions.values) }) where submission.failed > 0 {
            let known = submission.facts.cancelled != nil
            await submission.turnstile.enter()
            defer { submission.turnstile.leave() }
            var cancelled = 0
            do throws(HayateError) {
                try await forEachFailure(of: submission.number) { outcomes throws(HayateError) in
                    for outcome in outcomes where outcome.ended < began {
                        if outcome.status == DurableOutcome.cancelled.rawValue {
                            cancelled += known ? 0 : 1
                        } else {
                            book.remember(outcome, of: submission)
                        }
                    }
                }
            } catch {
                log.add("the failures of \(submission.name) could not be looked up: \(error.message)")
            }
            book.update(submission.number) { [cancelled] submission in
                submission.failed -= cancelled
                submission.cancelled += cancelled
            }
        }
    }
}

extension SessionBook {
    /// A failure that an earlier host has recorded.
    func remember(_ outcome: JournalOutcome, of submission: HostedSubmission) {
        guard case .error(let error) = DurableOutcome.read(outcome.status, outcome.body) else { return }
        let view = FailureView(
            error, task: SessionTaskName(submission: submission.name, element: outcome.key.element),
            time: Double(outcome.ended) / 1_000, attempt: Int(outcome.attempt), daemon: outcome.daemon)
        state.withLock { state in
            let place = state.failures.firstIndex { $0.view.time < view.time } ?? state.failures.endIndex
            guard place < Self.mostFailures else { return }
            state.failures.insert(Failure(key: outcome.key, view: view, label: nil), at: place)
            if state.failures.count > Self.mostFailures { state.failures.removeLast() }
        }
    }
}
