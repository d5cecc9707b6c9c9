/// Submissions that run nothing: whether the scheduler would take a job.
public enum SubmissionTrial {
    /// The submission, so that the scheduler only says what it thinks; nil: this one has no such way.
    public static func line(for job: RenderedJob, on kind: SchedulerKind) -> CommandLine? {
        var line = job.submission
        switch kind {
        case .slurm: line.words.append("--test-only")
        case .gridEngine: line.words += ["-w", "v"]
        case .pbsPro, .torque, .lsf, .local: return nil
        }
        line.standardInput = line.standardInput ?? job.script
        return line
    }

    public static func check(_ answer: CommandAnswer, on kind: SchedulerKind) -> SiteCheck {
        let name = "submission"
        if let failure = answer.failureToRun {
            return SiteCheck(
                name, .failed, failure,
                remedy: "look at the site's commands, and whether the "
                    + "scheduler is up")
        }
        let refusal = { (words: String) in
            SiteCheck(
                name, .failed, "the scheduler would refuse a job: \(words)",
                remedy: "'hayate render' shows the script; correct the profile's defaults, queues or account")
        }
        switch kind {
        case .gridEngine:
            // Its exit code is 0 whatever it found.
            let text = answer.output + "\n" + answer.errors
            if AnswerText.contains(text, "found suitable queue") {
                return SiteCheck(name, .ok, "the scheduler would take a job (qsub -w v), and nothing was run")
            }
            return refusal(answer.complaint)
        default:
            guard answer.succeeded else { return refusal(answer.complaint) }
            return SiteCheck(name, .ok, "the scheduler would take a job (sbatch --test-only), and nothing was run")
        }
    }
}

/// The clock of Slurm's controller, as it says itself.
public enum ControllerClock {
    public static func question(for cluster: ClusterProfile) -> CommandLine? {
        guard cluster.scheduler == .slurm else { return nil }
        var line = SlurmSurvey.config.line(for: cluster)
        line.environment["TZ"] = "UTC0"
        return line
    }

    /// Seconds since 1970; nil where the answer has no time.
    public static func seconds(in answer: CommandAnswer) -> Int64? {
        guard answer.succeeded,
            let rest = AnswerText.lines(of: answer.output).lazy.compactMap({ AnswerText.after("data as of", in: $0) })
                .first
        else { return nil }
        return CivilTime.seconds(AnswerText.trimmed(rest))
    }
}

extension CivilTime {
    /// Seconds since 1970 of `2026-11-23T02:06:20` in UTC; nil for anything else.
    static func seconds(_ text: some StringProtocol) -> Int64? {
        let parts = Substring(text).utf8.split { !AnswerText.isDigit($0) }.map { Int64(Substring($0)) }
        guard parts.count == 6, let year = parts[0], let month = parts[1], let day = parts[2], let hour = parts[3],
            let minute = parts[4], let second = parts[5], (1970...9999).contains(year), (1...12).contains(month),
            (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.quotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }
}
