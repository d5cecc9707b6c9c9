import Glibc
import HayateCluster
import HayateCore
import HayateDaemon
import HayateLaunch

/// Plans the jobs of a pool: what they ask for, and the shell that starts its daemons in them.
struct PoolPlanner: Sendable {
    let run: String
    /// Whose jobs they are.
    let user: String
    private let plan: AllocationPlan
    private let templates: TemplateLibrary
    private let directory: RunDirectory
    /// The daemon's program and options, quoted for a shell.
    private let daemon: String

    var daemonsPerAllocation: Int { plan.daemonsPerJob }

    /// - Throws: `HayateError.launchFailed` for a request that cannot be rendered.
    init(
        _ target: ClusterTarget, _ daemons: Daemons, at url: String, _ security: HostSecurity, run: String,
        _ directory: RunDirectory
    ) throws(HayateError) {
        self.run = run
        templates = target.templates
        self.directory = directory
        user = Self.userName()
        var plan = target.plan
        plan.request.directory = plan.request.directory ?? Self.workingDirectory()
        plan.request.environment = target.passedEnvironment.merging(plan.request.environment) { _, own in own }
        plan.request.environment.merge(daemons.environment) { _, own in own }
        self.plan = plan
        var options = daemons.options
        options.url = url
        options.launch = 0
        options.isReplaceable = false
        options.capturesOutput = true
        options.allowsPlaintext = daemons.allowsPlaintext
        options.credentials = security.forOtherDaemons()
        options.idleTime = options.idleTime ?? target.idleTime
        options.wallTime = options.wallTime ?? plan.daemonWallTime
        let program = target.site.runtime.daemon ?? daemons.executable ?? Entry.executablePath
        daemon = ShellText.command([program] + daemons.arguments + [DaemonOptions.marker] + options.arguments)
        do throws(ClusterError) {
            // What is wrong with the request is said now, and not when the first daemon is missed.
            _ = try jobs(1, firstSubmission: 1, firstDaemon: 0)
        } catch {
            throw HayateError(.launchFailed, error.description)
        }
    }

    /// The jobs of so many allocations.
    func jobs(
        _ allocations: Int, firstSubmission: UInt32, firstDaemon: Int
    ) throws(ClusterError) -> [PlannedJob] {
        let pieces = try plan.pieces(
            daemons: allocations * plan.daemonsPerJob, run: run, firstSubmission: firstSubmission,
            firstDaemon: firstDaemon
        ) { submission in
            DaemonScript.text(daemon: daemon, of: submission, on: plan.cluster.scheduler)
        }
        var jobs: [PlannedJob] = []
        for var piece in pieces {
            let isArray = piece.submission.elements != nil
            piece.plan.request.output = piece.plan.request.output ?? directory.output(isArray: isArray)
            jobs.append(
                PlannedJob(
                    submission: piece.submission, plan: piece.plan,
                    rendered: try JobRenderer.render(piece.plan, templates), planned: Int64(time(nil))))
        }
        return jobs
    }

    private static func userName() -> String {
        guard let entry = getpwuid(geteuid()) else { return String(geteuid()) }
        return String(cString: entry.pointee.pw_name)
    }

    private static func workingDirectory() -> String? {
        guard let path = getcwd(nil, 0) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }
}
