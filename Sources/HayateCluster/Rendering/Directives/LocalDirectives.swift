/// Jobs of this machine have no scheduler and no directives.
public struct LocalDirectives: DirectiveWriter {
    public init() {}

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

    /// Who starts the process writes its output.
    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? { nil }
}
