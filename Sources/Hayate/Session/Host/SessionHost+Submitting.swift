import HayateCore
import HayateJournal
import HayateView
import HayateWire

extension SessionHost {
    // MARK: Submissions

    func begin(_ options: SubmissionOptions) async throws(HayateError) -> SubmissionView {
        if let name = options.name, !SessionDirectory.isName(name) {
            throw HayateError(
                .invalidArgument,
                "\"\(name.prefix(80))\" is no name of a submission: use 1 to 64 of A-Z, a-z, 0-9, dot, underscore and "
                    + "hyphen, not beginning with a dot or a hyphen")
        }
        guard options.key.map({ (1...256).contains($0.utf8.count) }) ?? true else {
            throw HayateError(.invalidArgument, "a key that makes a submission the same one has 1 to 256 bytes")
        }
        guard options.attachment.count <= SessionBook.longestAttachment else {
            throw HayateError(
                .invalidArgument,
                "what is left with a submission has \(options.attachment.count) bytes, more than "
                    + "\(SessionBook.longestAttachment)")
        }
        let (submission, isNew) = try book.begin(options) { Self.name(for: options.label, number: $0) }
        // Whoever made it may not have it on disk yet.
        if !isNew { await submission.turnstile.enter() }
        defer { submission.turnstile.leave() }
        if isNew {
            do throws(HayateError) {
                try await write([.submission(submission.record), note()])
            } catch {
                book.remove(submission.number)
                throw error
            }
        }
        guard let made = book[submission.number] else {
            throw HayateError(.invalidArgument, "the submission \(submission.name) has just been removed: begin it again")
        }
        return view(of: made)
    }

    /// The number that the next submission gets, which is none that there ever was.
    func note() -> JournalRecord {
        .note(HostFacts.noteName, facts.written(nextSubmission: book.state.withLock { $0.nextNumber }))
    }

    /// `sim-3` of `./sim --seed 1`, the third submission.
    private static func name(for label: String, number: UInt32) -> String {
        let word = label.split(separator: " ").first.flatMap { $0.split(separator: "/").last } ?? ""
        let plain = word.unicodeScalars.filter { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar))
        }
        let stem = String(String.UnicodeScalarView(plain)).drop { $0 == "." || $0 == "-" }.prefix(40)
        return (stem.isEmpty ? "tasks" : String(stem)) + "-\(number + 1)"
    }

    func complete(_ name: String) async throws(HayateError) -> SubmissionView {
        let submission = try book.submission(name)
        await submission.turnstile.enter()
        defer { submission.turnstile.leave() }
        book.update(submission.number) { $0.isComplete = true }
        if let record = book[submission.number]?.record { try await write([.submission(record)]) }
        return view(of: book[submission.number] ?? submission)
    }

    // MARK: Elements

    func add(_ addition: SessionAddition) async throws(HayateError) {
        let submission = try book.submission(addition.submission)
        for task in addition.tasks { try task.validate() }
        await submission.turnstile.enter()
        defer { submission.turnstile.leave() }
        let total = book[submission.number]?.total ?? 0
        guard addition.first <= total else {
            throw HayateError(
                .invalidArgument,
                "elements are added without gaps: the next one of \(submission.name) is \(total), not \(addition.first)")
        }
        guard addition.first.addingReportingOverflow(UInt32(clamping: addition.tasks.count)).overflow == false else {
            throw HayateError(.invalidArgument, "a submission has \(UInt32.max) elements at most")
        }
        let new = Array(addition.tasks.dropFirst(Int(total - addition.first)))
        guard !new.isEmpty else { return }
        guard !book.isDraining else {
            throw HayateError(.closed, "the session takes no more tasks: it ends when those that it has have ended")
        }
        guard book[submission.number]?.isComplete == false else {
            throw HayateError(
                .invalidArgument, "the submission \(submission.name) is complete, or was removed: begin another")
        }
        try await accept(new, of: submission, from: total)
    }

    /// In order, so that at any moment those that are there are the first ones.
    private func accept(_ tasks: [SessionTask], of submission: HostedSubmission, from first: UInt32) async throws(HayateError) {
        var next = 0
        while next < tasks.count {
            var requests: [DurableRequest] = []
            var stopped: StoppedTask?
            while next + requests.count < tasks.count, stopped == nil {
                let element = first + UInt32(next + requests.count)
                let task = tasks[next + requests.count]
                switch try await needs(of: task, element, of: submission, batch: first + UInt32(next)) {
                case .unfinished(let needs, let all):
                    requests.append(Self.request(task, element, needs: needs, all: all))
                case .failed(let key, let all):
                    stopped = StoppedTask(task: task, element: element, needed: key, all: all)
                }
            }
            let accepted = try await submit(requests, to: submission) { [book] accepted in
                book.update(submission.number) { $0.total += UInt32(accepted) }
            }
            next += accepted
            // A task that was needed has ended meanwhile, or the queue was full: it is looked at again.
            guard accepted == requests.count, let stopped else { continue }
            try await write(stopped, of: submission)
            next += 1
        }
    }

    static func request(
        _ task: SessionTask, _ element: UInt32, needs: [TaskKey], all: [TaskKey]
    ) -> DurableRequest {
        let terms = TaskTerms(task, needs: all)
        return DurableRequest(
            element: element, type: task.type, body: task.body, spec: terms.spec(bytes: task.body.count),
            details: TaskDetails(), terms: terms.written(), needs: needs)
    }

    /// Waits while the queue is full; after half a minute the client is told.
    /// - Parameter then: called with how many were accepted, as soon as they are on disk.
    func submit(
        _ requests: [DurableRequest], to submission: HostedSubmission, with records: [JournalRecord] = [],
        then: @escaping @Sendable (Int) -> Void
    ) async throws(HayateError) -> Int {
        guard !requests.isEmpty else { return 0 }
        let patience = ContinuousClock.now.advanced(by: .seconds(30))
        while true {
            let result = await withCheckedContinuation { continuation in
                pool.dispatcher.submitDurably(requests, to: submission.receiver, with: records) { result in
                    if case .success(let accepted) = result { then(accepted) }
                    continuation.resume(returning: result)
                }
            }
            do throws(HayateError) {
                return try result.get()
            } catch {
                guard error.code == .queueFull, ContinuousClock.now < patience, !Task.isCancelled else { throw error }
                await waitForRoom(until: patience)
            }
        }
    }

    private func waitForRoom(until end: ContinuousClock.Instant) async {
        await withTaskGroup(of: Void.self) { [dispatcher = pool.dispatcher] group in
            group.addTask { await dispatcher.suspendForRoom() }
            group.addTask { try? await Task.sleep(until: end, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
    }
}
