public struct TorqueDirectives: DirectiveWriter {
    public init() {}
    public var prefixes: [String] { [] }
    public func submission(of plan: JobPlan) -> [String] { [] }
    public func directives(of plan: JobPlan) throws(ClusterError) -> [Directive] { [] }
    public func outputPattern(of plan: JobPlan) throws(ClusterError) -> String? { nil }
}
