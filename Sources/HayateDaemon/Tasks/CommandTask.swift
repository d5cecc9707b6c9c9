import Glibc
import Synchronization

extension Command: RemoteTask {
    public typealias Output = CommandResult

    /// Runs the command on this thread. Cancelling ends its whole process group.
    ///
    /// The command finds `HAYATE_TASK` and `HAYATE_ATTEMPT` in its environment.
    /// - Throws: `CommandError` if it could not be started.
    public func run(in context: TaskContext) async throws -> CommandResult {
        var command = self
        command.environment["HAYATE_TASK"] = String(context.task)
        command.environment["HAYATE_ATTEMPT"] = String(context.attempt)
        let stop = try StopSignals.take()
        defer { StopSignals.giveBack(stop) }
        return try await withTaskCancellationHandler {
            try CommandRunner.run(command, stop: stop)
        } onCancel: {
            stop.stop()
        }
    }
}

/// Stop signals that have been used and can be used again: each is a descriptor.
private enum StopSignals {
    private static let spare = Mutex<[StopSignal]>([])

    static func take() throws -> StopSignal {
        if let signal = spare.withLock({ $0.popLast() }) { return signal }
        return try StopSignal()
    }

    static func giveBack(_ signal: StopSignal) {
        // A raised one may be raised again by a cancellation that is just arriving: not for reuse.
        guard !signal.isRaised else { return }
        spare.withLock { if $0.count < 16 { $0.append(signal) } }
    }
}
