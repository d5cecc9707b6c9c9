import Hayate
import HayateCluster
import HayateLaunch

/// Cancels jobs of a run, writes that down, and says it.
struct AllocationCanceller {
    let session: AllocationsSession

    private var queries: ClusterQueries { ClusterQueries(transport: session.transport) }

    /// - Returns: whether nothing of them is left to cancel, as far as can be told.
    func cancel(_ parts: [CancellationChoice.Part], of run: RecordedRun) async -> Bool {
        var isClear = true
        var cancelled: [(part: CancellationChoice.Part, elements: [JobElement])] = []
        for part in parts {
            switch await job(of: part.submission, run) {
            case .success(let job?):
                let elements = part.elements.map { $0.map { JobElement(job, index: $0) } } ?? [JobElement(job)]
                cancelled.append((part, elements))
            case .success(nil): break
            case .failure: isClear = false
            }
        }
        guard !cancelled.isEmpty else { return isClear }
        let failures = await queries.cancel(cancelled.flatMap(\.elements), on: run.run.cluster)
        var events: [AllocationEvent] = []
        for (part, elements) in cancelled {
            guard let job = elements.first?.job else { continue }
            let title = Self.title(job, part)
            if let failure = elements.lazy.compactMap({ failures[$0] }).first {
                isClear = false
                session.fail("\(title) of \(run.title) is not cancelled: \(failure)")
                continue
            }
            session.say("cancelled \(title) of \(run.title)")
            events += elements.map {
                .cancelled(AllocationKey(submission: part.submission.submission.number, element: $0.index))
            }
        }
        write(events, to: run)
        return isClear
    }

    private struct NotKnown: Error {}

    /// Its id; nil if the scheduler does not have it. A submission without an answer is looked for by its name.
    private func job(of submission: RecordedSubmission, _ run: RecordedRun) async -> Result<JobID?, NotKnown> {
        if let job = submission.job { return .success(job) }
        guard submission.isOpen else { return .success(nil) }
        let number = submission.submission.number
        switch await queries.search(for: submission.submission.name, on: ClusterQueries.cluster(of: run)) {
        case .found(let job):
            write([.accepted(number, job)], to: run)
            return .success(job)
        case .absent where run.life == .alive:
            session.fail(
                "\(submission.title) of \(run.title) is not in the queue, and its host lives: try again in a minute")
            return .failure(NotKnown())
        case .absent:
            session.say("\(submission.title) of \(run.title) was never submitted, or is over")
            write([.refused(number, "not in the queue after its host was gone")], to: run)
            return .success(nil)
        case .failed(let reason):
            session.fail("\(submission.title) of \(run.title) cannot be looked for: \(reason)")
            return .failure(NotKnown())
        }
    }

    private func write(_ events: [AllocationEvent], to run: RecordedRun) {
        do throws(RegistryError) {
            try session.registry.open(run.run.id).write(events)
        } catch {
            session.fail(error.message)
        }
    }

    private static func title(_ job: JobID, _ part: CancellationChoice.Part) -> String {
        guard let elements = part.elements else { return part.submission.title(as: job) }
        let list = elements.map(String.init).joined(separator: ",")
        let submission = part.submission
        return "\(elements.count == 1 ? "element" : "elements") \(list) of job \(job) (\(submission.submission.name))"
    }
}
