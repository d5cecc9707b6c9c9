import HayateCluster

/// Something that has happened to a run's allocations: a line of its file.
public enum AllocationEvent: Hashable, Sendable {
    /// It is about to be submitted. Without an answer behind it, nobody knows whether the scheduler has the job:
    /// its name has to be looked for.
    case planned(Submission)
    case accepted(UInt32, JobID)
    /// The scheduler does not have it, and why.
    case refused(UInt32, String)
    case ended(AllocationKey, JobEnd)
    /// The scheduler was told to cancel a whole job, where the element is nil, or one element.
    case cancelled(AllocationKey)
    /// The host has done what it could.
    case finished
    /// The run goes on with another host: the one before was killed, or has left open what it could not cancel.
    case hosted(HostProcess)
}

/// An event and its time.
public struct AllocationRecord: Hashable, Sendable {
    /// Seconds since 1970.
    public var time: Int64
    public var event: AllocationEvent

    public init(_ event: AllocationEvent, at time: Int64) {
        self.event = event
        self.time = time
    }
}
