/// A scheduler's own name of a job: `4711`, `12[].pbs1`. Never a number: the first job of a PBS server is `0.server`.
public struct JobID: Hashable, Sendable, CustomStringConvertible {
    public var text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}

/// A job, or one element of an array.
public struct JobElement: Hashable, Sendable {
    public var job: JobID
    /// As the scheduler counts, from its lowest index; nil: the whole job.
    public var index: Int?

    public init(_ job: JobID, index: Int? = nil) {
        self.job = job
        self.index = index
    }
}
