/// Why a connection ended. The first reason given wins.
public enum CloseReason: Sendable, Hashable, CustomStringConvertible {
    /// This side closed it in the ordinary way.
    case requested
    /// The other end closed it in the ordinary way.
    case peerClosed
    /// The network or the system broke it.
    case lost(TransportError)
    /// The other end reads more slowly than we write, and `TransportLimits.outboxBytes` is reached.
    case peerTooSlow
    /// It was not admitted within `TransportLimits.admissionDeadline`.
    case notAdmitted
    /// It was the oldest one not yet admitted when newer ones needed its place.
    case evicted
    /// The layer above refused the peer; the text says why.
    case refused(String)
    /// The cipher found the bytes forged or damaged; the text says how.
    case cipherFailed(String)

    /// Somebody on the way to the other end says that it cannot be reached now; the text says who and why.
    case unavailable(String)

    public var description: String {
        switch self {
        case .requested: "closed by this side"
        case .peerClosed: "closed by the other side"
        case .lost(let error): "lost: \(error.message)"
        case .peerTooSlow: "closed because the other side reads too slowly"
        case .notAdmitted: "closed because the peer did not identify itself in time"
        case .evicted: "closed before admission to make place for newer connections"
        case .refused(let why): "refused: \(why)"
        case .unavailable(let why): why
        case .cipherFailed(let how): "closed because its encryption failed: \(how)"
        }
    }
}
