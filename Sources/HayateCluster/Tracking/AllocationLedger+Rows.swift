import HayateCore

/// One allocation as people see it.
public struct AllocationRow: Hashable, Sendable {
    /// How far its submission is.
    public enum Stage: Hashable, Sendable {
        /// It waits for its submission.
        case waiting
        case submitting
        /// The submission was not answered, and the job is looked for by its name.
        case unclear
        /// The scheduler has it.
        case accepted
        /// It was never accepted.
        case over
    }

    public var key: AllocationKey
    /// The job's name.
    public var name: String
    public var stage: Stage
    /// nil: no id is known.
    public var element: JobElement?
    public var state: JobState
    /// Why it waits, in the scheduler's words.
    public var reason: String?
    public var node: String?
    /// Since when it runs, as far as is known; nil: it waits.
    public var started: Instant?
    /// Its daemons that are connected, and how many it should have.
    public var present: Int
    public var daemons: Int
    /// How often it was put back into the queue after it ran.
    public var requeues: Int
    /// It is not in the queue's list, and its end is being looked for.
    public var isMissing: Bool
    public var isBeingCancelled: Bool
    /// It runs for too long without all of its daemons.
    public var isOverdue: Bool
    /// It was seen alive after its end.
    public var isStray: Bool
    public var end: JobEnd?

    /// Whether the scheduler says that it waits, and it has not run.
    public var isInQueue: Bool {
        stage == .accepted && end == nil && started == nil && (state == .pending || state == .held)
    }
}

extension AllocationLedger {
    /// All allocations, submission by submission, with those of the last submissions that have ended.
    public var rows: [AllocationRow] {
        order.flatMap { number in
            submissions[number].map { record in record.allocations.indices.map { row($0, of: record) } } ?? []
        }
    }

    public func row(_ key: AllocationKey) -> AllocationRow? {
        guard let record = submissions[key.submission], let offset = record.offset(of: key) else { return nil }
        return row(offset, of: record)
    }

    /// Those in the line and those at the scheduler, and the last that have ended; nil: forgotten, or never there.
    public func submission(_ number: UInt32) -> Submission? { submissions[number]?.submission }

    /// The scheduler's id of a submission; nil: not known.
    public func job(of number: UInt32) -> JobID? { submissions[number]?.job }

    private func row(_ offset: Int, of record: SubmissionRecord) -> AllocationRow {
        let allocation = record.allocations[offset]
        let key = record.key(offset)
        return AllocationRow(
            key: key, name: record.submission.name, stage: record.phase.stage,
            element: record.job.map { JobElement($0, index: key.element) }, state: allocation.state,
            reason: allocation.reason, node: allocation.node, started: allocation.started,
            present: allocation.present, daemons: record.daemons, requeues: allocation.requeues,
            isMissing: allocation.absence != nil, isBeingCancelled: allocation.cancellation != .none,
            isOverdue: allocation.isOverdue && allocation.end == nil, isStray: allocation.isStray,
            end: allocation.end)
    }

    /// Allocations that have not ended, and those seen alive after their end.
    public var live: Int { submissions.values.reduce(0) { $0 + $1.counts.live } }
}

extension SubmissionRecord.Phase {
    var stage: AllocationRow.Stage {
        switch self {
        case .waiting: .waiting
        case .submitting: .submitting
        case .unclear: .unclear
        case .accepted: .accepted
        case .over: .over
        }
    }
}

extension AllocationRecord {
    func differsForPeople(from other: Self) -> Bool {
        state != other.state || reason != other.reason || node != other.node || started != other.started
            || present != other.present || requeues != other.requeues || isStray != other.isStray
            || (absence == nil) != (other.absence == nil)
            || (cancellation == .none) != (other.cancellation == .none)
    }
}

extension JobEnd.Reason {
    /// The state that says the same in a row.
    public var state: JobState {
        switch self {
        case .completed: .done
        case .exited(let code): code == 0 ? .done : .failed
        case .signalled, .notStarted: .failed
        case .outOfMemory: .outOfMemory
        case .timeLimit: .timeout
        case .preempted: .preempted
        case .nodeFailed: .nodeFail
        case .cancelled: .cancelled
        case .unknown: .unknown
        }
    }

    /// Whether a job that was cancelled may end so: schedulers that tell of signals only do not say whose they were.
    var mayComeOfCancelling: Bool {
        switch self {
        case .cancelled, .signalled, .notStarted, .unknown: true
        case .exited(let code): code >= 128
        case .completed, .outOfMemory, .timeLimit, .preempted, .nodeFailed: false
        }
    }
}

extension JobState {
    /// The end that a state tells by itself; nil: it is none, or says too little.
    func end(saying message: String?) -> JobEnd? {
        switch self {
        case .pending, .held, .running, .suspended, .completing, .unknown, .failed: nil
        case .done: JobEnd(.completed, message: message)
        case .nodeFail: JobEnd(.nodeFailed, message: message)
        case .cancelled: JobEnd(.cancelled(by: nil), message: message)
        case .timeout: JobEnd(.timeLimit, message: message)
        case .preempted: JobEnd(.preempted, message: message)
        case .outOfMemory: JobEnd(.outOfMemory, message: message)
        }
    }
}
