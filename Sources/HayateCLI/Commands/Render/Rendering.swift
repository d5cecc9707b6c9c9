import Foundation
import Hayate
import HayateCluster
import HayateLaunch

/// From the options of `hayate render` to scripts.
struct Rendering {
    /// More than one where an array is larger than the site allows.
    let jobs: [RenderedJob]
    let notes: [String]

    /// - Throws: `CommandLineError` for whatever stands in the way of the script.
    init(_ command: RenderCommand, command text: String) async throws {
        let sources = try command.job.sources()
        let wishes = sources.dropFirst().reduce(sources[0].request) { $0.completed(from: $1.request) }
        do {
            let found = command.scheduler == nil ? try await Self.site(command.place) : nil
            let settings = found?.settings
            var site = settings?.profile ?? Self.generic(command.scheduler ?? .local)
            // No daemon's time is planned here: the job may be as short as it likes.
            site.runtime.wallTimeMargin = .zero
            let planner = try JobPlanner(
                site, profile: command.profile, cluster: command.cluster, variables: ProcessInfo.processInfo.environment)
            let allocation = try planner.allocation(for: wishes)
            var plans = try allocation.jobs(run: "job", command: text).map(\.plan)
            // The unique part of the name is for what is submitted.
            if plans.count == 1 { plans[0].name = allocation.request.name ?? "hayate" }
            let origins = RequestOrigins(sources, settings, planner, queue: allocation.request.queue)
            let library = try SiteTemplates.library(of: planner, settings, request: wishes)
            var jobs: [RenderedJob] = []
            for plan in plans { jobs.append(try JobRenderer.render(plan, library, origins: origins.places)) }
            self.jobs = jobs
            let which = found.flatMap { $0.reason == "named" ? nil : "the site is \($0.settings.profile.id): \($0.reason)" }
            notes = [which].compactMap(\.self) + (plans.count > 1
                ? ["\(plans.count) jobs, as no array here has that many elements; in each of them the indices begin anew"] : [])
                + (jobs.first?.notes ?? [])
        } catch let error as ClusterError {
            throw CommandLineError(error)
        } catch let faults as SettingFaults {
            throw CommandLineError(faults)
        }
    }

    /// The site that is named, by its name or its file, or the one that this machine fits.
    private static func site(_ place: SiteOptions) async throws -> FoundSite {
        guard let file = place.site, file.contains("/") || file.hasSuffix(".yaml") else { return try place.find() }
        let catalogue = try ProgramEnvironment.current.siteFinder().catalogue(settings: place.settings, files: [file]).catalogue
        let entry = catalogue.entries.first { $0.layers.contains { $0.origin.source == file } || !$0.faults.isEmpty }
        guard let entry else { throw CommandLineError.cannotRead(file, "it holds no site") }
        return FoundSite(try catalogue.settings(of: entry.id), reason: "named")
    }

    /// A scheduler without a site.
    private static func generic(_ kind: SchedulerKind) -> SiteProfile {
        var site = SiteProfile(id: kind.rawValue)
        site.clusters["main"] = ClusterProfile(kind)
        return site
    }
}

/// How `hayate render` shows a script.
enum RenderReport {
    static func text(_ job: RenderedJob, of count: Int, _ index: Int, _ environment: ProgramEnvironment) {
        environment.write(job.script, to: environment.output)
        let which = count > 1 ? " (\(index + 1) of \(count))" : ""
        environment.write("hayate: submit it\(which) with: \(submission(job))\n", to: environment.error)
    }

    static func explanation(_ job: RenderedJob, _ environment: ProgramEnvironment) {
        let width = min(40, job.lines.map(\.origin.count).max() ?? 0)
        for line in job.lines {
            let padding = String(repeating: " ", count: max(0, width - line.origin.count))
            environment.write("\(line.origin)\(padding) | \(line.text)\n", to: environment.output)
        }
        environment.write("submission: \(submission(job))\n", to: environment.output)
        for name in job.submission.unset { environment.write("without the variable \(name)\n", to: environment.output) }
    }

    static func json(_ job: RenderedJob, _ environment: ProgramEnvironment) {
        var text = JSONText()
        text.beginObject()
        text.field("script", job.script)
        text.field("lines", job.lines.map(\.text))
        text.field("origins", job.lines.map(\.origin))
        text.field("submission", job.submission.words)
        text.field("via", job.submission.standardInput == nil ? "file" : "stdin")
        let variables = job.submission.environment.sorted { $0.key < $1.key }
        text.field("environment", keys: variables.map(\.key), values: variables.map(\.value))
        text.field("unset", job.submission.unset)
        if let output = job.output { text.field("output", output) }
        text.field("notes", job.notes)
        text.endObject()
        text.endLine()
        environment.write(String(decoding: text.bytes, as: UTF8.self), to: environment.output)
    }

    private static func submission(_ job: RenderedJob) -> String {
        let variables = job.submission.environment.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(HumanText.shellWord($0.value)) " }.joined()
        return variables + HumanText.command(job.submission.words) + (job.submission.standardInput == nil ? " SCRIPT" : " < SCRIPT")
    }
}
