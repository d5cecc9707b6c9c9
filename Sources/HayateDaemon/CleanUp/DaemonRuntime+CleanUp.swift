import Glibc
import HayateCore

extension DaemonRuntime {
    /// What the process should be like between two tasks.
    struct Cleaning {
        /// nil if nothing is put back.
        var process: ProcessState?
        var lastThorough = Instant.zero

        /// Nanoseconds after which the next clean-up looks closely.
        static let thoroughAfter: Int64 = 1_000_000_000
    }

    /// On the thread that ran the task, between its end and its result: nothing of it meets the next task,
    /// and a caller that has the result finds the daemon as it should be.
    func cleanUp(_ trace: TaskTrace, succeeded: Bool, at now: Instant) {
        cleaning.withLock { cleaning in
            let isThorough = now.since(cleaning.lastThorough) > Cleaning.thoroughAfter
            if isThorough {
                cleaning.lastThorough = now
                capture?.restore()
            }
            switch trace {
            case .nothing: break
            // A set-up that failed has set nothing up.
            case .toBeKept where succeeded: cleaning.process?.take()
            case .toBeKept, .toBeUndone:
                cleaning.process?.restore(thoroughly: isThorough) {
                    // While the host is dialled, files may be open that its name is looked up in.
                    state.withLock { $0.link?.isAdmitted ?? false }
                }
            }
        }
    }
}

extension DaemonRuntime {
    /// Nothing of one element meets the next, as if they had come one by one: neither what it left in the
    /// process, nor tasks that it submitted.
    package func elementEnded(of attempt: AttemptID) {
        let (isOnTop, hasSent) = state.withLock { state in
            let isOnTop = state.levels.last?.attempt == attempt
            guard state.session.hasChildren else { return (isOnTop, false) }
            state.session.withdrawChildren(of: attempt, into: &state.effects)
            perform(&state)
            return (isOnTop, true)
        }
        if hasSent { flush() }
        // A child that still runs in its place has the process; the end of the next element comes to it.
        if isOnTop { cleanUp(.toBeUndone, succeeded: false, at: .now) }
    }
}

/// What a task leaves in its daemon's process.
enum TaskTrace: Sendable {
    /// Commands run in processes of their own, and what is no task type at all did not run.
    case nothing
    /// A set-up: it is there to change the process.
    case toBeKept
    case toBeUndone

    init(_ job: DaemonRuntime.Job) {
        guard let type = job.type.type, type != Command.self else {
            self = .nothing
            return
        }
        self = job.details.isSetUp ? .toBeKept : .toBeUndone
    }
}
