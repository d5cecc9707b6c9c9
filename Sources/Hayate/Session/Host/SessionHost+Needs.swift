import HayateCore
import HayateJournal

/// What became of the tasks that a task needs.
enum NeedsState {
    /// Those that have not ended, and all.
    case unfinished([TaskKey], all: [TaskKey])
    /// This one has ended without returning.
    case failed(TaskKey, all: [TaskKey])
}

/// A task that ends before it has begun, because of one that it needs.
struct StoppedTask {
    var task: SessionTask
    var element: UInt32
    var needed: TaskKey
    var all: [TaskKey]
}

extension SessionHost {
    /// - Parameters:
    ///   - element: of the task, and `batch` of the first one that will be submitted together with it.
    func needs(
        of task: SessionTask, _ element: UInt32, of submission: HostedSubmission, batch: UInt32
    ) async throws(HayateError) -> NeedsState {
        guard !task.needs.isEmpty else { return .unfinished([], all: []) }
        var all: [TaskKey] = []
        for need in task.needs {
            let number = need.submission == submission.name ? submission.number : try book.number(of: need.submission)
            guard number != submission.number || need.element < element else {
                throw HayateError(
                    .invalidArgument,
                    "the task \(submission.name)/\(element) needs \(need), which is itself or comes after it")
            }
            let key = TaskKey(submission: number, element: need.element)
            if !all.contains(key) { all.append(key) }
        }
        return try await state(of: all) { $0.submission == submission.number && $0.element >= batch }
    }

    /// - Parameter isComing: whether a task is just being submitted.
    func state(of needs: [TaskKey], isComing: (TaskKey) -> Bool = { _ in false }) async throws(HayateError) -> NeedsState {
        var unfinished: [TaskKey] = []
        for key in needs {
            if isComing(key) || pool.dispatcher.durableTask(key) != nil {
                unfinished.append(key)
            } else if try await !hasReturned(key) {
                return .failed(key, all: needs)
            }
        }
        return .unfinished(unfinished, all: needs)
    }

    private func hasReturned(_ key: TaskKey) async throws(HayateError) -> Bool {
        // A submission that went well throughout needs no look at the disk.
        if let submission = book[key.submission], submission.isOver, submission.failed + submission.cancelled == 0,
            key.element < submission.total
        {
            return true
        }
        if let outcome = try await outcome(of: key) { return outcome.status == DurableOutcome.returned.rawValue }
        // Its outcome may be on its way to the disk.
        try await write([])
        if let outcome = try await outcome(of: key) { return outcome.status == DurableOutcome.returned.rawValue }
        let name = book.name(of: key.submission) ?? "a submission that was removed"
        throw HayateError(.invalidArgument, "there is no task \(name)/\(key.element), which another one needs")
    }

    /// The task is accepted, and has its outcome at once.
    func write(_ stopped: StoppedTask, of submission: HostedSubmission) async throws(HayateError) {
        let key = TaskKey(submission: submission.number, element: stopped.element)
        let terms = TaskTerms(stopped.task, needs: stopped.all)
        let task = JournalTask(
            key: key, place: 0, type: stopped.task.type, terms: terms.written(), body: stopped.task.body)
        let needed = (book.name(of: stopped.needed.submission) ?? "?") + "/\(stopped.needed.element)"
        let error = HayateError(
            .neededFailed, "\(needed), which the task needs, ended without returning, so the task was not started")
        let (status, body) = DurableOutcome.write(.error(error))
        try await write([
            .accepted(task),
            .outcome(
                JournalOutcome(
                    key: key, status: status, body: body, attempt: 0, ended: Int64(WallClock.seconds * 1_000))),
        ])
        book.update(submission.number) { $0.total += 1 }
        submission.receiver.resolve([(index: stopped.element, resolution: .error(error))])
    }
}
