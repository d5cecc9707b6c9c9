import ArgumentParser
import HayateCluster
import HayateLaunch

/// `hayate site generate`.
struct SiteGenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a site's file from what the scheduler of this machine tells.",
        discussion: """
            Asks the scheduler for its queues, limits, arrays and machines, and writes a file
            to standard output in which every value names the command that told it. What
            could not be found out is told on standard error, and at the file's end. Nothing
            is submitted. Run it on a login node:

              hayate site generate > ~/.config/hayate/site-config/mysite.yaml
            """)

    @Option(
        help: ArgumentHelp(
            "The site's short name; without it the scheduler's own for "
                + "the cluster.", valueName: "name"))
    var id: String?
    @Option(
        help: ArgumentHelp(
            "Which scheduler to ask: slurm, sge, pbspro, torque or lsf; without it the one whose commands are here.",
            valueName: "kind"))
    var scheduler: SchedulerKind?

    func validate() throws {
        if let id, !SiteDraft.isIdentifier(id) {
            throw ValidationError(
                "--id '\(id)' is no short name; use small letters, digits, - and _, as in 'narval'.")
        }
    }

    func run() async throws {
        try await SiteAnswer.reporting(.text) {
            let finder = ProgramEnvironment.current.siteFinder()
            let surveyor = SchedulerSurveyor(finder: finder)
            let kind: SchedulerKind
            if let scheduler { kind = scheduler } else { kind = try await surveyor.find() }
            let draft = try await surveyor.survey(ClusterProfile(kind))
            let host = finder.hostNames.max { $0.utf8.count < $1.utf8.count }
            SiteAnswer.print(draft.yaml(id: id, host: host))
            SiteAnswer.note(draft.unknown.map { "not found out: \($0)" })
        }
    }
}
