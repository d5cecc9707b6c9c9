import Glibc
import HayateCluster
import HayateCore
import HayateDaemon

/// Plans the jobs of a pool: what they ask for, and the shell that starts its daemons in them.
struct PoolPlanner: Sendable {
    let run: String
    let place: JobPlace
    /// Whose jobs they are.
    var user: String { place.user }
    private let plan: AllocationPlan
    private let templates: TemplateLibrary
    /// The daemon's program and options, quoted for a shell.
    private let daemon: String

    /// - Throws: `HayateError.launchFailed` for a request that cannot be rendered.
    init(_ target: ClusterTarget, _ daemons: Daemons, run: String, at place: JobPlace) throws(HayateError) {
        self.run = run
        self.place = place
        templates = target.templates
        var plan = target.plan
        plan.request.directory = plan.request.directory ?? place.workingDirectory
        plan.request.environment = place.environment.merging(plan.request.environment) { _, own in own }
        plan.request.environment.merge(daemons.environment) { _, own in own }
        self.plan = plan
        var options = daemons.options
        options.url = place.url
        options.launch = 0
        options.isReplaceable = false
        options.capturesOutput = true
        options.allowsPlaintext = daemons.allowsPlaintext
        options.credentials = place.credentials
        options.idleTime = options.idleTime ?? target.idleTime
        options.wallTime = options.wallTime ?? plan.daemonWallTime
        if let lease = daemons.durability?.lease {
            // Also those whose jobs start while no host lives wait for the next one.
            options.lease = lease
            options.connectWithin = max(options.connectWithin, lease)
            // The scheduler tells of the end of a daemon that is alone in its job. Of others nobody does.
            if plan.daemonsPerJob == 1 { options.reconnectWithin = options.reconnectWithin ?? lease }
        }
        daemon = ShellText.command(place.program + [DaemonOptions.marker] + options.arguments)
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
            piece.plan.request.output = piece.plan.request.output ?? RunDirectory.output(in: place.logs, isArray: isArray)
            jobs.append(
                PlannedJob(
                    submission: piece.submission, rendered: try JobRenderer.render(piece.plan, templates),
                    planned: Int64(time(nil))))
        }
        return jobs
    }
}
