import ArgumentParser
import Hayate
import HayateCluster
import HayateLaunch

/// `hayate allocations clean`.
struct AllocationsCleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean",
        abstract: "Clean up after runs whose host is gone.",
        usage: "hayate allocations clean [options]",
        discussion: """
            Cancels what such a run still has in the queue or running, and removes its file
            and the directory with its jobs' logs. Runs that live are left alone, and so
            are those of which this machine cannot tell, unless they are named with --run.
            What cannot be cancelled keeps its file for the next time.
            """)

    @Flag(help: "Say what would be done, and do nothing but ask the schedulers.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Clean up after this run alone, also if it cannot be told whether it lives. May be given several times.",
            valueName: "id"))
    var run: [String] = []

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let session = try AllocationsSession(login)
        let runs = try chosen(of: session.runs(), session)
        let answers = await ClusterQueries(transport: session.transport).status(of: runs)
        for run in runs { await clean(run, answers[ClusterQueries.cluster(of: run)], session) }
        if runs.isEmpty { session.say("nothing to clean up") }
        try session.finish()
    }

    private func chosen(of runs: [RecordedRun], _ session: AllocationsSession) throws -> [RecordedRun] {
        for id in run where !runs.contains(where: { $0.run.id == id }) {
            throw CommandLineError(
                code: .allocations, message: "there is no run \(HumanText.shellWord(id))",
                hint: "hayate allocations list shows the runs with jobs")
        }
        return runs.filter { candidate in
            let isNamed = run.contains(candidate.run.id)
            guard isNamed || run.isEmpty else { return false }
            switch candidate.life {
            case .gone: return true
            case .alive:
                if isNamed { session.fail("\(candidate.title) lives: end it, or use hayate allocations cancel") }
                return false
            case .unknown(let why):
                if !isNamed { session.note("\(candidate.title) is left alone: \(why)") }
                return isNamed
            }
        }
    }

    private func clean(
        _ run: RecordedRun, _ answer: ClusterQueries.Answer?, _ session: AllocationsSession
    ) async {
        let canceller = AllocationCanceller(session: session)
        var toCancel: [CancellationChoice.Part] = []
        // Processes of this machine end with their host.
        if run.run.cluster.scheduler != .local {
            if case .unknown(let reason)? = answer {
                return session.fail("\(run.title) is left as it is, as its jobs' states are not known: \(reason)")
            }
            toCancel = run.open.filter { submission in
                submission.job == nil || AllocationSummary(submission, of: run, answer).isQueued == true
            }.map { CancellationChoice.Part(submission: $0, elements: nil) }
        }
        guard !dryRun else {
            for part in toCancel {
                let verb = part.submission.job == nil ? "would look for, and cancel," : "would cancel"
                session.say("\(verb) \(part.submission.title) of \(run.title)")
            }
            session.say("would remove \(run.title)")
            return
        }
        guard await canceller.cancel(toCancel, of: run) else { return }
        do {
            try await LogDirectory.remove(of: run.run, session)
            try session.registry.remove(run.run.id)
            session.say("removed \(run.title)")
        } catch {
            session.fail("\(error)")
        }
    }
}
