/// What Slurm's words mean.
enum SlurmState {
    /// - Parameter text: `PENDING`, `PD`, `CANCELLED+`, `CANCELLED by 1001`.
    static func state(_ text: some StringProtocol) -> JobState {
        var word = AnswerText.words(of: text).first ?? ""
        if word.hasSuffix("+") { word = word.dropLast() }
        switch word {
        case "PENDING", "PD", "CONFIGURING", "CF", "REQUEUED", "RQ", "REQUEUE_FED", "RF", "POWER_UP_NODE":
            return .pending
        case "RESV_DEL_HOLD", "RD", "REQUEUE_HOLD", "RH", "SPECIAL_EXIT", "SE": return .held
        case "RUNNING", "R", "RESIZING", "RS", "SIGNALING", "SI", "EXPEDITING": return .running
        case "SUSPENDED", "S", "STOPPED", "ST": return .suspended
        case "COMPLETING", "CG", "STAGE_OUT", "SO", "UPDATE_DB": return .completing
        case "COMPLETED", "CD": return .done
        case "FAILED", "F", "BOOT_FAIL", "BF", "LAUNCH_FAILED", "RECONFIG_FAIL": return .failed
        case "NODE_FAIL", "NF": return .nodeFail
        case "OUT_OF_MEMORY", "OOM": return .outOfMemory
        case "PREEMPTED", "PR": return .preempted
        case "CANCELLED", "CA", "REVOKED", "RV": return .cancelled
        case "TIMEOUT", "TO", "DEADLINE", "DL": return .timeout
        default: return .unknown
        }
    }

    /// Whether a pending job waits until somebody does something, or for another job.
    static func isHeld(_ reason: String?) -> Bool {
        guard let reason else { return false }
        let holds = ["JobHeldUser", "JobHeldAdmin", "Dependency", "DependencyNeverSatisfied", "JobHoldMaxRequeue"]
        return holds.contains(reason)
            || AnswerText.contains(reason, "requeued held") || AnswerText.contains(reason, "requeued_held")
    }

    /// How a job ended. By its state, and by the exit code only where the state is a failure: a job that was ended at
    /// its limit has `0:0`, `0:9` or `0:15`, according to who tells.
    /// - Parameter exitCode: `code:signal`; nil: the answer has none, and a failure is left to the accounting.
    static func end(_ report: JobReport, exitCode: Substring?, by: String?) -> JobEnd? {
        guard report.state.isEnd else { return nil }
        let reason: JobEnd.Reason
        switch report.state {
        case .done: reason = .completed
        case .nodeFail: reason = .nodeFailed
        case .outOfMemory: reason = .outOfMemory
        case .preempted: reason = .preempted
        case .timeout: reason = .timeLimit
        case .cancelled: reason = .cancelled(by: by)
        default:
            guard let exitCode else { return nil }
            reason = failure(exitCode)
        }
        return JobEnd(reason, node: report.nodes.first, message: report.reason)
    }

    private static func failure(_ exitCode: Substring) -> JobEnd.Reason {
        let parts = AnswerText.fields(of: exitCode, by: ":", atMost: 2)
        guard let code = AnswerText.number(parts[0]),
            let signal = parts.count == 2 ? AnswerText.number(parts[1]) : 0
        else {
            return .unknown
        }
        switch (code, signal) {
        // No signals: how slurmstepd says that it could not open the job's files, and that memory ran out.
        case (_, 53): return .notStarted
        case (_, 125): return .outOfMemory
        case (_, 1...64): return .signalled(number: signal)
        case (1..., 0): return .exited(code: code)
        default: return .unknown
        }
    }

    /// A failure that came before the job's first line.
    static func isStart(_ state: some StringProtocol) -> Bool {
        ["BOOT_FAIL", "LAUNCH_FAILED", "RECONFIG_FAIL"].contains { state.hasPrefix($0) }
    }
}
