import HayateCore
import HayateDaemon
import HayateWire

/// What is known of a daemon that is gone, for the errors of its tasks.
struct Obituary: Sendable {
    var name: String
    /// The tail of what it wrote to standard error without a task to attribute it to.
    var lastWords: String
}

extension HayateError {
    /// The error of a task that the dispatcher ended.
    init(
        _ ending: Ending, task: TaskID, obituary: (DaemonID) -> Obituary?
    ) {
        switch ending {
        case .timedOut(let running):
            self.init(
                .timedOut,
                running
                    ? "the task ran out of time while it was running"
                    : "the task ran out of time while it waited for a daemon")
        case .cancelled:
            self.init(.cancelled, "the task was stopped")
        case .closed:
            self.init(.closed, "the pool was closed before the task ended")
        case .noDaemons:
            self.init(
                .noDaemons, "no daemon is there to run the task and none will come")
        case .neededFailed(let needed):
            self.init(
                .neededFailed,
                "\(needed), which the task needs, ended without returning, so the task was not started")
        case .daemonLost(let loss):
            let name = obituary(loss.daemon)?.name ?? "\(loss.daemon)"
            self.init(
                .daemonLost,
                "the task was lost with its daemon (\(name): \(loss.reason.clause)); whether it had "
                    + "an effect is unknown, and its policy forbids another start")
            take(loss, obituary(loss.daemon))
        case .poisoned(let losses):
            let last = losses.last
            let reasons = losses.map { loss in
                (obituary(loss.daemon)?.name ?? "\(loss.daemon)") + ": " + loss.reason.clause
            }
            var message =
                "the task took \(losses.count) daemons down with it and is not started again ("
                + reasons.joined(separator: "; ") + ")"
            if case .process(let exit) = last?.reason, let hint = exit.hint {
                message += "; " + hint
            }
            self.init(.poisoned, message)
            if let last { take(last, obituary(last.daemon)) }
        }
        self.task = task.rawValue
    }

    private mutating func take(_ loss: Loss, _ obituary: Obituary?) {
        attempt = Int(loss.attempt)
        daemon = obituary?.name
        if case .process(let exit) = loss.reason { self.exit = exit }
        if let words = obituary?.lastWords, !words.isEmpty {
            var output = TaskOutput()
            output.standardError = Array(words.utf8)
            self.output = output
            message += "; its last words: \"\(Self.tail(words))\""
        }
    }

    private static func tail(_ text: String) -> String {
        let lines = text.split(separator: "\n")
        // Swift says first what happened and then where; the second would bury the first.
        let stack = lines.firstIndex {
            $0 == "Current stack trace:" || $0.contains("Program crashed:")
        }
        let said = stack.map { $0 > 0 ? lines[..<$0] : lines[...] } ?? lines[...]
        return String(said.suffix(3).joined(separator: " | ").suffix(400))
    }

    /// The error of a task that failed at its daemon.
    init(failure body: [UInt8], status: ResultStatus, attempt: AttemptID, daemon: String) {
        self.init(
            failure: body, status: status, task: attempt.task.rawValue, attempt: Int(attempt.attempt),
            daemon: daemon)
    }

    init(failure body: [UInt8], status: ResultStatus, task: UInt64, attempt: Int, daemon: String) {
        if status == .stopped {
            self.init(.cancelled, "the task was stopped")
        } else if let failure = try? BinaryDecoder().decode(RemoteFailure.self, from: body) {
            self.init(failure)
        } else {
            self.init(.malformed, "the task failed, and its daemon's description of why is unreadable")
        }
        self.task = task
        self.attempt = attempt
        self.daemon = daemon
    }
}

extension LossReason {
    /// For the middle of a sentence about a daemon.
    var clause: String {
        switch self {
        case .process(let exit): "its process ended with \(exit)"
        case .disconnected: "its connection broke and did not come back"
        case .silent: "it was silent for too long"
        case .unresponsive: "it did not obey an order to stop a task"
        case .left: "it left"
        case .reclaimed(let signal): "its batch job ended (\(SignalName.name(of: signal)))"
        }
    }
}
