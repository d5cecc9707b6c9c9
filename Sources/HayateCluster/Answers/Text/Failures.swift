extension CommandAnswer {
    /// Why the answer says nothing, where the command could not even be asked; nil: it ran to its end.
    var failureToRun: String? {
        switch end {
        case .process(.exited): nil
        case .process(.signalled(let number, _)):
            "the command was ended by signal \(number)" + (AnswerText.sentence(errors).map { ": \($0)" } ?? "")
        case .timedOut: "the command did not answer in time"
        case .notStarted(let reason): "the command cannot be started: \(reason)"
        }
    }

    /// The scheduler's words, or that there were none.
    var complaint: String {
        if let sentence = AnswerText.sentence(errors, output) { return sentence }
        if case .process(.exited(let code)) = end { return "exit code \(code) and not a word" }
        return failureToRun ?? "not a word"
    }
}

/// What decides between the answers to a submission that was not plainly accepted.
struct SubmitPhrases: Sendable {
    /// The scheduler may have the job all the same.
    var unclear: [String]
    /// It takes none now.
    var later: [String]
    /// It never takes this one, though a phrase of `later` is there too.
    var final: [String] = []

    /// What the way to the scheduler says before anything has been sent.
    private static let unreachable = [
        "ssh: connect to host", "ssh: could not resolve hostname", "kex_exchange_identification",
        "host key verification failed",
        "permission denied (publickey",
    ]
    /// What it says when it breaks.
    private static let broken = ["closed by remote host", "client_loop:", "not responding.", "broken pipe"]

    /// - Parameter job: what the output names, if anything.
    func answer(to command: CommandAnswer, naming job: JobID?) -> SubmitAnswer {
        switch command.end {
        case .notStarted: return .refused(command.complaintToRun)
        case .timedOut, .process(.signalled): return .unclear(command.complaintToRun)
        case .process(.exited(let code)):
            if code == 0, let job { return .accepted(job) }
            let text = command.errors + "\n" + command.output
            func says(_ phrases: [String]) -> Bool { phrases.contains { AnswerText.contains(text, $0) } }
            let complaint = command.complaint
            if code == 0 { return .unclear("the answer names no job: \(complaint)") }
            if let job { return .unclear("exit code \(code), though it names job \(job): \(complaint)") }
            if says(Self.unreachable) { return .tryLater(complaint) }
            if says(unclear) || says(Self.broken) { return .unclear(complaint) }
            if says(later), !says(final) { return .tryLater(complaint) }
            return .refused(complaint)
        }
    }
}

extension CommandAnswer {
    fileprivate var complaintToRun: String { failureToRun ?? complaint }
}
