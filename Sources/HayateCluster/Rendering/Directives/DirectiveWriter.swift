/// The directives of a scheduler, in its own quoting.
public protocol DirectiveWriter: Sendable {
    /// - Throws: `ClusterError` for what the scheduler cannot express.
    func directives(of plan: JobPlan) throws(ClusterError) -> [Directive]

    /// The words of the submission without the script.
    func submission(of plan: JobPlan) -> [String]

    /// Where the job's output goes, as the scheduler's own pattern; nil: nobody said.
    func outputPattern(of plan: JobPlan) throws(ClusterError) -> String?

    /// Whether the scheduler can send a signal before the limit.
    var sendsWarnings: Bool { get }

    /// The scheduler's name, for messages.
    var title: String { get }

    /// Beginnings of lines that the scheduler reads as directives, its own and those that it takes for another's sake.
    var prefixes: [String] { get }
}

extension DirectiveWriter {
    public var sendsWarnings: Bool { true }

    /// What the request wishes for where the scheduler can, and this one cannot; each in one sentence.
    func notes(on plan: JobPlan) -> [String] {
        guard let warning = plan.request.warning, !sendsWarnings else { return [] }
        return ["\(title) gives no warning before the limit, so \(warning.name) never comes"]
    }
}

/// One directive of a job's script.
public struct Directive: Hashable, Sendable {
    /// Its option, by which a site drops it: `--mem`, `-l`.
    public var option: String
    /// With its value and quotes, without the prefix: `--mem=4096M`.
    public var text: String
    /// The field of the request, or the place in the profile, that asked for it: `request: memory`.
    public var origin: String

    public init(_ option: String, _ text: String, from origin: String) {
        self.option = option
        self.text = text
        self.origin = origin
    }

    /// Whether a site's `dropDirectives` means this one: by its option (`--mem`, `-l`), or by the option and the
    /// beginning of its value (`-l h_rt`, `-l walltime`).
    func isMeant(by drop: String) -> Bool {
        guard option != drop, text != drop else { return true }
        guard text.hasPrefix(drop), let next = text.dropFirst(drop.count).first else { return false }
        return " =:,".contains(next)
    }
}

extension SchedulerKind {
    /// The writer of its directives.
    var directiveWriter: any DirectiveWriter {
        switch self {
        case .slurm: SlurmDirectives()
        case .gridEngine: GridEngineDirectives()
        case .pbsPro: PBSProDirectives()
        case .torque: TorqueDirectives()
        case .lsf: LSFDirectives()
        case .local: LocalDirectives()
        }
    }
}
