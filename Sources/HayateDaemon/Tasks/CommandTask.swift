import Glibc
import HayateCore
import HayateTransport
import Synchronization

extension Command: RemoteTask {
    public typealias Output = CommandResult

    /// Runs the command on this thread. Cancelling ends its whole process group.
    ///
    /// The command finds `HAYATE_ATTEMPT` in its environment, and `HAYATE_TASK` unless it brings its own; and what it
    /// was given of the daemon, if it runs beside others (`Command+Resources.swift`).
    /// - Throws: `CommandError` if it could not be started.
    public func run(in context: TaskContext) async throws -> CommandResult {
        var command = self
        if command.environment["HAYATE_TASK"] == nil {
            command.environment["HAYATE_TASK"] = String(context.task)
        }
        command.environment["HAYATE_ATTEMPT"] = String(context.attempt + earlierAttempts)
        if let grant = context.resources {
            command.addVariables(of: grant, sharesGPUs: context.sharesGPUs)
        }
        let stop = try StopSignals.take()
        defer { StopSignals.giveBack(stop) }
        let limit = TimeLimit(milliseconds: timeLimitMilliseconds, stop)
        defer { limit?.end() }
        var result = try await withTaskCancellationHandler {
            try CommandRunner.run(command, stop: stop)
        } onCancel: {
            stop.stop()
        }
        if !result.wasStopped, TakenDown.applies(to: result.exit) { TakenDown.leave() }
        result.timedOut = result.wasStopped && limit?.isOver == true && !Task.isCancelled
        result.attempt = context.attempt
        result.daemon = ThisProcess.name
        return result
    }
}

/// A command that a scheduler has ended together with its daemon: at a time limit, when its place is wanted for
/// another job, or when its job is cancelled. Schedulers signal every process of a job, and some commands make an exit
/// code of that. It has not failed, and runs again elsewhere.
private enum TakenDown {
    /// The signals by which schedulers end jobs.
    private static let signals = [SIGTERM, SIGKILL, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2, SIGINT]
    /// How long the daemon's own signal may come after the command's end: both are sent in one go.
    private static let patience = Duration.milliseconds(300)

    static func applies(to exit: ProcessExit) -> Bool {
        guard !exit.succeeded else { return false }
        // What SIGTERM says of a whole job counts for each of its processes.
        if WarningSignals.cameAny(of: [SIGTERM]) { return true }
        switch exit {
        case .signalled(let number, _):
            guard signals.contains(number) else { return false }
        case .exited(let code):
            guard code > 128, signals.contains(code - 128) else { return false }
        }
        let deadline = ContinuousClock.now.advanced(by: patience)
        while ContinuousClock.now < deadline {
            if WarningSignals.cameAny(of: WarningSignals.signals) { return true }
            usleep(5_000)
        }
        return false
    }

    /// Ends the process without a result. The host has been told why, and begins the task elsewhere without blame; or
    /// tells that the daemon was lost, where a task must not begin twice.
    static func leave() -> Never {
        DaemonProgram.complain("the command was ended together with its batch job, and is begun again elsewhere")
        // The announcement, and results of tasks before, are on their way.
        usleep(200_000)
        _exit(DaemonProgram.temporaryFailure)
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
