import HayateCluster

/// A run as its file tells of it.
public struct RecordedRun: Hashable, Sendable {
    /// With the last host that it had.
    public var run: AllocationRun
    /// Its file.
    public var path: String
    public var life: HostLife
    /// In the order of their numbers.
    public internal(set) var submissions: [RecordedSubmission] = []
    /// Whether its host has come to its end by itself.
    public internal(set) var isFinished = false
    /// Lines that say nothing, one sentence each. What was written half when the power or the process went is not
    /// among them.
    public internal(set) var problems: [String] = []

    init(run: AllocationRun, path: String, life: HostLife) {
        self.run = run
        self.path = path
        self.life = life
    }

    /// Those that the scheduler has, or may have, as far as the file knows.
    public var open: [RecordedSubmission] { submissions.filter(\.isOpen) }

    mutating func apply(_ record: AllocationRecord) {
        switch record.event {
        case .planned(let submission):
            change(submission.number) { recorded in
                if recorded.submission != submission {
                    recorded.submission = submission
                    recorded.planned = record.time
                }
                // Another try.
                if case .refused = recorded.answer { recorded.answer = .missing }
            }
        case .accepted(let number, let job): change(number) { $0.answer = .accepted(job) }
        case .refused(let number, let message):
            change(number) { submission in
                // What a scheduler has taken it has, whatever is said later of another try.
                if submission.job == nil { submission.answer = .refused(message) }
            }
        case .ended(let key, let end): change(key.submission) { $0.ends[key.element] = end }
        case .cancelled(let key): change(key.submission) { $0.cancelled[key.element] = record.time }
        case .finished: isFinished = true
        case .hosted(let host):
            run.host = host
            isFinished = false
        }
    }

    private mutating func change(_ number: UInt32, _ body: (inout RecordedSubmission) -> Void) {
        if let position = submissions.firstIndex(where: { $0.submission.number == number }) {
            return body(&submissions[position])
        }
        // Should the line with its plan be damaged, the job can still be cancelled.
        var recorded = RecordedSubmission(
            Submission(number: number, name: "", elements: nil, daemonsPerElement: 1, firstDaemon: 0), planned: 0)
        body(&recorded)
        let position = submissions.firstIndex { $0.submission.number > number } ?? submissions.endIndex
        submissions.insert(recorded, at: position)
    }
}

/// A submission as a run's file tells of it.
public struct RecordedSubmission: Hashable, Sendable {
    public enum Answer: Hashable, Sendable {
        /// Nobody knows whether the scheduler has the job; its name tells.
        case missing
        case accepted(JobID)
        case refused(String)
    }

    public var submission: Submission
    /// Seconds since 1970.
    public var planned: Int64
    public internal(set) var answer = Answer.missing
    /// The ends that are known, by element; nil: of the whole job.
    public internal(set) var ends: [Int?: JobEnd] = [:]
    /// When elements, or under nil the whole job, were cancelled.
    public internal(set) var cancelled: [Int?: Int64] = [:]

    init(_ submission: Submission, planned: Int64) {
        self.submission = submission
        self.planned = planned
    }

    public var job: JobID? {
        if case .accepted(let job) = answer { job } else { nil }
    }

    /// How many allocations it has: elements, or 1 for a job that is no array.
    public var count: Int { submission.elements?.count ?? 1 }

    /// Whether something of it may be in the queue or running.
    public var isOpen: Bool {
        if case .refused = answer { return false }
        return ends[nil] == nil && ends.count < count
    }

    /// The allocations whose end is not known.
    public var openKeys: [AllocationKey] {
        guard isOpen else { return [] }
        let elements: [Int?] = submission.elements.map { Array($0) } ?? [nil]
        return elements.filter { ends[$0] == nil }.map {
            AllocationKey(submission: submission.number, element: $0)
        }
    }
}
