import ArgumentParser
import Foundation
import Hayate
import HayateLaunch

/// `hayate allocations list`.
struct AllocationsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the jobs of all runs.",
        usage: "hayate allocations list [options]",
        discussion: """
            The states are the scheduler's own of this moment, from one query for each
            cluster. Four words are ours:

              ended        the run knows of its end
              gone         no longer in the queue, and nobody knows how it ended
              unanswered   the run stopped before it had an answer to its submission;
                           cancel and clean look for the job by its name
              unknown      the scheduler was not asked, or did not answer

            With --output json each job is an object on a line of its own.
            """)

    @Flag(help: "Ask no scheduler.")
    var offline = false

    @Option(help: ArgumentHelp("How to write: text or json.", valueName: "format"))
    var output = ReportForm.text

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let session = try AllocationsSession(login)
        let runs = try session.runs()
        let queries = ClusterQueries(transport: session.transport)
        let answers = offline ? [:] : await queries.status(of: runs)
        for (cluster, answer) in answers {
            guard case .unknown(let reason) = answer else { continue }
            let sites = Set(runs.filter { ClusterQueries.cluster(of: $0) == cluster }.map(\.run.site))
            session.fail("the states of the jobs at \(sites.sorted().joined(separator: ", ")) are not known: \(reason)")
        }
        let summaries = runs.flatMap { run in
            run.open.map { AllocationSummary($0, of: run, answers[ClusterQueries.cluster(of: run)]) }
        }
        let now = Int64(Date().timeIntervalSince1970)
        switch output {
        case .json:
            var lines = JSONText()
            for summary in summaries { summary.write(to: &lines, now: now) }
            session.environment.write(String(decoding: lines.bytes, as: UTF8.self), to: session.environment.output)
        case .text:
            Self.table(of: summaries, now: now).forEach(session.say)
            let leftOver = runs.count { $0.open.isEmpty && $0.life == .gone }
            if leftOver > 0 {
                session.note("\(leftOver) old \(leftOver == 1 ? "run has" : "runs have") nothing left; "
                    + "hayate allocations clean removes what is kept of that")
            }
        }
        try session.finish()
    }

    private static func table(of summaries: [AllocationSummary], now: Int64) -> [String] {
        guard !summaries.isEmpty else { return ["no jobs"] }
        let heading = ["RUN", "SITE", "JOB", "NAME", "ELEMENTS", "AGE", "HOST", "STATE"]
        let rows = summaries.map { summary in
            let submission = summary.submission
            return [
                summary.run.run.id, summary.run.run.site, submission.job?.text ?? "?", submission.submission.name,
                summary.elementsText, HumanText.time(seconds: Double(max(0, now - submission.planned))),
                summary.hostText, summary.stateText,
            ]
        }
        return TextTable.lines([heading] + rows)
    }
}
