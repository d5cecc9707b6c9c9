import CSystem

/// Why a local process did not start.
public struct LocalProcessError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// The program or directory concerned.
    public var subject: String

    /// The operating system's error number; 0 where it was not asked.
    public var errorNumber: Int32

    /// One sentence that names the thing and the remedy.
    public var description: String

    static func invalid(_ subject: String, _ sentence: String) -> LocalProcessError {
        LocalProcessError(subject: subject, errorNumber: 0, description: sentence)
    }

    static func failed(_ subject: String, _ what: String, _ number: Int32) -> LocalProcessError {
        let reason = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            String(cString: hayate_error_text(number, buffer.baseAddress, buffer.count))
        }
        return LocalProcessError(
            subject: subject, errorNumber: number,
            description: "Cannot \(what) \(subject) (\(reason)); "
                + "check that it exists here, its permissions, and how much this machine runs.")
    }
}
