import Hayate
import HayateView
import Synchronization

/// Runs the commands of elements in a session, as one submission that goes on when this program ends.
final class SessionExecutor: ElementExecutor {
    private typealias Waiter = CheckedContinuation<ElementOutcome, Never>

    private enum Slot {
        case open
        case waiting(Waiter)
        case ended(ElementOutcome)
    }

    private struct State {
        var pending: [SessionTask] = []
        /// The number of the first of `pending`.
        var first: UInt32 = 0
        var slots: [UInt32: Slot] = [:]
        var failure: CommandLineError?
        var isComplete = false
        var hasStopped = false
        var view: SubmissionView?
        var facts: (daemons: Int, stalled: String?) = (0, nil)
    }

    let submission: OpenSubmission
    private let state = Mutex(State())
    private let tasks = Mutex<[Task<Void, Never>]>([])
    private static let stopped = ElementOutcome(status: .cancelled, attempts: 0)

    /// - Parameter interval: between two looks at how far the session is.
    init(_ submission: OpenSubmission, interval: Duration = .seconds(1)) {
        self.submission = submission
        let follow = Task { [weak self] in
            var follower = SessionFollower(submission.session, submission: submission.name)
            do {
                while let ended = try await follower.next() {
                    guard let self else { return }
                    for outcome in ended { self.resolve(outcome) }
                }
            } catch is CancellationError {
            } catch {
                self?.fail(error)
            }
        }
        let look = Task { [weak self] in
            while !Task.isCancelled, let self {
                await self.look()
                try? await ContinuousClock().sleep(for: interval)
            }
        }
        tasks.withLock { $0 = [follow, look] }
    }

    func execute(_ request: ElementRequest) async -> ElementOutcome {
        let end = await start(request)
        do { try await batchEnded() } catch { fail(error) }
        return await end()
    }

    func start(_ request: ElementRequest) async -> @Sendable () async -> ElementOutcome {
        let number: UInt32? = state.withLock { state in
            guard !state.hasStopped, state.failure == nil else { return nil }
            let number = state.first + UInt32(state.pending.count)
            do {
                state.pending.append(try submission.maker.task(request, number: number))
            } catch {
                state.failure = error as? CommandLineError ?? .session(error)
                return nil
            }
            state.slots[number] = .open
            return number
        }
        guard let number else { return { Self.stopped } }
        return { [self] in await end(of: number) }
    }

    func batchEnded() async throws {
        while true {
            let (batch, first, failure) = state.withLock { state in
                var bytes = 0
                let count = state.pending.prefix { task in
                    defer { bytes += task.body.count + task.label.utf8.count }
                    return bytes < OpenSubmission.batchBytes
                }.prefix(OpenSubmission.batch).count
                let batch = Array(state.pending.prefix(count))
                defer {
                    state.pending.removeFirst(count)
                    state.first += UInt32(count)
                }
                return (batch, state.first, state.failure)
            }
            if let failure { throw failure }
            guard !batch.isEmpty else { return }
            try await submission.add(batch, first: first)
        }
    }

    func inputsEnded() async throws {
        let mustComplete = state.withLock { state in
            defer { state.isComplete = true }
            return !state.isComplete
        }
        if mustComplete { try await submission.complete() }
    }

    /// After a failure that shall stop the others they are cancelled; otherwise the session goes on with them.
    func stop(for reason: RunSummary.Stop) async {
        let isFirst = state.withLock { state in
            defer { state.hasStopped = true }
            return !state.hasStopped
        }
        guard isFirst else { return }
        do {
            if reason == .failure {
                _ = try await submission.session.connection.cancel(.submission(submission.name))
            } else {
                try await batchEnded()
            }
            try await inputsEnded()
        } catch {
            fail(error)
        }
        for task in tasks.withLock({ $0 }) { task.cancel() }
        endAll()
    }

    var status: ExecutorStatus {
        state.withLock { state in
            ExecutorStatus(
                running: state.view?.running ?? 0, daemons: state.facts.daemons, waitReason: state.facts.stalled)
        }
    }

    /// Why nothing can be submitted or followed any more.
    var failure: CommandLineError? { state.withLock { $0.failure } }

    deinit { for task in tasks.withLock({ $0 }) { task.cancel() } }
}

extension SessionExecutor {
    private func end(of number: UInt32) async -> ElementOutcome {
        await withCheckedContinuation { (waiter: Waiter) in
            let outcome: ElementOutcome? = state.withLock { state in
                switch state.slots[number] {
                case .ended(let outcome):
                    state.slots[number] = nil
                    return outcome
                case .open where state.hasStopped || state.failure != nil:
                    state.slots[number] = nil
                    return Self.stopped
                case .open:
                    state.slots[number] = .waiting(waiter)
                    return nil
                case .waiting, nil:
                    // Nobody asks twice.
                    return Self.stopped
                }
            }
            if let outcome { waiter.resume(returning: outcome) }
        }
    }

    /// An element that ran again after somebody's `retry` has another outcome; the first one was shown.
    private func resolve(_ ended: SessionOutcome) {
        let waiter: Waiter? = state.withLock { state in
            switch state.slots[ended.task.element] {
            case .open:
                state.slots[ended.task.element] = .ended(SessionElement(ended, columns: 0).outcome)
                return nil
            case .waiting(let waiter):
                state.slots[ended.task.element] = nil
                return waiter
            case .ended, nil:
                return nil
            }
        }
        waiter?.resume(returning: SessionElement(ended, columns: 0).outcome)
    }

    private func fail(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error as? CommandLineError ?? .session(error) }
        endAll()
    }

    private func endAll() {
        let waiters = state.withLock { state in
            var waiters: [Waiter] = []
            for (number, slot) in state.slots {
                switch slot {
                case .waiting(let waiter):
                    waiters.append(waiter)
                    state.slots[number] = nil
                case .open, .ended: break
                }
            }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: Self.stopped) }
    }

    /// What it cannot learn now it learns the next time: that the session is gone, the follower says.
    private func look() async {
        let connection = submission.session.connection
        guard let snapshot = try? await connection.snapshot(tasks: 0) else { return }
        let view = snapshot.submissions.first { $0.name == submission.name }
        let facts = (snapshot.pools.reduce(0) { $0 + $1.connected }, snapshot.session.stalled)
        state.withLock { state in
            state.view = view ?? state.view
            state.facts = facts
        }
    }
}
