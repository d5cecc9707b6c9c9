/// An error as it travels from a task to its caller.
public struct RemoteFailure: Codable, Hashable, Sendable {
    public enum Kind: UInt8, Codable, Sendable {
        /// The task threw.
        case thrown
        /// This daemon's program has no such task type.
        case unknownType
        /// The task's properties could not be read.
        case undecodable
        /// The task's result could not be encoded.
        case unencodable
        /// The task ended itself as interrupted: it threw `CancellationError`, and nobody had stopped it.
        case interrupted
    }

    /// One property of an error, as text.
    public struct Field: Codable, Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var kind: Kind
    /// The name of the error's type.
    public var type: String
    /// What the error says of itself.
    public var message: String
    /// The error's properties; absent where there are none.
    public var fields: [Field]?
    /// The error itself, encoded, if its type is `Codable`.
    public var encoded: [UInt8]?
    /// The error that this one holds, none or one: an array, because a value cannot hold itself.
    public var causes: [RemoteFailure]?

    public init(kind: Kind, type: String, message: String) {
        self.kind = kind
        self.type = type
        self.message = message
    }

    /// Describes an error that a task threw. Costs time and bytes only here, where a task has failed, and
    /// both are bounded; see `ErrorDescription`.
    public init(thrown error: any Error) {
        self = ErrorDescription.failure(of: error)
        if error is CancellationError {
            kind = .interrupted
            message = "the task ended itself as interrupted: it threw CancellationError, and nobody had "
                + "stopped it"
        }
    }
}
