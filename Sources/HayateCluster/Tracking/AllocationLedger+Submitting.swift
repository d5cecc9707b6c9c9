import HayateCore

extension AllocationLedger {
    /// Puts a submission in the line. Its number has not been used before.
    public mutating func submit(_ submission: Submission, at now: Instant, into effects: inout [Effect]) {
        guard submissions[submission.number] == nil else { return }
        forgetOldest()
        submissions[submission.number] = SubmissionRecord(submission)
        order.append(submission.number)
        waiting.append(submission.number)
        advance(at: now, into: &effects)
    }

    /// Nothing is submitted until `release`.
    public mutating func hold() { isHeld = true }

    public mutating func release(at now: Instant, into effects: inout [Effect]) {
        isHeld = false
        submitNotBefore = min(submitNotBefore, now)
        postponements = 0
        advance(at: now, into: &effects)
    }

    /// What the scheduler said to a submission.
    public mutating func answered(
        _ number: UInt32, _ answer: SubmitAnswer, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        guard let record = submissions[number], record.phase == .submitting else { return }
        switch answer {
        case .accepted(let job):
            postponements = 0
            submitNotBefore = now
            accept(number, job, notBefore: now.advanced(by: rules.firstLook.nanoseconds), into: &effects)
        // Daemons of it have dialled in: an earlier submission of the same name was accepted after all.
        case .refused where record.isProven, .tryLater where record.isProven:
            lookFor(number, at: now)
        case .refused(let text):
            submissions[number]?.phase = .over
            finishAll(of: number, JobEnd(.notStarted, message: text), at: now, isSaid: false, into: &effects)
            effects.append(.refused(number, text))
        case .tryLater(let text):
            postponements += 1
            let backoff = Backoff(first: rules.submissionBackoff, longest: rules.longestSubmissionBackoff)
            submitNotBefore = now.advanced(by: backoff.wait(afterFailures: postponements, jitter: jitter))
            effects.append(.postponed(number, text))
            lineUp(number, at: now, into: &effects)
        case .unclear:
            lookFor(number, at: now)
        }
        advance(at: now, into: &effects)
    }

    /// What came of looking for a submission by its name.
    public mutating func searched(
        _ number: UInt32, _ answer: SearchAnswer, at now: Instant, jitter: Double, into effects: inout [Effect]
    ) {
        guard let record = submissions[number], case .unclear(var search) = record.phase, search.isInFlight
        else { return }
        search.isInFlight = false
        switch answer {
        case .found(let job):
            accept(number, job, notBefore: now.advanced(by: rules.firstLook.nanoseconds), into: &effects)
        case .failed:
            search.failures += 1
            let backoff = Backoff(first: rules.searchGap, longest: longestQueryWait)
            search.next = now.advanced(by: backoff.wait(afterFailures: search.failures, jitter: jitter))
            submissions[number]?.phase = .unclear(search)
        case .absent:
            search.absences += 1
            search.failures = 0
            search.next = now.advanced(by: rules.searchGap.nanoseconds)
            if search.absences < 2 {
                submissions[number]?.phase = .unclear(search)
            } else if record.isProven {
                // It was there. Its daemons may outlive its name in the queue's list, but not for long.
                let backoff = Backoff(first: rules.searchGap, longest: longestQueryWait)
                search.next = now.advanced(by: backoff.wait(afterFailures: search.absences, jitter: jitter))
                submissions[number]?.phase = .unclear(search)
                if record.counts.present == 0 { giveUp(number, .unknown, at: now, into: &effects) }
            } else if let last = record.mayAppearUntil {
                if last <= now {
                    giveUp(number, .notStarted, at: now, into: &effects)
                } else {
                    submissions[number]?.phase = .unclear(search)
                }
            } else {
                lineUp(number, at: now, into: &effects)
            }
        }
        advance(at: now, into: &effects)
    }

    // MARK: Steps

    mutating func lookFor(_ number: UInt32, at now: Instant) {
        submissions[number]?.phase = .unclear(
            SubmissionRecord.Search(next: now.advanced(by: rules.searchGap.nanoseconds)))
    }

    private mutating func giveUp(
        _ number: UInt32, _ reason: JobEnd.Reason, at now: Instant, into effects: inout [Effect]
    ) {
        submissions[number]?.phase = .over
        let message = "no job of this name is in the queue"
        finishAll(of: number, JobEnd(reason, message: message), at: now, into: &effects)
    }

    private mutating func accept(
        _ number: UInt32, _ job: JobID, notBefore: Instant, into effects: inout [Effect]
    ) {
        if !submissions.values.contains(where: { $0.job != nil && $0.counts.live > 0 }) {
            statusNotBefore = max(statusNotBefore, notBefore)
        }
        submissions[number]?.phase = .accepted(job)
        jobs[job] = number
        // Some of it may have been cancelled on the way.
        cancelsDue = .zero
        effects.append(.accepted(number, job))
    }

    /// Back to the head of the line; not if all of it is cancelled.
    private mutating func lineUp(_ number: UInt32, at now: Instant, into effects: inout [Effect]) {
        submissions[number]?.phase = .waiting
        waiting.insert(number, at: 0)
        withdrawCancelled(number, at: now, into: &effects)
    }

    /// What nobody wants any more is not submitted.
    mutating func withdrawCancelled(_ number: UInt32, at now: Instant, into effects: inout [Effect]) {
        guard let record = submissions[number], record.phase == .waiting,
            record.allocations.allSatisfy({ !$0.isLive || $0.cancellation != .none })
        else { return }
        waiting.removeAll { $0 == number }
        submissions[number]?.phase = .over
        let end = JobEnd(.cancelled(by: Self.canceller))
        finishAll(of: number, end, at: now, into: &effects)
    }

    mutating func submitNext(at now: Instant, into effects: inout [Effect]) {
        while let due = submissionDue, due <= now {
            let number = waiting.removeFirst()
            submissions[number]?.phase = .submitting
            window.note(at: now)
            effects.append(.submit(number))
        }
    }

    /// When the first of the line may be submitted; nil: only after another event.
    var submissionDue: Instant? {
        guard !isHeld, let first = waiting.first, let record = submissions[first] else { return nil }
        guard submissions.values.count(where: \.isInFlight) < max(1, rules.submissionsInFlight) else { return nil }
        if let most = rules.submission.mostQueued {
            let queued = self.queued
            // One that is larger than the limit by itself goes alone, and the scheduler has the last word.
            guard queued == 0 || queued + record.counts.live <= most else { return nil }
        }
        return max(window.next, submitNotBefore)
    }

    /// The pool's jobs in the scheduler's queue, each element counting, as far as is known.
    public var queued: Int {
        submissions.values.reduce(0) { $0 + ($1.isAtScheduler ? $1.counts.live : 0) }
    }

    mutating func searchNext(at now: Instant, into effects: inout [Effect]) {
        guard let due = searchDue, due <= now else { return }
        for number in order {
            guard case .unclear(var search) = submissions[number]?.phase, !search.isInFlight, search.next <= now
            else { continue }
            search.isInFlight = true
            submissions[number]?.phase = .unclear(search)
            effects.append(.search(number))
        }
    }

    var searchDue: Instant? {
        submissions.values.compactMap {
            if case .unclear(let search) = $0.phase, !search.isInFlight { search.next } else { nil }
        }.min()
    }

    var longestQueryWait: Duration { rules.polling.interval * max(1, rules.longestBackoffIntervals) }
}
