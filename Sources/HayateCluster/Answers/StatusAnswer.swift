/// What a scheduler tells of jobs.
public enum StatusAnswer: Hashable, Sendable {
    /// Those of the jobs asked for that it knows.
    case jobs([JobReport])
    /// The question was not answered; what was known before holds on.
    case failed(String)
}

/// One job, or some elements of an array, as a scheduler tells of them.
public struct JobReport: Hashable, Sendable {
    public var job: JobID
    /// The elements that it is about, as the scheduler counts; empty: a job that is no array.
    public var elements: [ClosedRange<Int>] = []
    /// Where the scheduler tells it. Ids are used again after some years, or after ten million jobs; our names are not.
    public var name: String?
    public var state: JobState
    /// Why it waits, or what the scheduler says of its end: `Priority`, `AssocGrpCpuLimit`, `DUE TO TIME LIMIT`.
    public var reason: String?
    public var nodes: [String] = []
    /// Where it has ended and this answer tells how. Nil with a state that is an end: the accounting knows more.
    public var end: JobEnd?

    public init(_ job: JobID, _ state: JobState) {
        self.job = job
        self.state = state
    }
}
