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
    }

    public var kind: Kind
    /// The name of the error's type.
    public var type: String
    /// What the error says of itself.
    public var message: String

    public init(kind: Kind, type: String, message: String) {
        self.kind = kind
        self.type = type
        self.message = message
    }

    public init(thrown error: any Error) {
        self.init(
            kind: .thrown, type: String(reflecting: Swift.type(of: error)),
            message: String(describing: error))
    }
}
