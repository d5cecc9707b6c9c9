/// Asks a live scheduler what its site is like, and makes a site's file of the answers.
///
/// An answer that is missing, cut short or of another version leaves things unknown; none is a trap.
public protocol SchedulerSurvey: Sendable {
    init()

    /// What is to be asked after these answers; those that have an answer need not be asked again.
    func questions(after answers: SurveyAnswers) -> [SurveyQuestion]

    func draft(_ answers: SurveyAnswers) -> SiteDraft
}

/// A command that tells of a site.
public struct SurveyQuestion: Hashable, Sendable {
    public var program: String
    public var arguments: [String]

    init(_ program: String, _ arguments: String...) {
        self.program = program
        self.arguments = arguments
    }

    /// As people would type it.
    public var text: String { ([program] + arguments).map { $0.contains("|") ? "'\($0)'" : $0 }.joined(separator: " ") }

    /// - Parameter cluster: where its programs are, their variables and their `-M`.
    public func line(for cluster: ClusterProfile) -> CommandLine {
        var arguments = arguments
        if let name = cluster.commands.clusterFlag, ["scontrol", "sinfo"].contains(program) {
            arguments = ["-M", name] + arguments
        }
        var line = CommandWords(cluster).other(program, arguments)
        line.unset += ["SINFO_*", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT"]
        return line
    }
}

/// What has been asked and answered, and what else is known where that happened.
public struct SurveyAnswers: Sendable {
    /// Whose accounts are asked for.
    public var user: String
    /// Variables, of which those that the scheduler's commands need go into the file.
    public var variables: [String: String]
    private var answers: [SurveyQuestion: CommandAnswer] = [:]

    public init(user: String, variables: [String: String]) {
        self.user = user
        self.variables = variables
    }

    public mutating func add(_ answer: CommandAnswer, to question: SurveyQuestion) { answers[question] = answer }

    public func has(_ question: SurveyQuestion) -> Bool { answers[question] != nil }

    /// What it printed; nil where it failed or was not asked.
    func output(_ question: SurveyQuestion) -> String? {
        guard let answer = answers[question], answer.succeeded else { return nil }
        return answer.output
    }

    /// Why there is no answer; nil: there is one.
    func failure(_ question: SurveyQuestion) -> String? {
        guard let answer = answers[question] else { return "it was not asked" }
        if answer.succeeded { return nil }
        if case .notStarted = answer.end { return "there is no program \(question.program)" }
        return answer.failureToRun ?? answer.complaint
    }

    /// What it printed; where it failed, the draft says what is missing because of that.
    func output(_ question: SurveyQuestion, _ draft: inout SiteDraft, missing what: String) -> String? {
        if let output = output(question) { return output }
        draft.leave("\(what): '\(question.text)' does not tell (\(failure(question) ?? "no answer"))")
        return nil
    }
}

extension SchedulerKind {
    /// Asks this scheduler; nil for processes of this machine, which have none.
    public var survey: (any SchedulerSurvey)? {
        switch self {
        case .slurm: SlurmSurvey()
        case .gridEngine: GridEngineSurvey()
        case .pbsPro: PBSSurvey(isTorque: false)
        case .torque: PBSSurvey(isTorque: true)
        case .lsf: LSFSurvey()
        case .local: nil
        }
    }
}

extension SiteDraft {
    /// Begins a draft with its cluster, and the variables by which the scheduler's commands find it.
    init(_ scheduler: SchedulerKind, _ answers: SurveyAnswers, needs names: [String]) {
        self.init(scheduler)
        set(["clusters", "main", "scheduler"], scheduler.rawValue, from: nil)
        for name in names {
            if let value = answers.variables[name], !value.isEmpty {
                set(["clusters", "main", "commands", "environment", name], value, from: "the variable of this shell")
            }
        }
    }
}

/// Numbers of schedulers as this project's own.
enum SurveyNumbers {
    /// `5-12:00:00`, `12:00:00`, `30:00`, and a single number of the given unit; nil for no limit and for anything
    /// else.
    static func time(_ text: some StringProtocol, single unit: Int) -> Duration? {
        let days = AnswerText.fields(of: text, by: "-", atMost: 2)
        let parts = AnswerText.fields(of: days[days.count - 1], by: ":", atMost: 4).map { AnswerText.number($0) }
        guard parts.count <= 3, parts.allSatisfy({ $0 != nil }) else { return nil }
        let numbers = parts.compactMap(\.self).map { min($0, 100_000_000) }
        var seconds: Int
        if days.count == 2 {
            guard let day = AnswerText.number(days[0]) else { return nil }
            // d-h, d-h:m and d-h:m:s
            seconds = min(day, 100_000) * 86400
            for (number, factor) in zip(numbers, [3600, 60, 1]) { seconds += number * factor }
        } else {
            switch numbers.count {
            case 1: seconds = numbers[0] * unit
            case 2: seconds = numbers[0] * 60 + numbers[1]
            default: seconds = numbers[0] * 3600 + numbers[1] * 60 + numbers[2]
            }
        }
        // More than a hundred years is what nobody meant as a limit.
        return (1...3_155_760_000).contains(seconds) ? .seconds(seconds) : nil
    }

    /// `256gb`, `512M`, `1048576`; nil for anything else.
    static func memory(_ text: some StringProtocol, single unit: UInt64) -> MemorySize? {
        let text = AnswerText.trimmed(text)
        let number = text.prefix { ("0"..."9").contains($0) || $0 == "." }
        let factors: [String: UInt64] = [
            "": unit, "b": 1, "k": 1 << 10, "kb": 1 << 10, "m": 1 << 20, "mb": 1 << 20, "g": 1 << 30, "gb": 1 << 30,
            "t": 1 << 40, "tb": 1 << 40, "w": 8, "kw": 8 << 10, "mw": 8 << 20, "gw": 8 << 30,
        ]
        guard let factor = factors[AnswerText.trimmed(text.dropFirst(number.count)).lowercased()],
            let value = Double(number), value > 0, value * Double(factor) < 1e18
        else { return nil }
        return MemorySize(bytes: UInt64(value * Double(factor)))
    }

    /// The part of a memory's size that people would write: whole mebibytes.
    static func rounded(_ size: MemorySize) -> MemorySize {
        size.bytes < 1 << 20 ? size : .mebibytes(size.bytes >> 20)
    }
}

/// The larger and the smaller of what may be unknown.
enum Known {
    static func smaller<Value: Comparable>(_ first: Value?, _ second: Value?) -> Value? {
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    static func larger<Value: Comparable>(_ first: Value?, _ second: Value?) -> Value? {
        guard let first, let second else { return first ?? second }
        return max(first, second)
    }
}
