extension LSFReader {
    private static let phrases = SubmitPhrases(
        unclear: [
            "communication time out", "a socket operation has failed", "failed in receiving", "connection reset",
            "timeout in receiving", "internal library error",
        ],
        later: [
            "lsf is down", "cannot connect to lsf", "batch daemon not responding", "mbatchd is reconfiguring",
            "pending job threshold reached", "job slot limit", "job limit", "limit on the number of pending",
            "server host busy", "lim is down", "connection refused", "please wait", "temporarily unavailable",
        ])

    /// `Job <123> is submitted to default queue <normal>.`, wherever it stands: with `BSUB_STDERR` among the errors.
    public func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer {
        Self.phrases.answer(to: answer, naming: Self.submittedJob(in: answer.output + "\n" + answer.errors))
    }

    private static func submittedJob(in text: String) -> JobID? {
        for line in AnswerText.lines(of: text).reversed() {
            guard let rest = AnswerText.after("job <", in: line), AnswerText.contains(rest, "> is submitted to") else {
                continue
            }
            let id = AnswerText.before(">", in: rest)
            if AnswerText.isDigits(id) { return JobID(String(id)) }
        }
        return nil
    }
}
