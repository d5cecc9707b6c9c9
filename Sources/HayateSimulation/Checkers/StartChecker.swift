import HayateCore

extension Ledger {
    /// A daemon started an attempt.
    ///
    /// *Runs twice at once* means: another start of the same task has not ended, at a process that
    /// lives, under a daemon that the dispatcher still counts on, while the task has no outcome. A
    /// start does not count any more once its process died or the dispatcher gave its daemon up
    /// (nobody can know whether a silent daemon still runs), nor after the caller has an outcome (a
    /// task that was stopped may take a while to notice).
    ///
    /// - Parameter isKnown: whether the dispatcher counts on a daemon.
    mutating func started(
        _ number: Int, attempt: UInt32, on process: Int, under daemon: DaemonID?,
        isKnown: (DaemonID) -> Bool
    ) {
        let task = tasks[number]
        if task.started.contains(attempt) {
            fail(.attempts, "\(task.id)#\(attempt) started a second time, on process \(process)")
        }
        if task.isOnce, !task.started.isEmpty {
            fail(.atMostOnce, "\(task.id) may start once and started as #\(attempt) too")
        }
        if task.isUnfinished, let daemon, isKnown(daemon) {
            for other in task.running {
                guard let at = other.daemon, isKnown(at) else { continue }
                fail(
                    .notTwiceAtOnce,
                    "\(task.id)#\(attempt) started at \(daemon) while "
                        + "#\(other.attempt) runs at \(at)"
                )
            }
        }
        checkStartOrder(of: number)
        checkNeedsReturned(number)
        tasks[number].started.append(attempt)
        tasks[number].running.append(
            TaskModel.Running(process: process, daemon: daemon, attempt: attempt))
    }

    /// An attempt ended at its daemon.
    mutating func ended(_ number: Int, attempt: UInt32, on process: Int, failed: Bool) {
        tasks[number].running.removeAll { $0.process == process && $0.attempt == attempt }
        tasks[number].ends.append(
            TaskModel.End(attempt: attempt, process: process, failed: failed))
    }

    /// An attempt died with its process.
    mutating func died(_ number: Int, on process: Int) {
        tasks[number].running.removeAll { $0.process == process }
    }
}
