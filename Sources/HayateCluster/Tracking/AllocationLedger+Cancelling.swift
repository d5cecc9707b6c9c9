import HayateCore

extension AllocationLedger {
    /// Cancels allocations, wherever they are on their way.
    public mutating func cancel(_ keys: [AllocationKey], at now: Instant, into effects: inout [Effect]) {
        var numbers: Set<UInt32> = []
        for key in keys {
            guard let record = submissions[key.submission], let offset = record.offset(of: key) else { continue }
            mark(key.submission, offset, at: now, into: &effects)
            numbers.insert(key.submission)
        }
        settleCancelled(numbers.sorted(), at: now, into: &effects)
    }

    /// Cancels all that has not ended, and what was seen alive after its end.
    public mutating func cancelAll(at now: Instant, into effects: inout [Effect]) {
        let numbers = order
        for number in numbers where submissions[number]?.counts.live != 0 {
            for offset in submissions[number]?.allocations.indices ?? 0..<0 {
                mark(number, offset, at: now, into: &effects)
            }
        }
        settleCancelled(numbers, at: now, into: &effects)
    }

    /// What came of cancelling these.
    /// - Parameter failure: why not, in the scheduler's words; nil: it has taken the order, or there was nothing to do.
    public mutating func cancelAnswered(
        _ elements: [JobElement], failure: String?, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        cancelFailures = failure == nil ? 0 : cancelFailures + 1
        let backoff = Backoff(first: rules.polling.interval, longest: longestQueryWait)
        let again = now.advanced(by: backoff.wait(afterFailures: max(1, cancelFailures), jitter: jitter))
        for element in elements where cancelsInFlight.remove(element) != nil {
            guard let number = jobs[element.job], let record = submissions[number] else { continue }
            let offsets = element.index.map { index in
                record.offset(of: AllocationKey(submission: number, element: index)).map { $0...$0 }
            } ?? 0...record.allocations.count - 1
            for offset in offsets.map(Array.init) ?? [] where record.allocations[offset].cancellation == .asked {
                update(number, offset, into: &effects) {
                    $0.cancellation = failure == nil ? .done(at: now) : .wanted(notBefore: again)
                }
            }
        }
        if failure != nil { cancelsDue = min(cancelsDue, again) }
        absencesDue = min(absencesDue, now)
        advance(at: now, into: &effects)
    }

    /// A job that is still there long after the scheduler took the order: it is given once more.
    mutating func cancelAgain(
        _ number: UInt32, _ offset: Int, _ row: JobReport, asked: Instant, at now: Instant
    ) {
        guard case .done(let done) = submissions[number]?.allocations[offset].cancellation, row.state != .completing,
            asked >= done.advanced(by: rules.polling.interval.nanoseconds * 2)
        else { return }
        submissions[number]?.update(offset) { $0.cancellation = .wanted(notBefore: now) }
        cancelsDue = now
    }

    // MARK: Steps

    private mutating func mark(_ number: UInt32, _ offset: Int, at now: Instant, into effects: inout [Effect]) {
        guard let record = submissions[number]?.allocations[offset], record.isLive, record.cancellation == .none
        else { return }
        update(number, offset, into: &effects) { $0.cancellation = .wanted(notBefore: now) }
        cancelsDue = min(cancelsDue, now)
    }

    private mutating func settleCancelled(_ numbers: [UInt32], at now: Instant, into effects: inout [Effect]) {
        for number in numbers { withdrawCancelled(number, at: now, into: &effects) }
        absencesDue = min(absencesDue, now)
        advance(at: now, into: &effects)
    }

    /// One command's worth at a time: the answer brings the next.
    mutating func cancelNext(at now: Instant, into effects: inout [Effect]) {
        guard cancelsInFlight.isEmpty, cancelsDue <= now else { return }
        cancelsDue = .distantFuture
        let most = max(1, rules.submission.cancelBatch)
        var elements: [JobElement] = []
        for number in order where submissions[number]?.counts.toCancel != 0 {
            guard let record = submissions[number], let job = record.job else { continue }
            var due: [Int] = []
            for (offset, allocation) in record.allocations.enumerated() {
                guard case .wanted(let notBefore) = allocation.cancellation else { continue }
                if notBefore <= now { due.append(offset) } else { cancelsDue = min(cancelsDue, notBefore) }
            }
            let isWhole = due.count == record.counts.live
            let room = most - elements.count
            guard room > 0 else {
                if !due.isEmpty { cancelsDue = now }
                break
            }
            if !isWhole, due.count > room {
                due.removeLast(due.count - room)
                cancelsDue = now
            }
            for offset in due {
                update(number, offset, into: &effects) { $0.cancellation = .asked }
                if !isWhole { elements.append(JobElement(job, index: record.key(offset).element)) }
            }
            if isWhole, !due.isEmpty { elements.append(JobElement(job)) }
        }
        guard !elements.isEmpty else { return }
        cancelsInFlight = Set(elements)
        effects.append(.cancel(elements))
    }
}

extension AllocationLedger {
    /// Whether nothing of it is left, but for what the scheduler has taken the order to cancel.
    public var isWoundUp: Bool {
        order.allSatisfy { number in
            guard let record = submissions[number], record.counts.live > 0 else { return true }
            guard record.job != nil else { return false }
            return record.allocations.allSatisfy { allocation in
                if case .done = allocation.cancellation { true } else { !allocation.isLive }
            }
        }
    }
}
