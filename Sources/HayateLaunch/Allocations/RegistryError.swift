import HayateTLS

/// Why the registry of allocations, or one of its files, cannot be used.
public struct RegistryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence that names the file and the remedy, without a full stop.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }

    static func failed(_ what: String, _ path: String, _ number: Int32, _ remedy: String) -> RegistryError {
        RegistryError("\(PathText.word(path)) cannot be \(what) (\(PathText.reason(number))): \(remedy)")
    }
}
