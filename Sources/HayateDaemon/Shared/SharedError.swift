import Glibc

/// Why content cannot be shared or read, in one sentence.
public struct SharedError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }

    /// The system refused something; call it before anything changes `errno`.
    static func system(_ what: String) -> SharedError {
        let reason = String(cString: strerror(errno))
        return SharedError("\(what): \(reason)")
    }
}
