/// What LSF's words mean.
enum LSFState {
    static func state(_ text: some StringProtocol) -> JobState {
        switch String(text) {
        case "PEND", "WAIT", "PROV", "FWD_PEND": .pending
        case "PSUSP": .held
        case "RUN": .running
        case "USUSP", "SSUSP": .suspended
        case "DONE": .done
        case "EXIT": .failed
        // Its machine cannot be reached; it may come back.
        case "UNKWN", "ZOMBI": .unknown
        default: .unknown
        }
    }

    /// How a job ended that did not end well.
    /// - Parameter reason: the text with `TERM_…`, if there is one.
    static func end(reason: String?, exit: JobEnd.Reason?) -> (JobState, JobEnd?) {
        switch reason.flatMap(keyword) {
        case "TERM_OWNER", "TERM_FORCE_OWNER": (.cancelled, JobEnd(.cancelled(by: "its owner")))
        case "TERM_ADMIN", "TERM_FORCE_ADMIN", "TERM_BUCKET_KILL":
            (.cancelled, JobEnd(.cancelled(by: "an administrator")))
        case "TERM_ORPHAN_SYSTEM", "TERM_REMOVE_HUNG_JOB": (.cancelled, JobEnd(.cancelled(by: "LSF")))
        case "TERM_RUNLIMIT", "TERM_CPULIMIT", "TERM_DEADLINE", "TERM_WINDOW": (.timeout, JobEnd(.timeLimit))
        case "TERM_MEMLIMIT", "TERM_SWAP", "TERM_SWAPLIMIT": (.outOfMemory, JobEnd(.outOfMemory))
        case "TERM_PREEMPT", "TERM_LOAD", "TERM_RC": (.preempted, JobEnd(.preempted))
        case "TERM_REQUEUE_OWNER", "TERM_REQUEUE_ADMIN", "TERM_REQUEUE_RC", "TERM_OTHER": (.pending, nil)
        case "TERM_CWD_NOTEXIST", "TERM_PRE_EXEC_FAIL", "TERM_DATA": (.failed, JobEnd(.notStarted))
        case "TERM_SLURM": (.nodeFail, JobEnd(.nodeFailed))
        default: (.failed, exit.map { JobEnd($0) })
        }
    }

    /// An exit code, of which those above 128 are signals to LSF.
    static func exit(_ code: Int) -> JobEnd.Reason {
        switch code {
        case 0: .unknown
        case 129...192: .signalled(number: code - 128)
        default: .exited(code: code)
        }
    }

    private static func keyword(_ reason: String) -> String? {
        guard let rest = AnswerText.after("TERM_", in: reason) else { return nil }
        let letters = rest.utf8.prefix { (65...90).contains($0) || $0 == UInt8(ascii: "_") }
        return "TERM_" + String(Substring(letters))
    }
}
