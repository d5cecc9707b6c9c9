import HayateJournal

extension SessionBook {
    /// What the journal knew when it was opened. To be called once, before anything else.
    /// - Parameter next: the number that the next submission gets, or a higher one.
    func restore(_ contents: JournalContents, _ journal: Journal, next: UInt32) {
        state.withLock { $0.nextNumber = next }
        var unfinished: [UInt32: (count: Int, highest: UInt32)] = [:]
        for (task, _) in contents.tasks {
            let known = unfinished[task.key.submission] ?? (0, 0)
            unfinished[task.key.submission] = (known.count + 1, max(known.highest, task.key.element))
        }
        for record in contents.submissions {
            var submission = submission(of: record)
            let ended = contents.ended[record.number] ?? (0, 0)
            let waiting = unfinished[record.number]
            submission.returned = ended.returned
            submission.failed = ended.failed
            submission.total = UInt32(clamping: ended.returned + ended.failed + (waiting?.count ?? 0))
            // Where damaged records were left out, the numbers go on behind what there is.
            if !contents.gaps.isEmpty { closeGaps(&submission, highest: waiting?.highest, journal) }
            if submission.isOver {
                submission.facts.ended = submission.facts.ended ?? WallClock.seconds
                submission.cancelled = min(submission.facts.cancelled ?? 0, ended.failed)
                submission.failed -= submission.cancelled
            } else {
                submission.facts.ended = nil
                submission.facts.cancelled = nil
            }
            state.withLock { state in
                state.submissions[record.number] = submission
                state.names[record.name] = record.number
                if !record.key.isEmpty { state.keys[record.key] = record.number }
                state.nextNumber = max(state.nextNumber, record.number + 1)
            }
        }
    }

    private func closeGaps(_ submission: inout HostedSubmission, highest: UInt32?, _ journal: Journal) {
        let number = submission.number
        var next = max(submission.total, highest.map { $0 + 1 } ?? 0)
        while (try? journal.task(TaskKey(submission: number, element: next))) != nil { next += 1 }
        // What is missing counts as failed: it will never have an outcome.
        submission.failed += Int(next - submission.total)
        submission.total = next
    }

    func submission(of record: JournalSubmission, isNew: Bool = false) -> HostedSubmission {
        HostedSubmission(
            number: record.number, name: record.name, key: record.key, created: record.created,
            facts: SubmissionFacts(reading: record.description), isComplete: record.isComplete,
            receiver: SubmissionReceiver(record.number, name: record.name) { [weak self] in self?.ended($0, $1) },
            turnstile: Turnstile(isTaken: isNew))
    }

    /// Who waits for the tasks of a restored submission. One that is unknown has none.
    func receiver(of number: UInt32) -> DurableReceiver {
        self[number]?.receiver ?? SubmissionReceiver(number, name: "") { _, _ in }
    }

    /// Submissions whose outcomes were kept long enough.
    func expired(keep: Double, at now: Double) -> [String] {
        state.withLock { state in
            state.submissions.values.filter { submission in
                guard let ended = submission.facts.ended else { return false }
                return ended + (submission.facts.keep ?? keep) < now
            }.map(\.name)
        }
    }

    // MARK: Making

    /// A submission with these options, and whether it is new: then its turnstile is the caller's.
    func begin(
        _ options: SubmissionOptions, name: (UInt32) -> String
    ) throws(HayateError) -> (submission: HostedSubmission, isNew: Bool) {
        let made = state.withLock { state -> Result<(HostedSubmission, Bool), HayateError> in
            if let key = options.key, let number = state.keys[key], let known = state.submissions[number] {
                return .success((known, false))
            }
            guard !state.isDraining else {
                return .failure(HayateError(.closed, "the session takes no more submissions: it ends when its tasks have"))
            }
            guard state.submissions.count < Self.mostSubmissions else {
                return .failure(
                    HayateError(
                        .queueFull,
                        "the session has \(state.submissions.count) submissions, the most that it takes: start "
                            + "another session, or remove some by Session.remove"))
            }
            let number = state.nextNumber
            let name = options.name ?? name(number)
            guard state.names[name] == nil else {
                return .failure(
                    HayateError(
                        .invalidArgument,
                        "the session has a submission \(name) already: choose another name, or remove that one"))
            }
            state.nextNumber += 1
            let submission = submission(
                of: JournalSubmission(
                    number: number, name: name, key: options.key ?? "", created: Int64(WallClock.seconds),
                    description: SubmissionFacts(options).written()),
                isNew: true)
            state.submissions[number] = submission
            state.names[name] = number
            if let key = options.key { state.keys[key] = number }
            return .success((submission, true))
        }
        return try made.get()
    }

    func remove(_ number: UInt32) {
        let (submission, waiters) = state.withLock { state -> (HostedSubmission?, [Bell]) in
            guard let submission = state.submissions.removeValue(forKey: number) else { return (nil, []) }
            let waiters = state.waiters.filter { $0.key.submission == number }
            for key in waiters.keys { state.waiters[key] = nil }
            if state.names[submission.name] == number { state.names[submission.name] = nil }
            if state.keys[submission.key] == number { state.keys[submission.key] = nil }
            state.failures.removeAll { $0.key.submission == number }
            return (submission, Array(waiters.values))
        }
        submission?.bell.ring()
        for waiter in waiters { waiter.ring() }
        bell.ring()
    }
}
