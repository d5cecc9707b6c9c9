/// Why a TLS connection cannot go on.
public struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind, for programs and for counting.
    public enum Kind: Sendable, Hashable {
        /// At the host: the peer named a key that is none of this pool's.
        case unknownKey
        /// At the host: the peer named a key of this pool and does not have it.
        case wrongKey
        /// At the daemon: the host did not take the key.
        case keyRefused
        /// The two sides have no suite in common: keys here and certificates there, or outdated ones.
        case noSharedSuite
        /// The other side offers versions of TLS that are not safe.
        case oldVersion
        /// What came is not TLS.
        case notTLS
        /// The peer's certificate is not good.
        case certificate(CertificateProblem)
        /// This side's own private key cannot be used.
        case privateKey
        /// The peer broke off; its alert's number is that of RFC 5246, section 7.2.
        case refusedByPeer(UInt8)
        /// What came breaks the rules of TLS, or was changed on its way.
        case malformed
        /// Anything else; the number is mbedTLS's.
        case inside(Int32)
    }

    public var kind: Kind
    /// One sentence for a person of this side, with the remedy and without a full stop.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
