import HayateCore

extension AllocationLedger {
    /// What came of the status query. Answers to none that was asked are ignored.
    public mutating func status(
        _ answer: StatusAnswer, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        guard let query = statusQuery else { return }
        statusQuery = nil
        switch answer {
        case .failed(let text):
            statusFailures += 1
            statusFailure = text
            let backoff = Backoff(first: rules.polling.interval * 2, longest: longestQueryWait)
            statusWait = backoff.wait(afterFailures: statusFailures, jitter: jitter)
        case .jobs(let reports):
            statusFailures = 0
            statusFailure = nil
            statusWait = 0
            let rows = Rows(reports, of: self)
            for number in Set(query.numbers).union(rows.byNumber.keys).sorted() {
                let isAsked = query.numbers.contains(number)
                for offset in submissions[number]?.allocations.indices ?? 0..<0 {
                    if let row = rows.of(number, offset) {
                        take(row, number, offset, asked: query.asked, at: now, into: &effects)
                    } else if let row = rows.whole[number], !row.state.isEnd {
                        takeWhole(row, number, offset, asked: query.asked, at: now, into: &effects)
                    } else if isAsked {
                        missed(
                            number, offset, isEmpty: reports.isEmpty, asked: query.asked, at: now, into: &effects)
                    }
                }
            }
        }
        advance(at: now, into: &effects)
    }

    /// Rows by what they are about. An array's row without elements is about all that have none of their own.
    struct Rows {
        private(set) var byNumber: [UInt32: [Int: JobReport]] = [:]
        private(set) var whole: [UInt32: JobReport] = [:]

        init(_ reports: [JobReport], of ledger: AllocationLedger) {
            for report in reports {
                guard let number = ledger.jobs[report.job], let record = ledger.submissions[number] else { continue }
                guard let elements = record.submission.elements else {
                    add(report, number, 0)
                    continue
                }
                if report.elements.isEmpty { whole[number] = report }
                for range in report.elements where range.overlaps(elements) {
                    for element in range.clamped(to: elements) {
                        add(report, number, element - elements.lowerBound)
                    }
                }
            }
        }

        /// The last row holds, but no end holds against a row that says otherwise: of the runs of one job, one
        /// may have ended and a later one not.
        private mutating func add(_ report: JobReport, _ number: UInt32, _ offset: Int) {
            if let other = byNumber[number]?[offset], report.state.isEnd, !other.state.isEnd { return }
            byNumber[number, default: [:]][offset] = report
        }

        func of(_ number: UInt32, _ offset: Int) -> JobReport? { byNumber[number]?[offset] }
    }

    /// A row of the queue's list.
    private mutating func take(
        _ row: JobReport, _ number: UInt32, _ offset: Int, asked: Instant, at now: Instant,
        into effects: inout [Effect]
    ) {
        guard let record = allocation(number, offset) else { return }
        if record.end != nil {
            takeAfterEnd(row, number, offset, record, asked: asked, into: &effects)
            cancelAgain(number, offset, row, asked: asked, at: now)
            return
        }
        let isStale = record.heard.map { $0 >= asked } ?? false
        switch row.state {
        case .unknown: seen(number, offset, into: &effects)
        case .pending, .held:
            seen(number, offset, into: &effects)
            if record.started == nil {
                update(number, offset, into: &effects) {
                    $0.state = row.state
                    $0.reason = row.reason
                }
            } else if !isStale {
                waitsAgain(number, offset, row, into: &effects)
            }
        case .running, .suspended, .completing:
            seen(number, offset, into: &effects)
            start(number, offset, at: now, into: &effects)
            update(number, offset, into: &effects) {
                $0.state = row.state
                $0.reason = row.reason
                $0.node = row.nodes.first ?? $0.node
                $0.mayBeRequeued = false
                if let lost = $0.lost, lost < asked { $0.lost = nil }
            }
        case .done, .failed, .nodeFail, .cancelled, .timeout, .preempted, .outOfMemory:
            // A daemon has dialled in since the question was asked: that end is an earlier run's.
            if isStale { return }
            if let node = row.nodes.first { update(number, offset, into: &effects) { $0.node = $0.node ?? node } }
            if let end = row.end ?? row.state.end(saying: row.reason) {
                finish(number, offset, end, at: now, into: &effects)
            } else {
                missed(number, offset, asked: asked, at: now, into: &effects)
                let hint = JobEnd(.unknown, node: row.nodes.first, message: row.reason ?? row.state.rawValue)
                update(number, offset, into: &effects) { $0.absence?.hint = hint }
            }
            return
        }
        cancelAgain(number, offset, row, asked: asked, at: now)
    }

    /// A row about an array as a whole: it is there, and as long as none of it runs it says why.
    private mutating func takeWhole(
        _ row: JobReport, _ number: UInt32, _ offset: Int, asked: Instant, at now: Instant,
        into effects: inout [Effect]
    ) {
        guard let record = allocation(number, offset), record.end == nil else { return }
        switch row.state {
        case .pending where record.started == nil, .held where record.started == nil:
            take(row, number, offset, asked: asked, at: now, into: &effects)
        default: seen(number, offset, into: &effects)
        }
    }

    /// The end stands; what is seen alive after it can still be cancelled.
    private mutating func takeAfterEnd(
        _ row: JobReport, _ number: UInt32, _ offset: Int, _ record: AllocationRecord, asked: Instant,
        into effects: inout [Effect]
    ) {
        switch row.state {
        case .pending, .held, .running, .suspended:
            guard let ended = record.ended, ended < asked else { return }
            update(number, offset, into: &effects) {
                $0.isStray = true
                $0.strayMisses = 0
                $0.state = row.state
                // It was thought to be gone as cancelled: the order is still ours to see through.
                if $0.cancellation == .none, $0.end?.reason == .cancelled(by: Self.canceller) {
                    $0.cancellation = .done(at: ended)
                }
            }
        case .completing, .unknown: break
        case .done, .failed, .nodeFail, .cancelled, .timeout, .preempted, .outOfMemory:
            forget(stray: number, offset, into: &effects)
        }
    }

    /// It runs, by a status answer or by a daemon's word.
    mutating func start(_ number: UInt32, _ offset: Int, at now: Instant, into effects: inout [Effect]) {
        guard let record = allocation(number, offset), record.started == nil, record.end == nil else { return }
        update(number, offset, into: &effects) {
            $0.started = now
            $0.state = .running
            $0.reason = nil
        }
        overdueDue = min(overdueDue, now.advanced(by: rules.polling.dialIn.nanoseconds))
        effects.append(.started(key(number, offset)))
    }

    /// A row says that it waits after it ran. While its daemons talk to the host it runs, whatever rows say; once
    /// they are gone it was put back into the queue.
    private mutating func waitsAgain(
        _ number: UInt32, _ offset: Int, _ row: JobReport, into effects: inout [Effect]
    ) {
        guard allocation(number, offset)?.present == 0 else {
            update(number, offset, into: &effects) { $0.mayBeRequeued = true }
            return
        }
        update(number, offset, into: &effects) {
            $0.requeue()
            $0.state = row.state
            $0.reason = row.reason
        }
        effects.append(.requeued(key(number, offset)))
    }

    private mutating func seen(_ number: UInt32, _ offset: Int, into effects: inout [Effect]) {
        guard allocation(number, offset)?.absence != nil else { return }
        update(number, offset, into: &effects) { $0.absence = nil }
    }

    private mutating func missed(
        _ number: UInt32, _ offset: Int, isEmpty: Bool = false, asked: Instant, at now: Instant,
        into effects: inout [Effect]
    ) {
        guard let record = allocation(number, offset), record.isLive else { return }
        if record.isStray {
            submissions[number]?.update(offset) { $0.strayMisses += 1 }
            if !isEmpty || record.strayMisses > 0 { forget(stray: number, offset, into: &effects) }
            return
        }
        if let heard = record.heard, heard >= asked { return }
        update(number, offset, into: &effects) {
            var absence = $0.absence ?? AllocationRecord.Absence(since: now)
            absence.misses += 1
            absence.isConfirmed = !isEmpty || absence.misses > 1
            $0.absence = absence
        }
        absencesDue = now
    }

    private mutating func forget(stray number: UInt32, _ offset: Int, into effects: inout [Effect]) {
        update(number, offset, into: &effects) {
            $0.isStray = false
            $0.cancellation = .none
            $0.state = $0.end?.reason.state ?? $0.state
        }
        retire(number)
    }

    // MARK: Steps

    mutating func queryStatus(at now: Instant, into effects: inout [Effect]) {
        guard let due = statusDue, due <= now else { return }
        let numbers = order.filter { submissions[$0]?.job != nil && submissions[$0]?.counts.live != 0 }
        statusQuery = Query(numbers: numbers, asked: now)
        lastStatus = now
        effects.append(.queryStatus(numbers.compactMap { submissions[$0]?.job }))
    }

    /// When the next status query is due: an interval after the last one while something is worth asking, and seldom
    /// while all daemons are connected; nil: there is nothing to ask.
    var statusDue: Instant? {
        guard statusQuery == nil else { return nil }
        var isAnything = false
        var isUrgent = false
        for record in submissions.values where record.job != nil {
            isAnything = isAnything || record.counts.live > 0
            isUrgent = isUrgent || record.counts.urgent > 0
        }
        guard isAnything else { return nil }
        guard let lastStatus else { return statusNotBefore }
        let wait = rules.polling.interval.nanoseconds * Int64(isUrgent ? 1 : max(1, rules.slowIntervals))
        return max(lastStatus.advanced(by: max(wait, statusWait)), statusNotBefore)
    }
}
