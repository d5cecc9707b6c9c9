import ArgumentParser
import Hayate
import HayateCluster
import HayateLaunch

/// `hayate allocations cancel`.
struct AllocationsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel jobs by their scheduler's own command.",
        usage: "hayate allocations cancel (--run ID | --job ID | --all) [options]",
        discussion: """
            A run that lives is not asked: it learns from its scheduler what has become of
            its jobs, and may submit others in their place.

              hayate allocations cancel --run 3f9a1c27
              hayate allocations cancel --job 4711 --job 4712_0-3,7
            """)

    @Option(help: ArgumentHelp("Cancel all jobs of this run. May be given several times.", valueName: "id"))
    var run: [String] = []

    @Option(
        help: ArgumentHelp(
            "Cancel this job, or these elements of it: 4712_0-3,7. May be given several times.", valueName: "id"))
    var job: [String] = []

    @Flag(help: "Cancel all jobs of all runs.")
    var all = false

    @OptionGroup var login: LoginOptions

    func validate() throws {
        guard all || !run.isEmpty || !job.isEmpty else {
            throw ValidationError("Say which jobs: --run ID, --job ID or --all.")
        }
        guard !all || (run.isEmpty && job.isEmpty) else {
            throw ValidationError("--all means all jobs: leave out --run and --job.")
        }
    }

    func run() async throws {
        let session = try AllocationsSession(login)
        let runs = try session.runs()
        var choice = CancellationChoice(runs)
        if all { for index in runs.indices { choice.addRun(at: index) } }
        for id in run { try choice.addRun(id) }
        for text in job { try choice.addJob(text) }
        let canceller = AllocationCanceller(session: session)
        for (run, parts) in choice.chosen { _ = await canceller.cancel(parts, of: run) }
        if choice.isEmpty { session.say("no jobs") }
        try session.finish()
    }
}

/// Which jobs, and which elements of them, are meant.
struct CancellationChoice {
    /// A submission, or some of its elements.
    struct Part {
        var submission: RecordedSubmission
        /// As the scheduler counts; nil: the whole job.
        var elements: [Int]?
    }

    private let runs: [RecordedRun]
    private var parts: [[Part]]

    init(_ runs: [RecordedRun]) {
        self.runs = runs
        parts = Array(repeating: [], count: runs.count)
    }

    var isEmpty: Bool { parts.allSatisfy(\.isEmpty) }

    var chosen: [(run: RecordedRun, parts: [Part])] {
        zip(runs, parts).filter { !$0.1.isEmpty }.map { ($0.0, $0.1) }
    }

    mutating func addRun(at index: Int) {
        parts[index] += runs[index].open.map { Part(submission: $0, elements: nil) }
    }

    mutating func addRun(_ id: String) throws(CommandLineError) {
        guard let index = runs.firstIndex(where: { $0.run.id == id }) else {
            throw CommandLineError(
                code: .allocations, message: "there is no run \(HumanText.shellWord(id))",
                hint: "hayate allocations list shows the runs with jobs")
        }
        addRun(at: index)
    }

    /// - Parameter text: `4711`, `4711_3`, `4711_0-3,7`.
    mutating func addJob(_ text: String) throws(CommandLineError) {
        // As it is first: there may be an underscore in a scheduler's own name of a job.
        if let (index, submission) = find(JobID(text)) {
            parts[index].append(Part(submission: submission, elements: nil))
            return
        }
        if let underscore = text.lastIndex(of: "_"),
            let (index, submission) = find(JobID(String(text[..<underscore])))
        {
            let elements = try Self.elements(text[text.index(after: underscore)...], of: submission, text)
            parts[index].append(Part(submission: submission, elements: elements))
            return
        }
        throw CommandLineError(
            code: .allocations, message: "no run has a job \(HumanText.shellWord(text))",
            hint: "hayate allocations list shows them; others are cancelled by the scheduler's own commands")
    }

    private func find(_ job: JobID) -> (Int, RecordedSubmission)? {
        for (index, run) in runs.enumerated() {
            if let submission = run.submissions.first(where: { $0.job == job }) { return (index, submission) }
        }
        return nil
    }

    private static func elements(
        _ list: Substring, of submission: RecordedSubmission, _ text: String
    ) throws(CommandLineError) -> [Int] {
        var elements: Set<Int> = []
        for range in list.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
            guard let known = submission.submission.elements, let first = bounds.first ?? nil,
                let last = bounds.last ?? nil, first <= last, known.contains(first), known.contains(last)
            else {
                let range = submission.submission.elements.map { "elements \($0.lowerBound) to \($0.upperBound)" }
                throw CommandLineError(
                    code: .allocations, message: "\(HumanText.shellWord(text)) names no elements of its job",
                    hint: "it has \(range ?? "none"); write them as 4711_3 or 4711_0-3,7")
            }
            elements.formUnion(first...last)
        }
        return elements.sorted()
    }
}
