import CSystem
import HayateCore
import HayateTransport
import HayateWire
import Logging
import Synchronization

extension DaemonRuntime {
    /// The worker thread: runs one task after the other.
    ///
    /// A task starts on this very thread and stays here until it suspends, so that a task that never
    /// does costs no hop between threads. Commands run here whole: the thread lives as long as the
    /// daemon, which is what ties the life of their processes to it.
    func work() {
        let cell = TaskCell()
        while true {
            if let job = take(for: cell) {
                perform(job, cell)
            } else if let other = state.withLock({ $0.handedOver.take() }) {
                complete(other, isWorker: true)
            } else if state.withLock({ $0.isOver }) {
                return
            } else {
                workerWake.wait()
            }
        }
    }

    /// Runs tasks on the thread that received them, as long as they are short.
    func runInline() {
        var cell = TaskCell()
        while true {
            let job = state.withLock { state in
                let isQuick = state.taskTime.map { $0 < Self.shortTask } ?? false
                guard isQuick, state.next != nil, state.levels.isEmpty, !state.isStacked else {
                    state.inlineSince = nil
                    if state.next != nil { wakeRunner(state) }
                    return Job?.none
                }
                state.inlineSince = .now
                return take(for: cell, &state)
            }
            guard let job else { return }
            let started = Instant.now
            run(job, cell, at: started)
            // A task that waits for its children must not keep what they need from being received.
            if !complete(cell, isWorker: false) { cell = TaskCell() }
        }
    }

    /// Under the lock: there is a task to start, and it is not for this thread.
    private func wakeRunner(_ state: State) {
        if let parent = state.levels.last { parent.cell.wake() } else { workerWake.signal() }
    }

    private func take(for cell: TaskCell) -> Job? {
        state.withLock { state in
            // What a child's parent would start is not for a thread without one.
            guard state.levels.isEmpty else { return nil }
            return take(for: cell, &state)
        }
    }

    /// Under the lock.
    private func take(for cell: TaskCell, _ state: inout State) -> Job? {
        guard let job = state.next.take() else { return nil }
        state.levels.append(Level(attempt: job.attempt, start: job.start, cell: cell))
        return job
    }

    private func perform(_ job: Job, _ cell: TaskCell) {
        run(job, cell, at: .now)
        complete(cell, isWorker: true)
    }

    /// Starts the task here. When this returns, it has ended or suspended.
    func run(_ job: Job, _ cell: TaskCell, at now: Instant) {
        cell.begin(job.attempt, leaving: TaskTrace(job), at: now)
        let attempt = job.attempt
        let start = job.start
        let context = TaskContext(
            task: job.details.origin?.task ?? attempt.task.rawValue,
            attempt: Int(job.details.origin?.attempt ?? attempt.attempt), details: job.details,
            submitter: self, local: attempt, coding: coding, ownStream: ownStream,
            sharesGPUs: resources?.gpus.isEmpty == false,
            report: { [weak self] report in self?.forward(report, of: attempt) })
        Task.immediate { [self] in
            if let task = withUnsafeCurrentTask(body: { $0.map(RunningTask.init) }) {
                running.withLock { running in
                    running.tasks.append((start, task))
                    if !running.interrupted.isEmpty, running.interrupted.contains(start) {
                        task.cancel()
                    }
                }
            }
            let end: TaskEnd
            if let tracing {
                end = await tracing.evaluate(job) { await evaluate(job, in: context) }
            } else {
                end = await evaluate(job, in: context)
            }
            running.withLock { running in
                if running.tasks.last?.start == start {
                    running.tasks.removeLast()
                } else {
                    running.tasks.removeAll { $0.start == start }
                }
                if !running.interrupted.isEmpty { running.interrupted.removeAll { $0 <= start } }
            }
            // A parent that ends before the child that runs in its place does not wait for it.
            if let began = cell.put(end) {
                finish(attempt, end, began: began, at: .now, by: .other, isBase: false)
            }
        }
    }

    private func evaluate(_ job: Job, in context: TaskContext) async -> TaskEnd {
        switch home {
        case .ownProcess:
            await TaskPerformer.perform(
                job.type.type, name: job.type.name, body: job.body, in: context, coding: coding)
        case .guest: await performAsGuest(job, in: context)
        case .relay(let forward): await performByRelay(job, forward)
        }
    }

    /// Waits for the end of the task that was started with this cell. While it waits for its children,
    /// those that the host sends are run here, on top of it.
    /// - Returns: false if the task was left to the worker.
    @discardableResult
    private func complete(_ cell: TaskCell, isWorker: Bool) -> Bool {
        while true {
            switch cell.take() {
            case .ended(let attempt, let end, let began, let trace):
                let now = Instant.now
                // A child's parent goes on in the same process, with what it has made of it.
                if !cell.isChild { cleanUp(trace, succeeded: end.status == .value, at: now) }
                finish(attempt, end, began: began, at: now, by: .runner, isBase: !cell.isChild)
                return true
            case .isOver(let trace, let succeeded):
                if !cell.isChild {
                    cleanUp(trace, succeeded: succeeded, at: .now)
                    state.withLock { $0.isStacked = false }
                }
                return true
            case .pending(let attempt):
                switch goOn(attempt, cell, isWorker: isWorker) {
                case .wait: cell.wait()
                case .handOver:
                    workerWake.signal()
                    return false
                case .start(let job, let child):
                    perform(job, child)
                    cell.uncover()
                }
            }
        }
    }

    private enum Continuation {
        case wait
        case handOver
        case start(Job, TaskCell)
    }

    /// What the thread of a suspended task does.
    private func goOn(
        _ attempt: AttemptID, _ cell: TaskCell, isWorker: Bool
    ) -> Continuation {
        let (continuation, hasSent) = state.withLock { state -> (Continuation, Bool) in
            guard isWorker || !state.session.waits(attempt) else {
                state.inlineSince = nil
                state.handedOver = cell
                return (.handOver, false)
            }
            // A child may start as soon as the host knows that this thread is free.
            if isWorker { state.session.suspended(attempt, into: &state.effects) }
            let hasSent = !state.effects.isEmpty
            perform(&state, by: .runner)
            guard isWorker, state.levels.last?.cell === cell, state.next != nil, cell.cover() else {
                return (.wait, hasSent)
            }
            // What was printed until now is the parent's.
            forwardOutput(of: attempt, atEnd: false, &state)
            forwardLast(of: attempt, &state)
            state.link?.handOver()
            state.isStacked = true
            let child = TaskCell(isChild: true)
            guard let job = take(for: child, &state) else { return (.wait, hasSent) }
            return (.start(job, child), hasSent)
        }
        if hasSent { settle() }
        return continuation
    }

    private func finish(
        _ attempt: AttemptID, _ end: TaskEnd, began: Instant, at now: Instant, by thread: Performer,
        isBase: Bool
    ) {
        let result = KeptResult(attempt: attempt, end: end, taskTime: now.since(began))
        let mayWait = state.withLock { state in
            state.lastTask = now
            state.keepsMemory = true
            let known = state.taskTime ?? result.taskTime
            state.taskTime = known + (result.taskTime - known) / 4
            // What a child that runs in its place prints is the child's.
            if state.levels.last?.attempt == attempt {
                // The standard streams are the process's, as the task below this one left them.
                forwardOutput(of: attempt, atEnd: state.levels.count == 1, &state)
                forwardLast(of: attempt, &state)
                state.levels.removeLast()
            } else {
                forwardLast(of: attempt, &state)
                state.levels.removeAll { $0.attempt == attempt }
            }
            if isBase { state.isStacked = false }
            let reported = state.session.reported
            state.session.ended(attempt, into: &state.effects)
            if state.session.reported > reported { state.kept.append(result) }
            perform(&state, by: thread)
            return state.next != nil && thread == .runner && mayHoldBack(result, &state, at: now)
        }
        if !mayWait { settle() }
    }

    /// Under the lock: whether this result may wait for the next ones, so that they leave in one write.
    ///
    /// Only behind short tasks, only for a moment, and never without a timer that sends it should the
    /// next task turn out to be long. Results of somewhat longer tasks wait only while enough other tasks
    /// are here that the daemon stays busy until the host has sent more.
    private func mayHoldBack(_ result: KeptResult, _ state: inout State, at now: Instant) -> Bool {
        guard state.exit == nil else { return false }
        let longest: Int64
        if result.taskTime < Self.shortTask {
            longest = Self.shortHold
        } else if result.taskTime < Self.mediumTask, state.session.waitingCount >= 2 {
            longest = Self.mediumHold
        } else {
            return false
        }
        guard let since = state.heldBackSince else {
            state.heldBackSince = now
            TimerQueue.shared.schedule(after: .nanoseconds(2 * longest)) { [weak self] in
                self?.releaseHeldBack()
            }
            return true
        }
        guard now.since(since) > longest else { return true }
        // Sent now by the worker; the timer that still runs starts the next period.
        state.heldBackSince = now
        return false
    }

    private func releaseHeldBack() {
        state.withLock { $0.heldBackSince = nil }
        settle()
    }

    /// Nanoseconds: tasks below this come fast enough that their results are worth collecting.
    static let shortTask: Int64 = 50_000
    /// Nanoseconds: tasks below this are still short beside the wake-ups that each result costs.
    private static let mediumTask: Int64 = 2_000_000
    /// Nanoseconds that results wait for company, at most twice as long should the next task be long.
    private static let shortHold: Int64 = 100_000
    private static let mediumHold: Int64 = 4_000_000

    /// Under the lock: what the task wrote to the process's standard streams goes to its caller.
    func forwardOutput(of attempt: AttemptID, atEnd: Bool, _ state: inout State) {
        guard let capture else {
            // What is printed goes where it goes, but before the outcome.
            if home.ownsProcess { hayate_flush_output() }
            return
        }
        let link = state.link.flatMap { $0.isAdmitted ? $0 : nil }
        // Before it is admitted a daemon has nothing to say but who it is. What is printed can wait, but not
        // for the next task.
        guard link != nil || atEnd else { return }
        capture.take(atEnd: atEnd) { stream, bytes in
            // In pieces: a frame without a body of its own is bounded, and a longer one would cost the
            // connection.
            for start in Swift.stride(from: 0, to: bytes.count, by: OutputCapture.pieceBytes) {
                let end = min(start + OutputCapture.pieceBytes, bytes.count)
                link?.write(
                    .output(attempt, stream: stream, bytes: Array(bytes[start..<end])))
            }
        }
    }
}

/// The Swift task that runs a task, for cancelling it from another thread.
///
/// Safe to share although `UnsafeCurrentTask` is not: it is used under the runtime's lock only, and the
/// task itself takes it out under that lock before it ends.
struct RunningTask: @unchecked Sendable {
    private let task: UnsafeCurrentTask

    init(_ task: UnsafeCurrentTask) { self.task = task }

    func cancel() { task.cancel() }
}
