/// A job as its scheduler takes it.
public struct RenderedJob: Hashable, Sendable {
    /// A line of the script and where it comes from.
    public struct Line: Hashable, Sendable {
        public var text: String
        /// For `--explain`: `request: walltime`, `narval.yaml:31`, `slurm.mustache:4`.
        public var origin: String

        public init(_ text: String, from origin: String) {
            self.text = text
            self.origin = origin
        }
    }

    public var lines: [Line]
    /// The submission. Its `standardInput` is the script, unless the site wants a file.
    public var submission: CommandLine
    /// Where the job's output goes, as the scheduler's own pattern; nil: nobody said, and the scheduler decides.
    public var output: String?

    public init(lines: [Line], submission: CommandLine, output: String?) {
        self.lines = lines
        self.submission = submission
        self.output = output
    }

    public var script: String { lines.map { $0.text + "\n" }.joined() }
}

/// The directives of a scheduler, in its own quoting.
public protocol DirectiveWriter: Sendable {
    /// - Throws: `ClusterError` for what the scheduler cannot express.
    func directives(of plan: JobPlan) throws(ClusterError) -> [Directive]

    /// The words of the submission without the script.
    func submission(of plan: JobPlan) -> [String]
}

/// One directive of a job's script.
public struct Directive: Hashable, Sendable {
    /// Its option, by which a site drops it: `--mem`, `-l`.
    public var option: String
    /// With its value and quotes, without the prefix: `--mem=4096M`.
    public var text: String
    /// The field of the request, or the place in the profile, that asked for it.
    public var origin: String

    public init(_ option: String, _ text: String, from origin: String) {
        self.option = option
        self.text = text
        self.origin = origin
    }
}
