import ArgumentParser
import Foundation
import Hayate
import HayateCluster
import HayateLaunch

/// `hayate site doctor`.
struct SiteDoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Try out a site's profile on the spot.",
        usage: "hayate site doctor [options] [<site|file>]",
        discussion: """
            Each check is a line: ok, warning or failed, with what to do about it. Looks for the
            scheduler's commands, compares queues and limits with its own, has it look at a
            job without running it, asks the accounting, compares clocks, and chooses the
            address that daemons dial. Where the commands are reached by SSH, all is
            looked at over there. With --submit one job of one daemon is run, which
            shows whether machines of the cluster reach this one; Ctrl-C cancels it.
            The exit code is 1 if a check failed.
            """)

    @Argument(help: ArgumentHelp("The site, or a file; without it the site where you are.", valueName: "site|file"))
    var name: String?
    @Option(help: ArgumentHelp("One of the site's profiles.", valueName: "name"))
    var profile: String?
    @Option(help: ArgumentHelp("One of the site's clusters.", valueName: "name"))
    var cluster: String?
    @Flag(help: "Run one small job on the cluster.")
    var submit = false
    @Option(help: ArgumentHelp("How long that job may wait and run, such as 10m.", valueName: "time"))
    var wait = "5m"
    @OptionGroup var site: SiteOptions
    @OptionGroup var login: LoginOptions
    @OptionGroup var answer: ReportOptions

    private struct Row: Encodable {
        var check: String
        var outcome: String
        var message: String
        var remedy: String?
    }

    func validate() throws { _ = try TimeLength.parse(wait) }

    func run() async throws {
        try await SiteAnswer.reporting(answer.output) {
            let finder = ProgramEnvironment.current.siteFinder()
            let isFile = name.map { $0.hasSuffix(".yaml") || $0.contains("/") } ?? false
            let files = isFile ? [name].compactMap(\.self) : []
            let (catalogue, notes) = try finder.catalogue(settings: site.settings, files: files)
            if answer.output == .text { SiteAnswer.note(notes) }
            let found: FoundSite
            if let file = files.first {
                let faults = catalogue.faults(ofFile: file)
                guard faults.isEmpty else { throw SettingFaults(faults) }
                let id = catalogue.entries.first { $0.layers.contains { $0.origin.source == file } }?.id
                guard let id else { throw SettingFaults([ClusterError("it holds no site", at: file)]) }
                found = FoundSite(try catalogue.settings(of: id), reason: "the file")
            } else {
                found = try finder.find(name ?? site.site, in: catalogue)
            }
            let settings = found.settings.profile
            let planner = try JobPlanner(settings, profile: profile, cluster: cluster, variables: finder.variables)
            var checks: [SiteCheck] = []
            let tell: (SiteCheck) -> Void = { check in
                checks.append(check)
                if answer.output == .text { SiteAnswer.print(Self.line(check)) }
            }
            if answer.output == .text {
                SiteAnswer.print("\(settings.id), cluster \(planner.clusterName) (\(found.reason))\n")
            }
            let connector = ProgramEnvironment.current.connector(login.ssh)
            do throws(ClusterError) {
                let surveyor = try await SchedulerSurveyor(
                    finder: finder, at: planner.cluster.access, by: connector)
                await SiteDoctor(planner, found.settings, surveyor).run(tell)
            } catch {
                tell(
                    SiteCheck(
                        "commands", .failed, error.description,
                        remedy: "correct clusters.\(planner.clusterName).access"))
            }
            // A job would only say the same again.
            let isHopeless = checks.contains { $0.name == "commands" && $0.outcome == .failed }
            if submit, !isHopeless {
                if cluster != nil {
                    tell(
                        SiteCheck(
                            "dial-in", .skipped, "a pool chooses its cluster by a profile",
                            remedy: "name a profile of the site that says 'cluster: \(planner.clusterName)', with "
                                + "--profile"))
                } else {
                    var place = SitePlace(
                        profile.map { "\(settings.id)/\($0)" } ?? settings.id, daemons: 1...1, settings: site.settings)
                    place.files = files
                    let probe = SiteProbe(
                        place: place, connector: connector, directory: settings.runtime.sharedDirectory,
                        timeLimit: try TimeLength.parse(wait))
                    try await probe.run(tell)
                }
            }
            if answer.output == .json {
                try SiteAnswer.json(
                    checks.map {
                        Row(check: $0.name, outcome: $0.outcome.rawValue, message: $0.message, remedy: $0.remedy)
                    })
            }
            if checks.contains(where: { $0.outcome == .failed }) { throw ExitCode(ExitStatus.failures) }
        }
    }

    private static func line(_ check: SiteCheck) -> String {
        let word = check.outcome.rawValue
        let remedy = check.remedy.map { ": \($0)" } ?? ""
        return word + String(repeating: " ", count: max(1, 9 - word.count))
            + "\(check.name): \(check.message)\(remedy)\n"
    }
}
