import HayateCore

/// What becomes of the allocations that were asked for.
extension AllocationSizing {
    /// A `.request` became this submission.
    public mutating func submitted(_ submission: Submission, at now: Instant, into effects: inout [Effect]) {
        let count = submission.elements?.count ?? 1
        requested = max(0, requested - count)
        add(keys(of: submission))
        settle(at: now, into: &effects)
    }

    /// Allocations that are there without having been asked for: of a host that is no more. They count as coming; one
    /// that ends before a daemon of it has come back is no failure, since it may have done all it was meant to do.
    public mutating func adopted(_ keys: [AllocationKey], at now: Instant, into effects: inout [Effect]) {
        add(keys)
        for key in keys {
            update(key) {
                $0.isAdopted = true
                // Until the scheduler says otherwise: what runs is not given up as too many.
                $0.isStarted = true
            }
        }
        settle(at: now, into: &effects)
    }

    /// The scheduler says that it waits, and it has never run.
    public mutating func waits(_ key: AllocationKey) {
        guard allocations[key]?.firstJoined == nil else { return }
        update(key) { $0.isStarted = false }
    }

    /// Not all of its daemons have dialled in in time. Those of an adopted one may have left long ago: some have come
    /// back, and the others are not waited for.
    public mutating func overdue(_ key: AllocationKey, at now: Instant, into effects: inout [Effect]) {
        guard let record = allocations[key], record.isAdopted, record.present > 0 else { return }
        let most = limits.daemonsPerAllocation
        update(key) { $0.joined = most }
        settle(at: now, into: &effects)
    }

    /// A `.request` cannot be carried out at all: counts as a submission that was refused.
    public mutating func unsubmitted(
        allocations count: Int, _ text: String, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        requested = max(0, requested - count)
        refuse(text, at: now, jitter: jitter, into: &effects)
    }

    /// The scheduler has it.
    public mutating func accepted(at now: Instant, into effects: inout [Effect]) {
        refusals = 0
        if failures == 0, shortLives == 0 { notBefore = min(notBefore, now) }
        settle(at: now, into: &effects)
    }

    /// The scheduler never takes it.
    public mutating func refused(
        _ submission: Submission, _ text: String, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        for key in keys(of: submission) { remove(key) }
        refuse(text, at: now, jitter: jitter, into: &effects)
    }

    /// The scheduler does not take it now; it is tried again without being asked for again.
    public mutating func postponed(
        _ text: String, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        refuse(text, at: now, jitter: jitter, into: &effects)
    }

    /// The allocation runs.
    public mutating func started(_ key: AllocationKey) { update(key) { $0.isStarted = true } }

    /// The allocation waits again after it ran: not a failure, and its daemons are expected once more.
    public mutating func requeued(_ key: AllocationKey, at now: Instant, into effects: inout [Effect]) {
        update(key) {
            $0.isStarted = false
            $0.joined = $0.present
        }
        settle(at: now, into: &effects)
    }

    /// A daemon of it takes tasks.
    public mutating func joined(_ key: AllocationKey, at now: Instant, into effects: inout [Effect]) {
        failures = 0
        let most = limits.daemonsPerAllocation
        update(key) {
            $0.present += 1
            $0.joined = min(most, $0.joined + 1)
            $0.firstJoined = $0.firstJoined ?? now
            $0.isStarted = true
        }
        settle(at: now, into: &effects)
    }

    /// A daemon of it is gone. Those that were idle rest until tasks wait.
    /// - Parameter wasIdle: whether it left because it had nothing to do.
    public mutating func departed(
        _ key: AllocationKey, wasIdle: Bool, at now: Instant, into effects: inout [Effect]
    ) {
        guard let record = allocations[key], record.present > 0 else { return }
        if wasIdle, waiting == 0, target > 0, expected <= target { resting += 1 }
        update(key) { $0.present -= 1 }
        settle(at: now, into: &effects)
    }

    /// The allocation has ended.
    public mutating func ended(
        _ key: AllocationKey, _ end: JobEnd, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        guard let record = allocations[key] else { return }
        remove(key)
        if let joined = record.firstJoined {
            outlived(joined, end, at: now, jitter: jitter)
        } else if !end.reason.isNoFailureOfOurs, !record.isAdopted {
            failures += 1
            delay(Backoff(first: limits.backoff, longest: limits.longestBackoff), failures, at: now, jitter: jitter)
            if failures >= limits.failedAllocations {
                let last = end.message.map { ": \($0)" } ?? ""
                pause("\(failures) allocations in a row ended before any of their daemons joined, the last one "
                    + end.reason.readable + last, into: &effects)
            }
        }
        settle(at: now, into: &effects)
    }

    // MARK: Steps

    /// Tasks that take their daemons down, one after the other, must not make the pool submit without pause.
    private mutating func outlived(_ joined: Instant, _ end: JobEnd, at now: Instant, jitter: Double) {
        guard !end.reason.isNoFailureOfOurs, end.reason != .completed else { return }
        guard now.since(joined) < limits.shortLife.nanoseconds else {
            shortLives = 0
            return
        }
        // Those that end together, with their node or their array, are one failure.
        guard shortLives == 0 || now >= notBefore else { return }
        shortLives += 1
        let backoff = Backoff(first: limits.gathering, longest: limits.longestBackoff)
        delay(backoff, shortLives, at: now, jitter: jitter)
    }

    private func keys(of submission: Submission) -> [AllocationKey] {
        guard let elements = submission.elements else {
            return [AllocationKey(submission: submission.number, element: nil)]
        }
        return elements.map { AllocationKey(submission: submission.number, element: $0) }
    }

    private mutating func add(_ keys: [AllocationKey]) {
        for key in keys where allocations[key] == nil {
            allocations[key] = Record()
            coming += limits.daemonsPerAllocation
        }
    }

    private mutating func remove(_ key: AllocationKey) {
        guard let record = allocations.removeValue(forKey: key) else { return }
        present -= record.present
        coming -= coming(of: record)
    }

    private mutating func refuse(
        _ text: String, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        refusals += 1
        delay(Backoff(first: limits.backoff, longest: limits.longestBackoff), refusals, at: now, jitter: jitter)
        if refusals >= limits.failedSubmissions {
            pause("\(refusals) submissions in a row failed, the last one: \(text)", into: &effects)
        }
        settle(at: now, into: &effects)
    }

    private mutating func delay(_ backoff: Backoff, _ count: Int, at now: Instant, jitter: Double) {
        notBefore = max(notBefore, now.advanced(by: backoff.wait(afterFailures: count, jitter: jitter)))
    }

    private mutating func pause(_ reason: String, into effects: inout [Effect]) {
        guard !isPaused, !isClosed else { return }
        pauseReason = reason
        shortSince = nil
        surplusSince = nil
        effects.append(.pause(reason))
    }
}

extension JobEnd.Reason {
    /// What schedulers and people do to jobs, whatever runs in them. A time limit is not among them: who comes to it
    /// without a word from a daemon has daemons that cannot join.
    public var isNoFailureOfOurs: Bool {
        switch self {
        case .preempted, .nodeFailed, .cancelled: true
        case .completed, .exited, .signalled, .outOfMemory, .timeLimit, .notStarted, .unknown: false
        }
    }

    /// As a part of a sentence: `with exit code 1`, `by its time limit`.
    public var readable: String {
        switch self {
        case .completed: "with exit code 0"
        case .exited(let code): "with exit code \(code)"
        case .signalled(let number): "by signal \(number)"
        case .outOfMemory: "for want of memory"
        case .timeLimit: "by its time limit"
        case .preempted: "by preemption"
        case .nodeFailed: "with its node"
        case .cancelled(let who): who.map { "cancelled by \($0)" } ?? "by being cancelled"
        case .notStarted: "before it started"
        case .unknown: "for an unknown reason"
        }
    }
}
