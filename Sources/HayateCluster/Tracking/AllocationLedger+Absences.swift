import HayateCore

/// Allocations that are missing from the queue's list: asked after in the accounting, and never taken for done.
extension AllocationLedger {
    /// What came of one query of the accounting.
    /// - Parameter isLast: whether no further answer to the same `.queryAccounting` follows.
    public mutating func accounted(
        _ answer: StatusAnswer, isLast: Bool, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        guard var query = accountingQuery else { return }
        switch answer {
        case .failed: query.hasFailed = true
        case .jobs(let reports):
            let rows = Rows(reports, of: self)
            for number in Set(rows.byNumber.keys).union(rows.whole.keys).sorted() where query.numbers.contains(number) {
                for offset in submissions[number]?.allocations.indices ?? 0..<0 {
                    guard let row = rows.of(number, offset) ?? rows.whole[number] else { continue }
                    take(record: row, number, offset, asked: query.asked, into: &effects)
                }
            }
        }
        accountingQuery = isLast ? nil : query
        if isLast {
            for number in query.numbers { look(number, query, into: &effects) }
            accountingFailures = query.hasFailed ? accountingFailures + 1 : 0
            if query.hasFailed {
                let backoff = Backoff(
                    first: rules.polling.accounting, longest: max(longestQueryWait, rules.polling.accounting))
                let wait = backoff.wait(afterFailures: accountingFailures + 1, jitter: jitter)
                accountingNotBefore = max(accountingNotBefore, query.asked.advanced(by: wait))
            }
        }
        absencesDue = now
        advance(at: now, into: &effects)
    }

    /// A record of the accounting. It counts only for what is still missing: a job may be back in the queue.
    private mutating func take(
        record row: JobReport, _ number: UInt32, _ offset: Int, asked: Instant, into effects: inout [Effect]
    ) {
        guard let absence = submissions[number]?.allocations[offset].absence, absence.since <= asked,
            row.state.isEnd
        else { return }
        let end = row.end ?? row.state.end(saying: row.reason)
        update(number, offset, into: &effects) {
            $0.node = $0.node ?? row.nodes.first
            if let end {
                $0.absence?.found = end
            } else {
                $0.absence?.hint = JobEnd(.unknown, node: row.nodes.first, message: row.reason ?? row.state.rawValue)
            }
        }
    }

    private mutating func look(_ number: UInt32, _ query: Query, into effects: inout [Effect]) {
        for offset in submissions[number]?.allocations.indices ?? 0..<0 {
            guard let absence = submissions[number]?.allocations[offset].absence,
                absence.since.advanced(by: rules.accountingLag.nanoseconds) <= query.asked
            else { continue }
            update(number, offset, into: &effects) {
                if query.hasFailed { $0.absence?.failures += 1 } else { $0.absence?.looks += 1 }
            }
        }
    }

    /// Ends what is known to have ended or has been missing for too long, and asks the accounting after the rest.
    mutating func settleAbsences(at now: Instant, into effects: inout [Effect]) {
        guard absencesDue <= now else { return }
        absencesDue = .distantFuture
        var asking: [UInt32] = []
        for number in order where submissions[number]?.counts.absent != 0 {
            guard let record = submissions[number] else { continue }
            var isAsking = false
            for (offset, allocation) in record.allocations.enumerated() {
                guard let absence = allocation.absence else { continue }
                // A daemon that is connected runs somewhere. Its departure brings the allocation here again. Where its
                // connection broke, a record of the job's end tells that it does not come back.
                let isSilent = allocation.present == 0 || allocation.lost != nil && absence.found != nil
                if isSilent, let end = verdict(on: allocation, absence, at: now) {
                    finish(number, offset, end, at: now, into: &effects)
                    continue
                }
                if allocation.present == 0 {
                    let due = absence.since.advanced(by: rules.polling.grace.nanoseconds)
                    if due > now { absencesDue = min(absencesDue, due) }
                }
                guard rules.hasAccounting, absence.found == nil, accountingQuery == nil else { continue }
                let due = max(
                    accountingNotBefore, absence.since.advanced(by: rules.accountingLag.nanoseconds))
                if due <= now { isAsking = true } else { absencesDue = min(absencesDue, due) }
            }
            if isAsking { asking.append(number) }
        }
        let asked = asking.compactMap { submissions[$0]?.job }
        guard !asked.isEmpty else { return }
        accountingQuery = Query(numbers: asking, asked: now)
        accountingNotBefore = now.advanced(by: rules.polling.accounting.nanoseconds)
        effects.append(.queryAccounting(asked))
    }

    /// How a missing allocation ended; nil: not yet known.
    private func verdict(
        on allocation: AllocationRecord, _ absence: AllocationRecord.Absence, at now: Instant
    ) -> JobEnd? {
        if let found = absence.found { return found }
        // An element that was cancelled before it started may leave no trace anywhere.
        if case .done = allocation.cancellation, absence.isConfirmed, absence.hint == nil {
            return JobEnd(.cancelled(by: Self.canceller))
        }
        guard now >= absence.since.advanced(by: rules.polling.grace.nanoseconds) else { return nil }
        let isLookedUp = !rules.hasAccounting || absence.looks > 0 || absence.failures >= rules.accountingTries
        guard isLookedUp, absence.isConfirmed || absence.hint != nil else { return nil }
        if let hint = absence.hint { return hint }
        let message = !rules.hasAccounting
            ? "it is gone from the queue"
            : absence.looks > 0
                ? "it is gone from the queue, and the accounting has no record of it"
                : "it is gone from the queue, and the accounting did not answer"
        return JobEnd(.unknown, message: message)
    }
}
