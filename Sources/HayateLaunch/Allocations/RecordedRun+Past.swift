import HayateCluster
import HayateCore

extension RecordedRun {
    /// What a ledger needs to go on with the run. What the scheduler refused is not among it.
    /// - Parameters:
    ///   - now: the present instant on the ledger's clock.
    ///   - time: the same in seconds since 1970.
    public func past(at now: Instant, time: Int64) -> [PastSubmission] {
        submissions.compactMap { recorded in
            if case .refused = recorded.answer { return nil }
            let age = Duration.seconds(max(0, time - recorded.planned))
            let number = recorded.submission.number
            let elements: [Int?] = recorded.submission.elements.map { Array($0) } ?? [nil]
            var ends: [AllocationKey: JobEnd] = [:]
            for element in elements {
                ends[AllocationKey(submission: number, element: element)] = recorded.ends[element] ?? recorded.ends[nil]
            }
            return PastSubmission(
                recorded.submission, job: recorded.job, planned: now.advanced(by: -age.nanoseconds), ends: ends)
        }
    }

    /// Above all numbers of submissions that were used.
    public var nextSubmission: UInt32 { (submissions.last?.submission.number ?? 0) + 1 }

    /// Above the indices of all daemons that were asked for.
    public var nextDaemon: Int {
        submissions.map { recorded in
            recorded.submission.firstDaemon + recorded.count * recorded.submission.daemonsPerElement
        }.max() ?? 0
    }
}
