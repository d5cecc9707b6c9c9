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
    /// The submission. Its `standardInput` is the script, unless the site wants a file: then the file's name
    /// is to be added to its words.
    public var submission: CommandLine
    /// Where the job's output goes, as the scheduler's own pattern; nil: nobody said, and the scheduler decides.
    public var output: String?
    /// What the request asks for and this scheduler does without, each in one sentence.
    public var notes: [String] = []

    public init(lines: [Line], submission: CommandLine, output: String?) {
        self.lines = lines
        self.submission = submission
        self.output = output
    }

    public var script: String { lines.map { $0.text + "\n" }.joined() }
}
