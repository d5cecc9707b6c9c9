extension SlurmReader {
    private static let phrases = SubmitPhrases(
        unclear: [
            "socket timed out on send/recv", "zero bytes were transmitted or received", "message receive failure",
            "unexpected message received", "connection reset", "insane message length",
        ],
        later: [
            "job submit limit", "submission rate too high", "temporarily unable to accept job",
            "unable to contact slurm controller", "standby mode", "resource temporarily unavailable",
            "maxsubmitjob", "grpsubmitjob", "munge", "protocol authentication error",
            "job limit reached", "slurmctld is not running", "too many jobs",
        ],
        // A limit for each job is the same tomorrow.
        final: ["perjoblimit", "maxwalldurationperjob", "maxtimelimit"])

    public func readSubmission(_ answer: CommandAnswer) -> SubmitAnswer {
        Self.phrases.answer(to: answer, naming: submittedJob(in: answer.output))
    }

    /// `4711`, `4711;cluster`, or the phrase that wrappers leave of it: in the last line that has one.
    private func submittedJob(in output: String) -> JobID? {
        for line in AnswerText.lines(of: output).reversed() {
            let words = AnswerText.words(of: line)
            if words.count == 1 {
                let fields = AnswerText.fields(of: words[0], by: ";", atMost: 2)
                if AnswerText.isDigits(fields[0]), fields.count == 1 || !fields[1].isEmpty {
                    return job(fields[0], cluster: fields.count == 2 ? fields[1] : nil)
                }
            }
            guard let rest = AnswerText.after("submitted batch job ", in: line) else { continue }
            let further = AnswerText.words(of: rest)
            guard let number = further.first, AnswerText.isDigits(number) else { continue }
            let onCluster = further.count >= 4 && further[1] == "on" && further[2] == "cluster"
            return job(number, cluster: onCluster ? further[3] : nil)
        }
        return nil
    }

    /// The id of a job: with its cluster behind a semicolon, as Slurm writes it, where that is not the profile's.
    func job(_ number: Substring, cluster: Substring?) -> JobID {
        guard let cluster, String(cluster) != words.cluster.commands.clusterFlag else { return JobID(String(number)) }
        return JobID("\(number);\(cluster)")
    }
}
