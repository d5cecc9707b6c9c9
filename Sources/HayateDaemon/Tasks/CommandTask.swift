import Glibc
import HayateTransport
import Synchronization

extension Command: RemoteTask {
    public typealias Output = CommandResult

    /// Runs the command on this thread. Cancelling ends its whole process group.
    ///
    /// The command finds `HAYATE_ATTEMPT` in its environment, and `HAYATE_TASK` unless it brings its own.
    /// - Throws: `CommandError` if it could not be started.
    public func run(in context: TaskContext) async throws -> CommandResult {
        var command = self
        if command.environment["HAYATE_TASK"] == nil {
            command.environment["HAYATE_TASK"] = String(context.task)
        }
        command.environment["HAYATE_ATTEMPT"] = String(context.attempt + earlierAttempts)
        let stop = try StopSignals.take()
        defer { StopSignals.giveBack(stop) }
        let limit = TimeLimit(milliseconds: timeLimitMilliseconds, stop)
        defer { limit?.end() }
        var result = try await withTaskCancellationHandler {
            try CommandRunner.run(command, stop: stop)
        } onCancel: {
            stop.stop()
        }
        result.timedOut = result.wasStopped && limit?.isOver == true && !Task.isCancelled
        result.attempt = context.attempt
        result.daemon = ThisProcess.name
        return result
    }
}

/// Raises a stop signal when a command's time is over.
private final class TimeLimit: Sendable {
    private let reached = Atomic<Bool>(false)
    private let timer = Mutex<TimerQueue.Timer?>(nil)

    init?(milliseconds: UInt64?, _ stop: StopSignal) {
        guard let milliseconds else { return nil }
        let delay = Duration.milliseconds(Int64(clamping: milliseconds))
        let timer = TimerQueue.shared.schedule(after: delay) { [self] in
            reached.store(true, ordering: .releasing)
            stop.stop()
        }
        self.timer.withLock { $0 = timer }
    }

    var isOver: Bool { reached.load(ordering: .acquiring) }

    func end() { _ = timer.withLock { $0.map { TimerQueue.shared.cancel($0) } } }
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
