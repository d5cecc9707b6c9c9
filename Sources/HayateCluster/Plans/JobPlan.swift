/// One job as it will be submitted: the request with everything filled in.
public struct JobPlan: Hashable, Sendable {
    /// Complete: the queue is chosen, defaults and the profile are in. Its `array` is that of this piece.
    public var request: JobRequest
    /// Unique among all jobs of this user: how it is found again when the answer to its submission is lost.
    public var name: String
    /// What runs, between prologue and epilogue: shell, several lines if need be.
    public var command: String
    public var cluster: ClusterProfile
    public var runtime: RuntimeProfile
    /// The name of the site, for messages and `--explain`.
    public var site: String
    /// Further queues that fit, where the site gives them as a list.
    public var otherQueues: [String] = []

    public init(
        request: JobRequest, name: String, command: String, cluster: ClusterProfile, runtime: RuntimeProfile,
        site: String
    ) {
        self.request = request
        self.name = name
        self.command = command
        self.cluster = cluster
        self.runtime = runtime
        self.site = site
    }
}

/// Why a request cannot be planned, rendered or read, in one sentence with the remedy.
public struct ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file and line where the fault is, as `narval.yaml:12`; nil: in the request itself.
    public var place: String?
    public var message: String

    public init(_ message: String, at place: String? = nil) {
        self.message = message
        self.place = place
    }

    public var description: String { place.map { "\($0): \(message)" } ?? message }
}
