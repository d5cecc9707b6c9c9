/// Why a WebSocket connection cannot go on, or cannot begin.
public struct WebSocketFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind, for programs and for counting.
    public enum Kind: Sendable, Hashable {
        /// What this side was told to ask for cannot be asked for: a path or a request header.
        case invalidRequest
        /// At the client: who answered does not speak HTTP, or not WebSocket.
        case notWebSocket
        /// At the client: a proxy or a host answered with this HTTP status.
        case refused(status: Int)
        /// At the host: the peer asked for something else, and was answered with this HTTP status.
        case requestRefused(status: Int)
        /// What came breaks the rules of HTTP or of WebSocket.
        case malformed
        /// The peer broke off; the code is that of RFC 6455, section 7.4.
        case closedByPeer(code: UInt16)
    }

    public var kind: Kind
    /// One sentence for a person of this side, with the remedy and without a full stop. Holds nothing of the
    /// request headers that this side sends.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
