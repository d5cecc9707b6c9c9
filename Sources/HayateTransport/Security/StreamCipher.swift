import HayateTLS

/// The seam between the bytes of the layer above and the bytes on the wire.
///
/// A cipher is an engine without I/O. The connection gives it what arrives (`open`) and what shall
/// leave (`seal`), and collects what it has for the wire (`takeOutput`). The handshake's own messages are
/// output that `start` and `open` cause. Plain connections have no cipher and pay one test for `nil`.
///
/// The connection calls `open` serially, and `seal` with `takeOutput` serially, but `open` may run
/// at the same time as the other two: a cipher locks itself. The order of its output is the order
/// in which `takeOutput` gives it, so the records of both callers stay in sequence.
public protocol StreamCipher: AnyObject, Sendable {
    /// Says the first word, if this side has it.
    func start() throws(CipherFailure)

    /// Takes bytes from the wire and returns the plain bytes that were in them, all in one run, which stays
    /// where it is until this thread opens anything again. Throws `CipherFailure` when the bytes are not
    /// authentic; what there is for the wire then is sent, and the connection closed.
    func open(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer

    /// Takes plain bytes to be sent. Before the handshake is over they wait inside.
    func seal(_ plain: UnsafeRawBufferPointer) throws(CipherFailure)

    /// Whether `takeOutput` would give anything.
    var hasOutput: Bool { get }

    /// Moves what is ready for the wire to the end of `outbox`.
    func takeOutput(into outbox: inout Outbox)

    /// Whether the peer has yet to show who it is: opening may take milliseconds then.
    var isHandshaking: Bool { get }

    /// Whether the peer has said that it will say no more.
    var hasEnded: Bool { get }

    /// Who the peer has shown to be.
    var peer: TLSPeer { get }
}

/// What a cipher throws: the connection cannot go on.
public struct CipherFailure: Error, Sendable, Hashable {
    public var message: String
    /// Whether the same may succeed later: somebody between the two sides says that the other is not there yet.
    public var mayPass: Bool

    public init(_ message: String, mayPass: Bool = false) {
        self.message = message
        self.mayPass = mayPass
    }

    /// Why the connection is closed.
    var reason: CloseReason { mayPass ? .unavailable(message) : .cipherFailed(message) }
}

/// How the bytes of a connection are protected.
public enum Security: Sendable {
    /// Not at all: for Unix sockets, whose peer's user is checked, and where plaintext was asked for.
    case plain
    /// By an engine that belongs to this one connection.
    case cipher(any StreamCipher)

    var cipher: (any StreamCipher)? {
        if case .cipher(let cipher) = self { return cipher }
        return nil
    }
}
