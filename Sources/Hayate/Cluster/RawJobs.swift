import Dispatch
import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import Logging
import Synchronization

/// The jobs that commands of the user's own have submitted: written down, and cancelled with their pool.
///
/// The scheduler is not asked after them: what is lost is not replaced.
final class RawJobs: Sendable {
    /// The jobs of one scheduler.
    private struct Run {
        var journal: AllocationJournal
        var reader: any AnswerReader
        var next: UInt32 = 1
        var jobs: [UInt32: JobID] = [:]
    }

    private struct State {
        var runs: [ClusterProfile: Run] = [:]
        var isEnding = false
    }

    private let state = Mutex(State())
    private let commands: any CommandTransport
    /// nil: the user's.
    private let registry: AllocationRegistry?
    /// Everything that waits for the disk.
    private let writing = DispatchQueue(label: "hayate.raw-jobs")
    private static let log = Logger(label: "hayate.cluster")

    init(commands: any CommandTransport = LocalCommands(), registry: AllocationRegistry? = nil) {
        self.commands = commands
        self.registry = registry
    }

    /// Submits one job.
    /// - Throws: `HayateError.launchFailed` with the scheduler's words, or `.closed`.
    func submit(_ remote: RemoteConfiguration, script: String) async throws(HayateError) -> JobID {
        let cluster = try remote.cluster { name in getenv(name).map { String(cString: $0) } }
        let number = try await plan(on: cluster)
        var line = CommandLine(["/bin/sh", "-c", remote.command])
        line.standardInput = script
        line.timeLimit = cluster.commands.timeout
        let answer = await commands.run(line)
        var found = (cluster: cluster, answer: Self.read(answer, of: cluster))
        if remote.scheduler == nil, let other = Self.otherQsub(cluster) {
            let read = Self.read(answer, of: other)
            if case .accepted = read, !Self.isAccepted(found.answer) { found = (other, read) }
        }
        switch found.answer {
        case .accepted(let job):
            try await accept(job, number, planned: cluster, on: found.cluster)
            return job
        case .refused(let text), .tryLater(let text):
            await write([.refused(number, text)], on: cluster)
            throw HayateError(.launchFailed, "\(remote.program) refused a job: \(text)")
        case .unclear(let text):
            throw HayateError(
                .launchFailed,
                "whether \(remote.program) has submitted a job is not known: \(text); look into the queue")
        }
    }

    /// Cancels the jobs, or leaves them to `hayate allocations`. Idempotent.
    func end(cancelling: Bool) async {
        let runs = state.withLock { state in
            defer { state.runs.removeAll() }
            state.isEnding = true
            return Array(state.runs.values)
        }
        for run in runs {
            var events: [AllocationEvent] = []
            if cancelling, !run.jobs.isEmpty {
                if let failure = await cancel(Array(run.jobs.values), run.reader) {
                    Self.log.warning(
                        "\(run.jobs.count) jobs could not be cancelled (\(failure)): run 'hayate allocations clean' later")
                } else {
                    events = run.jobs.keys.map {
                        .ended(AllocationKey(submission: $0, element: nil), JobEnd(.cancelled(by: AllocationLedger.canceller)))
                    }
                }
            }
            await perform { [events] () throws(RegistryError) in
                try run.journal.write(events)
                try run.journal.finish()
            }
        }
    }

    /// The same for a pool that nobody waits for.
    func endLater(cancelling: Bool) {
        guard state.withLock({ !$0.runs.isEmpty }) else { return }
        Task { await end(cancelling: cancelling) }
    }

    private func cancel(_ jobs: [JobID], _ reader: any AnswerReader) async -> String? {
        var failure: String?
        for line in reader.cancellations(of: jobs.map { JobElement($0) }) {
            let answer = await commands.run(line)
            failure = failure ?? reader.readCancellation(answer)
        }
        return failure
    }

    // MARK: What the answers mean

    private static func read(_ answer: CommandAnswer, of cluster: ClusterProfile) -> SubmitAnswer {
        cluster.answerReader?.readSubmission(answer) ?? .refused("there is no scheduler")
    }

    private static func isAccepted(_ answer: SubmitAnswer) -> Bool {
        if case .accepted = answer { true } else { false }
    }

    /// The scheduler that has a `qsub` as well, whose answers look different.
    private static func otherQsub(_ cluster: ClusterProfile) -> ClusterProfile? {
        var other = cluster
        switch cluster.scheduler {
        case .gridEngine: other.scheduler = .pbsPro
        case .pbsPro, .torque: other.scheduler = .gridEngine
        case .slurm, .lsf, .local: return nil
        }
        return other
    }

    // MARK: The registry

    /// Writes down that a job will be submitted, before the scheduler hears of it.
    private func plan(on cluster: ClusterProfile) async throws(HayateError) -> UInt32 {
        let planned = await withCheckedContinuation { continuation in
            writing.async { [self] in
                do throws(HayateError) {
                    continuation.resume(returning: Result<UInt32, HayateError>.success(try planNow(cluster)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try planned.get()
    }

    /// On the queue.
    private func planNow(_ cluster: ClusterProfile) throws(HayateError) -> UInt32 {
        let (known, isEnding) = state.withLock { ($0.runs[cluster], $0.isEnding) }
        guard !isEnding else { throw HayateError(.closed, "the pool is closed") }
        do throws(RegistryError) {
            let run: Run
            if let known {
                run = known
            } else {
                guard let reader = cluster.answerReader else {
                    throw RegistryError("there is no scheduler that could be asked")
                }
                let place = AllocationRun.ofThisProcess(
                    site: "raw", clusterName: cluster.scheduler.rawValue, cluster: cluster, logDirectory: nil)
                let registry = if let own = registry { own } else { try AllocationRegistry.default() }
                run = Run(journal: try registry.begin(place), reader: reader)
            }
            // The script says how the job is called, and whether it is an array.
            try run.journal.planned(
                HayateCluster.Submission(
                    number: run.next, name: "", elements: nil, daemonsPerElement: 1, firstDaemon: Int(run.next) - 1))
            state.withLock { state in
                if state.runs[cluster] == nil { state.runs[cluster] = run }
                state.runs[cluster]?.next += 1
            }
            return run.next
        } catch {
            throw HayateError(.launchFailed, error.message)
        }
    }

    private func accept(
        _ job: JobID, _ number: UInt32, planned: ClusterProfile, on cluster: ClusterProfile
    ) async throws(HayateError) {
        var number = number
        if cluster != planned {
            await write([.refused(number, "the job is \(cluster.facts.title)'s")], on: planned)
            number = try await plan(on: cluster)
        }
        let isLate = state.withLock { state in
            state.runs[cluster]?.jobs[number] = job
            return state.isEnding
        }
        guard isLate else { return await write([.accepted(number, job)], on: cluster) }
        // The pool was closed while the scheduler answered: nobody else cancels it.
        if let reader = cluster.answerReader, let failure = await cancel([job], reader) {
            throw HayateError(.closed, "the pool is closed, and its job \(job.text) could not be cancelled: \(failure)")
        }
        throw HayateError(.closed, "the pool is closed")
    }

    private func write(_ events: [AllocationEvent], on cluster: ClusterProfile) async {
        guard let journal = state.withLock({ $0.runs[cluster]?.journal }) else { return }
        await perform { () throws(RegistryError) in try journal.write(events) }
    }

    /// On the queue; what goes wrong is said.
    private func perform(_ body: @escaping @Sendable () throws(RegistryError) -> Void) async {
        await withCheckedContinuation { continuation in
            writing.async {
                do throws(RegistryError) { try body() } catch { Self.log.warning("\(error.message)") }
                continuation.resume()
            }
        }
    }
}
