/// Why bytes from a peer are not a frame or not a message. The connection that sent them is closed.
public enum WireFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A frame announces more bytes than are allowed at this point.
    case frameTooLarge(bytes: UInt64, limit: Int)
    /// A frame kind that this version does not know.
    case unknownKind(UInt8)
    /// A frame is shorter or longer than its kind asks for, or a field has an impossible value.
    case malformed(FrameKind)
    /// Frames are missing between this one and the last.
    case gap(expected: UInt32, received: UInt32)
    /// The first bytes are not a Hayate hello.
    case notHayate
    /// No protocol version is spoken by both sides.
    case incompatible(theirs: ClosedRange<UInt16>)
    /// A message that may not come from this side, or not at this point.
    case unexpected(FrameKind)

    public var description: String {
        switch self {
        case .frameTooLarge(let bytes, let limit):
            "a frame of \(bytes) bytes is larger than the limit of \(limit) bytes"
        case .unknownKind(let kind): "frame kind \(kind) is unknown to this version"
        case .malformed(let kind): "a frame of kind \(kind) is malformed"
        case .gap(let expected, let received):
            "frame \(expected) is missing: frame \(received) came instead"
        case .notHayate: "the peer does not speak Hayate's protocol"
        case .incompatible(let theirs):
            "the peer speaks protocol versions \(theirs.lowerBound) to \(theirs.upperBound), "
                + "this one speaks \(Wire.versions.lowerBound) to \(Wire.versions.upperBound): "
                + "use the same release on both sides"
        case .unexpected(let kind): "a frame of kind \(kind) is not allowed here"
        }
    }
}

/// Numbers of the protocol.
public enum Wire {
    /// The versions that this release speaks.
    public static let versions: ClosedRange<UInt16> = 2...2
    /// "HAYATE" and two bytes that a text protocol never sends, read as a little-endian number.
    public static let magic: UInt64 = 0x0D00_4554_4159_4148
    public static let headerBytes = 12
    /// The numbers that Linux gives to signals.
    public static let signals: ClosedRange<UInt8> = 1...64
    /// The most bytes of one frame before the peer is admitted: a hello fits, nothing else has to.
    public static let limitBeforeAdmission = 4096
    /// The most bytes of one frame after admission.
    public static let limitAfterAdmission = 1 << 30
    /// The most bytes of a frame that carries no body of a task or result.
    public static let limitWithoutBody = 1 << 20
    /// Bodies from this size on are received into memory of their own instead of being copied.
    public static let largeBody = 64 << 10
}

/// The kinds of frames, by their number on the wire.
public enum FrameKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case welcome = 2
    case refuse = 3
    case holding = 4
    case define = 5
    case assign = 6
    case revoke = 7
    case returned = 8
    case stop = 9
    case finished = 10
    case acknowledged = 11
    case log = 12
    case output = 13
    case ping = 14
    case pong = 15
    case dismiss = 16
    case close = 17
    case leaving = 18
    case details = 19
    case probe = 20
    case seen = 21
    case sharedFile = 22
    case sharedBytes = 23
    case unshare = 24
    case hook = 25
    case submit = 26
    case withdraw = 27
    case help = 28
    case unneeded = 29
    case outcome = 30

    /// Bytes of fixed fields before the variable body; nil where the whole payload is parsed at once.
    var fixedBytes: Int? {
        switch self {
        case .assign: 16
        case .finished: 24
        case .sharedBytes: 8
        case .submit: SubmittedTask.fixedBytes
        case .outcome: 12
        default: nil
        }
    }
}
