import Dispatch
import HayateCore
import Synchronization

/// Where a started task leaves its end for the thread on which it was started.
final class TaskCell: Sendable {
    private struct State {
        var attempt: AttemptID?
        var began = Instant.zero
        var trace = TaskTrace.nothing
        var end: TaskEnd?
        /// A child runs on the thread: whoever brings the end finishes the task.
        var isCovered = false
        /// The task was finished, by its thread or by somebody else.
        var isOver = false
        /// Whether it then had a value.
        var succeeded = false
        /// The thread sleeps.
        var isWaiting = false
        /// Something happened for which the thread shall look again.
        var isWoken = false

        /// Whether somebody has to wake the thread.
        mutating func endWait() -> Bool {
            defer { isWaiting = false }
            return isWaiting
        }
    }

    enum Found {
        case ended(AttemptID, TaskEnd, began: Instant, TaskTrace)
        case pending(AttemptID)
        /// Somebody else finished it, and this is what it left.
        case isOver(TaskTrace, succeeded: Bool)
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    /// Whether the task runs on the thread of its waiting parent.
    let isChild: Bool

    init(isChild: Bool = false) { self.isChild = isChild }

    /// A task starts; the cell may have served another before.
    func begin(_ attempt: AttemptID, leaving trace: TaskTrace, at now: Instant) {
        state.withLock { $0 = State(attempt: attempt, began: now, trace: trace) }
    }

    /// The task ended.
    /// - Returns: when it began, if its thread is busy with a child and the caller is to finish it.
    func put(_ end: TaskEnd) -> Instant? {
        let (began, mustWake) = state.withLock { state -> (Instant?, Bool) in
            guard state.isCovered else {
                state.end = end
                return (nil, state.endWait())
            }
            state.isOver = true
            state.succeeded = end.status == .value
            return (state.began, false)
        }
        // A task that never suspends ends before its thread waits: no system call then.
        if mustWake { semaphore.signal() }
        return began
    }

    func take() -> Found {
        state.withLock { state in
            guard !state.isOver, let attempt = state.attempt else {
                return .isOver(state.trace, succeeded: state.succeeded)
            }
            guard let end = state.end.take() else { return .pending(attempt) }
            state.isOver = true
            return .ended(attempt, end, began: state.began, state.trace)
        }
    }

    /// The thread takes on a child.
    /// - Returns: false if the task has ended meanwhile.
    func cover() -> Bool {
        state.withLock { state in
            guard state.end == nil, !state.isOver else { return false }
            state.isCovered = true
            return true
        }
    }

    func uncover() { state.withLock { $0.isCovered = false } }

    /// Lets `wait` return: something has changed.
    func wake() {
        let mustWake = state.withLock { state in
            state.isWoken = true
            return state.endWait()
        }
        if mustWake { semaphore.signal() }
    }

    /// Returns when the task has ended or `wake` was called since the last time.
    func wait() {
        let mustWait = state.withLock { state in
            defer { state.isWoken = false }
            guard state.end == nil, !state.isOver, !state.isWoken else { return false }
            state.isWaiting = true
            return true
        }
        if mustWait { semaphore.wait() }
    }
}
