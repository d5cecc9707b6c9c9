/// Jobs of this machine have no scheduler and no directives.
public struct LocalDirectives: DirectiveWriter {
    public init() {}

    public var title: String { "This machine" }
    public var sendsWarnings: Bool { false }

    public var prefixes: [String] { [] }

    public func submission(of plan: JobPlan) -> [String] {
        let shell = plan.runtime.shell
        return (plan.cluster.commands.submit ?? (shell == "/bin/sh" ? ["sh"] : shell.split(separator: " ").map(String.init)))
            + plan.request.rawOptions
    }

    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] {
        _ = try JobShape(plan)
        return []
    }

    /// Whoever starts the processes opens the file, and puts in what the variables say.
    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? {
        guard let text = plan.request.output else { return nil }
        let facts = plan.cluster.facts
        let words = LogPattern.Words(
            word: { placeholder in
                switch placeholder {
                case .name: plan.name
                case .job: "$\(facts.jobVariable)"
                case .task: "$\(facts.indexVariable)"
                case .user, .host: nil
                }
            },
            title: "this machine", literal: { $0.unicodeScalars.contains("$") ? nil : $0 })
        return try LogPattern(text, "output").rendered(words, isArray: plan.request.array != nil)
    }
}
