import Glibc
import HayateCluster
import HayateCore
import HayateDaemon
import HayateLaunch

/// Plans the jobs of a pool: what they ask for, and the shell that starts its daemons in them.
struct PoolPlanner: Sendable {
    let target: ClusterTarget
    let run: String
    /// Whose jobs they are.
    let user: String
    let daemonsPerAllocation: Int
    private let templates: TemplateLibrary
    private let directory: RunDirectory
    /// The daemon's program and options, quoted for a shell.
    private let daemon: String
    private let request: JobRequest

    /// - Throws: `HayateError.launchFailed` for a request that no queue takes, or that cannot be rendered.
    init(
        _ target: ClusterTarget, _ daemons: Daemons, at url: String, _ security: HostSecurity, run: String,
        _ directory: RunDirectory
    ) throws(HayateError) {
        self.target = target
        self.run = run
        self.directory = directory
        user = Self.userName()
        daemonsPerAllocation = target.profile.daemonsPerJob ?? target.request.tasksPerNode ?? 1
        do throws(ClusterError) {
            templates = try TemplateLibrary()
        } catch {
            throw HayateError(.launchFailed, error.description)
        }
        var request = target.request
        request.directory = request.directory ?? Self.workingDirectory()
        request.environment = target.passedEnvironment.merging(request.environment) { _, own in own }
        request.environment.merge(daemons.environment) { _, own in own }
        if daemonsPerAllocation > 1 { request.tasksPerNode = daemonsPerAllocation }
        self.request = request
        var options = daemons.options
        options.url = url
        options.launch = 0
        options.isReplaceable = false
        options.capturesOutput = true
        options.allowsPlaintext = daemons.allowsPlaintext
        options.credentials = security.forOtherDaemons
        options.idleTime = options.idleTime ?? target.profile.idleTime
        let limit = try target.wallTime(of: request)
        if options.wallTime == nil, let limit { options.wallTime = target.daemonTime(of: limit) }
        let program = target.site.runtime.daemon ?? daemons.executable ?? Entry.executablePath
        daemon = ShellText.command([program] + daemons.arguments + [DaemonOptions.marker] + options.arguments)
        // What is wrong with the request is said now, and not when the first daemon is missed.
        do throws(ClusterError) { _ = try jobs(1, firstSubmission: 1, firstDaemon: 0) } catch {
            throw HayateError(.launchFailed, error.description)
        }
    }

    /// The jobs of so many allocations.
    func jobs(
        _ allocations: Int, firstSubmission: UInt32, firstDaemon: Int
    ) throws(ClusterError) -> [PlannedJob] {
        let base = target.cluster.facts.indexBase
        let isArray = allocations >= max(2, target.cluster.facts.fewestElements)
        let name = "hayate-\(run)-\(firstSubmission)"
        let submission = HayateCluster.Submission(
            number: firstSubmission, name: name, elements: isArray ? base...base + allocations - 1 : nil,
            daemonsPerElement: daemonsPerAllocation, firstDaemon: firstDaemon)
        var request = request
        request.array = isArray ? ArrayRequest(allocations, throttle: target.cluster.submission.throttle) : nil
        request.output = request.output ?? directory.output(isArray: isArray)
        let plan = JobPlan(
            request: request, name: name,
            command: DaemonScript.text(daemon: daemon, of: submission, on: target.cluster.scheduler),
            cluster: target.cluster, runtime: target.site.runtime, site: target.site.id)
        return [
            PlannedJob(
                submission: submission, plan: plan, rendered: try JobRenderer.render(plan, templates),
                planned: Int64(time(nil)))
        ]
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
