import Dispatch
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
        let cell = EndCell()
        while true {
            while let job = state.withLock({ $0.next.take() }) { perform(job, cell) }
            workerWake.wait()
        }
    }

    /// Runs tasks on the thread that received them, as long as they are short.
    func runInline() {
        let cell = EndCell()
        while true {
            let job = state.withLock { state in
                let isQuick = state.taskTime.map { $0 < Self.shortTask } ?? false
                guard isQuick, state.next != nil else {
                    state.inlineSince = nil
                    if state.next != nil { workerWake.signal() }
                    return Job?.none
                }
                state.inlineSince = .now
                return state.next.take()
            }
            guard let job else { return }
            perform(job, cell)
        }
    }

    private func perform(_ job: Job, _ cell: EndCell) {
        let started = Instant.now
        let end = run(job, cell)
        let ended = Instant.now
        finish(
            KeptResult(attempt: job.attempt, end: end, taskTime: ended.since(started)), at: ended)
    }

    private func run(_ job: Job, _ cell: EndCell) -> TaskEnd {
        let attempt = job.attempt
        let context = TaskContext(
            task: attempt.task.rawValue, attempt: Int(attempt.attempt), details: job.details,
            ownStream: ownStream,
            sink: { [weak self] level, text in self?.forward(level, text, of: attempt) })
        Task.immediate { [self] in
            let task = withUnsafeCurrentTask { $0.map(RunningTask.init) }
            running.withLock { running in
                running.task = task
                if running.interrupted == attempt { task?.cancel() }
            }
            let end = await TaskPerformer.perform(
                job.type.type, name: job.type.name, body: job.body, in: context)
            running.withLock { $0.task = nil }
            cell.put(end)
        }
        return cell.take()
    }

    private func finish(_ result: KeptResult, at now: Instant) {
        let mayWait = state.withLock { state in
            state.lastTask = now
            state.keepsMemory = true
            let known = state.taskTime ?? result.taskTime
            state.taskTime = known + (result.taskTime - known) / 4
            forwardOutput(of: result.attempt, &state)
            let reported = state.session.reported
            state.session.ended(result.attempt, into: &state.effects)
            if state.session.reported > reported { state.kept.append(result) }
            perform(&state, by: .runner)
            return state.next != nil && mayHoldBack(result, &state, at: now)
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
    func forwardOutput(of attempt: AttemptID, _ state: inout State) {
        guard let capture else { return }
        capture.take { stream, bytes in
            // In pieces: a frame without a body of its own is bounded, and a longer one would cost the
            // connection.
            for start in Swift.stride(from: 0, to: bytes.count, by: OutputCapture.pieceBytes) {
                let end = min(start + OutputCapture.pieceBytes, bytes.count)
                state.link?.write(
                    .output(attempt, stream: stream, bytes: Array(bytes[start..<end])))
            }
        }
    }

    private func forward(_ level: Logger.Level, _ text: String, of attempt: AttemptID) {
        let number = UInt8(clamping: Logger.Level.allCases.firstIndex(of: level) ?? 2)
        state.withLock { state in
            guard state.session.running == attempt, let link = state.link, link.isAdmitted else {
                return
            }
            // A line fits into a frame whatever is in it.
            let text = text.utf8.count > 16 << 10 ? String(text.prefix(4 << 10)) + " …" : text
            link.write(.log(attempt, level: number, text: text))
            link.handOver()
        }
        settle()
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

/// Where a task leaves its end for the worker thread.
private final class EndCell: Sendable {
    private let end = Mutex<TaskEnd?>(nil)
    private let wake = DispatchSemaphore(value: 0)

    func put(_ end: TaskEnd) {
        self.end.withLock { $0 = end }
        wake.signal()
    }

    func take() -> TaskEnd {
        while true {
            wake.wait()
            let end = self.end.withLock { end -> TaskEnd? in
                defer { end = nil }
                return end
            }
            if let end { return end }
        }
    }
}
