import CNNG

/// What went wrong while an address was read, bound, dialled or served.
///
/// `code` is for programs, `message` is one sentence for a person that names the thing and the
/// remedy.
public struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable, Hashable {
        /// The text is no address of ours.
        case invalidEndpoint
        /// The scheme exists but this build does not serve it.
        case unsupportedScheme
        /// Somebody else listens at the address.
        case addressInUse
        /// The address is not one of this machine, or its name does not resolve.
        case addressUnavailable
        /// Nobody listens at the address.
        case connectionRefused
        /// The other end broke the connection.
        case connectionReset
        /// The deadline passed.
        case timedOut
        /// The caller gave up.
        case cancelled
        /// The object was closed before.
        case closed
        /// The process has no file descriptor left.
        case tooManyOpenFiles
        /// The process has no memory left.
        case outOfMemory
        /// The operating system refused.
        case permissionDenied
        /// The other end belongs to another user of this machine.
        case foreignPeer
        /// A directory that must be private is not.
        case unsafeDirectory
        /// The address promises TLS, and nothing was given to do it with.
        case unprotected
        /// Anything else; the number is the library's.
        case system(Int32)
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

extension TransportError {
    /// Translates a result of NNG; `subject` names what was tried, as in "dialing tcp://…".
    static func library(_ result: Int32, _ subject: String) -> TransportError {
        let code: Code
        let remedy: String
        switch result {
        case NNG.addressInUse:
            (code, remedy) = (.addressInUse, "the address is in use; choose another or port 0")
        case NNG.addressInvalid, NNG.unreachable:
            (code, remedy) = (
                .addressUnavailable, "the address does not exist here; check host name and port"
            )
        case NNG.connectionRefused, NNG.noEntry:
            (code, remedy) = (
                .connectionRefused, "nobody listens there; check that the host is running"
            )
        case NNG.connectionReset, NNG.connectionAborted, NNG.connectionShut:
            (code, remedy) = (.connectionReset, "the other end broke the connection; dial again")
        case NNG.timedOut:
            (code, remedy) = (.timedOut, "no answer in time; check the network and the firewall")
        case NNG.cancelled:
            (code, remedy) = (.cancelled, "it was cancelled")
        case NNG.closed:
            (code, remedy) = (.closed, "it is closed")
        case NNG.noFiles:
            (code, remedy) = (
                .tooManyOpenFiles, "no file descriptor is left; raise the limit with ulimit -n"
            )
        case NNG.noMemory:
            (code, remedy) = (.outOfMemory, "no memory is left")
        case NNG.permission:
            (code, remedy) = (
                .permissionDenied, "permission denied; check the owner and mode of the path"
            )
        default:
            (code, remedy) = (.system(result), String(cString: nng_strerror(result)))
        }
        return TransportError(code, "\(subject): \(remedy).")
    }
}

/// The library's result codes as the type its functions return (the importer gives them another).
enum NNG {
    static let timedOut = Int32(NNG_ETIMEDOUT.rawValue)
    static let connectionRefused = Int32(NNG_ECONNREFUSED.rawValue)
    static let closed = Int32(NNG_ECLOSED.rawValue)
    static let noMemory = Int32(NNG_ENOMEM.rawValue)
    static let addressInUse = Int32(NNG_EADDRINUSE.rawValue)
    static let addressInvalid = Int32(NNG_EADDRINVAL.rawValue)
    static let unreachable = Int32(NNG_EUNREACHABLE.rawValue)
    static let permission = Int32(NNG_EPERM.rawValue)
    static let noEntry = Int32(NNG_ENOENT.rawValue)
    static let noFiles = Int32(NNG_ENOFILES.rawValue)
    static let cancelled = Int32(NNG_ECANCELED.rawValue)
    static let connectionReset = Int32(NNG_ECONNRESET.rawValue)
    static let connectionAborted = Int32(NNG_ECONNABORTED.rawValue)
    static let connectionShut = Int32(NNG_ECONNSHUT.rawValue)
}
