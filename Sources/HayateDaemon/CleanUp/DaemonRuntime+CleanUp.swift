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
    func cleanUp(after job: Job, _ end: TaskEnd, at now: Instant) {
        cleaning.withLock { cleaning in
            let isThorough = now.since(cleaning.lastThorough) > Cleaning.thoroughAfter
            if isThorough {
                cleaning.lastThorough = now
                capture?.restore()
            }
            // Commands run in processes of their own.
            guard let type = job.type.type, type != Command.self else { return }
            // A set-up that failed has set nothing up.
            if job.details.isSetUp, end.status == .value {
                cleaning.process?.take()
            } else {
                cleaning.process?.restore(thoroughly: isThorough)
            }
        }
    }
}
