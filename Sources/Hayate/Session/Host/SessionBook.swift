import Collections
import HayateCore
import HayateJournal
import HayateView
import Synchronization

/// What a session's host keeps in memory of its submissions.
///
/// Its lock is taken under the dispatcher's, never the other way round.
final class SessionBook: Sendable {
    /// A task that ended without returning, newest first in `State`.
    struct Failure: Sendable {
        var key: TaskKey
        var view: FailureView
        /// What it is, for people; nil: not looked up yet.
        var label: String?
    }

    struct State {
        var submissions: [UInt32: HostedSubmission] = [:]
        var names: [String: UInt32] = [:]
        var keys: [String: UInt32] = [:]
        var nextNumber: UInt32 = 0
        var failures: Deque<Failure> = []
        var rates = SecondRates()
        /// Tasks that ended since this host began.
        var ended = 0
        var isDraining = false
        /// Who waits for a single task.
        var waiters: [TaskKey: Bell] = [:]
    }

    static let mostSubmissions = 10_000
    static let mostFailures = 100
    static let longestAttachment = 256 << 10

    let state = Mutex(State())
    /// Rings at each outcome of whatever submission, and when one is removed.
    let bell = Bell()
    private let drained: @Sendable () -> Void
    private let over: @Sendable (UInt32) -> Void

    /// - Parameters:
    ///   - drained: nothing is unfinished in a session that drains.
    ///   - over: the last task of this submission has ended. Both outside the lock.
    init(drained: @escaping @Sendable () -> Void, over: @escaping @Sendable (UInt32) -> Void) {
        self.drained = drained
        self.over = over
    }

    // MARK: Finding

    func number(of name: String) throws(HayateError) -> UInt32 {
        if let number = state.withLock({ $0.names[name] }) { return number }
        throw HayateError(.invalidArgument, "the session has no submission \(name): hayate session status lists them")
    }

    func submission(_ name: String) throws(HayateError) -> HostedSubmission {
        if let found = state.withLock({ state in state.names[name].flatMap { state.submissions[$0] } }) { return found }
        throw HayateError(.invalidArgument, "the session has no submission \(name): hayate session status lists them")
    }

    subscript(_ number: UInt32) -> HostedSubmission? { state.withLock { $0.submissions[number] } }

    func name(of number: UInt32) -> String? { state.withLock { $0.submissions[number]?.name } }

    /// Changes a submission, and tells who follows it. Nothing if it was removed.
    func update(_ number: UInt32, _ change: (inout HostedSubmission) -> Void) {
        let (bell, isOver) = state.withLock { state -> (Bell?, Bool) in
            guard var submission = state.submissions[number] else { return (nil, false) }
            let wasOver = submission.facts.ended != nil
            change(&submission)
            note(&submission)
            state.submissions[number] = submission
            return (submission.bell, !wasOver && submission.facts.ended != nil)
        }
        bell?.ring()
        if isOver { over(number) }
        checkDrained()
    }

    /// Under the lock: whether it is over is a fact of its own.
    private func note(_ submission: inout HostedSubmission) {
        if submission.isOver {
            guard submission.facts.ended == nil else { return }
            submission.facts.ended = WallClock.seconds
            submission.facts.cancelled = submission.cancelled
        } else {
            submission.facts.ended = nil
            submission.facts.cancelled = nil
        }
    }

    // MARK: Outcomes

    func ended(_ number: UInt32, _ items: [OutcomeReceiver.Item]) {
        let now = WallClock.seconds
        let (bells, isOver) = state.withLock { state -> ([Bell], Bool) in
            var bells: [Bell] = []
            for item in items {
                let key = TaskKey(submission: number, element: item.index)
                if let waiter = state.waiters.removeValue(forKey: key) { bells.append(waiter) }
            }
            state.ended += items.count
            state.rates.add(items.count, at: Int(now))
            guard var submission = state.submissions[number] else { return (bells, false) }
            for item in items { count(item, of: &submission, at: now, &state) }
            submission.rates.add(items.count, at: Int(now))
            note(&submission)
            state.submissions[number] = submission
            return (bells + [submission.bell], submission.isOver)
        }
        for bell in bells { bell.ring() }
        bell.ring()
        if isOver { over(number) }
        checkDrained()
    }

    private func count(
        _ item: OutcomeReceiver.Item, of submission: inout HostedSubmission, at now: Double, _ state: inout State
    ) {
        guard case .error(let error) = item.resolution else {
            submission.returned += 1
            return
        }
        guard error.code != .cancelled else {
            submission.cancelled += 1
            return
        }
        submission.failed += 1
        let key = TaskKey(submission: submission.number, element: item.index)
        let view = FailureView(
            error, task: SessionTaskName(submission: submission.name, element: item.index), time: now)
        state.failures.prepend(Failure(key: key, view: view, label: nil))
        if state.failures.count > Self.mostFailures { state.failures.removeLast() }
    }

    // MARK: The end

    /// No more is accepted; when nothing is unfinished, the session ends.
    func drain() {
        state.withLock { $0.isDraining = true }
        checkDrained()
    }

    var isDraining: Bool { state.withLock { $0.isDraining } }

    private func checkDrained() {
        let isDrained = state.withLock { state in
            state.isDraining && state.submissions.values.allSatisfy { $0.unfinished == 0 }
        }
        if isDrained { drained() }
    }
}

extension FailureView {
    init(_ error: HayateError, task: SessionTaskName, time: Double, attempt: Int? = nil, daemon: String? = nil) {
        var words = error.output?.errorText ?? ""
        if words.isEmpty, let failed = error.commandFailed {
            words = failed.result.standardError.text
        }
        let lines = words.split(separator: "\n").suffix(5).joined(separator: "\n")
        self.init(
            task: "\(task)", time: time, code: error.code.description, message: String(error.message.prefix(1_000)),
            lastWords: String(lines.suffix(1_000)), daemon: daemon ?? error.daemon ?? "",
            attempt: attempt ?? error.attempt ?? 0)
    }
}
