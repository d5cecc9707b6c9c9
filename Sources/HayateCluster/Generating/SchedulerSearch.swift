/// Finds out which scheduler a machine has, from the versions that commands tell.
public enum SchedulerSearch {
    /// What is asked, in this order; the first that fits counts.
    public static let questions: [SurveyQuestion] = [
        SurveyQuestion("sbatch", "--version"), SurveyQuestion("qconf", "-help"), SurveyQuestion("lsid"),
        SurveyQuestion("qstat", "--version"),
    ]

    /// The scheduler that an answer is of; nil: of none that is known.
    public static func kind(_ answer: CommandAnswer, to question: SurveyQuestion) -> SchedulerKind? {
        // Some print their version beside a complaint.
        guard case .process = answer.end else { return nil }
        let text = answer.output + "\n" + answer.errors
        let first = AnswerText.lines(of: text).first { !AnswerText.trimmed($0).isEmpty } ?? ""
        switch question.program {
        case "sbatch": return AnswerText.contains(first, "slurm") && answer.succeeded ? .slurm : nil
        case "qconf": return AnswerText.contains(text, "qconf") && AnswerText.contains(text, "-sql") ? .gridEngine : nil
        case "lsid": return AnswerText.contains(text, "my cluster name is") ? .lsf : nil
        case "qstat":
            if AnswerText.contains(text, "pbs_version") { return .pbsPro }
            return AnswerText.contains(first, "version:") ? .torque : nil
        default: return nil
        }
    }

    /// The command that tells the version of a scheduler's own; nil for processes of this machine.
    public static func version(of kind: SchedulerKind) -> SurveyQuestion? {
        switch kind {
        case .slurm: questions[0]
        case .gridEngine: questions[1]
        case .lsf: questions[2]
        case .pbsPro, .torque: questions[3]
        case .local: nil
        }
    }

    /// The version in an answer, such as `slurm-wlm 22.05.8`.
    public static func version(in answer: CommandAnswer) -> String? {
        let line = AnswerText.lines(of: answer.output + "\n" + answer.errors).first { !AnswerText.trimmed($0).isEmpty }
        return line.map { String(AnswerText.trimmed(AnswerText.before(",", in: $0)).prefix(80)) }
    }
}
