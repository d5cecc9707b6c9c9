extension GridEngineReader {
    private static let phrases = SubmitPhrases(
        unclear: [
            "timeout error", "got read error", "got timeout", "failed receiving gdi request", "endpoint is not unique",
            "connection was closed",
        ],
        later: [
            "jobs are allowed per user", "only the limit of", "jobs allowed per user", "jobs are allowed per cluster",
            "unable to contact qmaster", "cannot reach qmaster", "can't reach qmaster",
            "unable to send message to qmaster",
            "can't find connection", "got select error", "no response from jsv", "not enough memory on qmaster",
            "qmaster is not running",
        ])

    public func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer {
        let read = Self.phrases.answer(to: answer, naming: Self.submittedJob(in: answer.output))
        // Its own exit code for "not now".
        if case .refused(let complaint) = read, answer.end == .process(.exited(code: 25)) {
            return .tryLater(complaint)
        }
        return read
    }

    /// `123`, `123.1-10:1`, or the sentence where `-terse` was not heard: in the last line that has one.
    private static func submittedJob(in output: String) -> JobID? {
        for line in AnswerText.lines(of: output).reversed() {
            let words = AnswerText.words(of: line)
            if words.count == 1, let job = job(words[0]) { return job }
            guard let rest = AnswerText.after("your job", in: line),
                AnswerText.contains(rest, "has been submitted")
            else {
                continue
            }
            if let job = AnswerText.words(of: rest).prefix(2).lazy.compactMap({ Self.job($0) }).first { return job }
        }
        return nil
    }

    private static func job(_ word: Substring) -> JobID? {
        let parts = AnswerText.fields(of: word, by: ".", atMost: 2)
        guard AnswerText.isDigits(parts[0]), parts.count == 1 || IndexRanges.read(parts[1]) != nil else { return nil }
        return JobID(String(parts[0]))
    }
}
