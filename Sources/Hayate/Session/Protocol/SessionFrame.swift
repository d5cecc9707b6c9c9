/// One message between a session's host and a client as it travels: four bytes with the length of what follows them,
/// one with the kind, four with the number of the request that it is about (0: none), and the content. Numbers are
/// little-endian.
struct SessionFrame: Hashable, Sendable {
    enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// The client's first: who it is. `SessionHello`.
        case hello = 1
        /// The host's first: who it is. `SessionWelcome`.
        case welcome
        /// Why a peer is not wanted, as text. The last frame.
        case refusal
        /// `SessionRequest`.
        case request
        /// The last answer to a request. `SessionAnswer`.
        case answer
        /// One of many answers. The next comes when `more` was said.
        case part
        /// The request has failed. `HayateError`.
        case failure
        /// The client has taken a part.
        case more
        /// The client wants no answer any more.
        case cancel
    }

    var kind: Kind
    var number: UInt32 = 0
    var content: [UInt8] = []

    /// Bytes that a frame has after its length and before its content.
    static let headBytes = 5
    /// The most bytes behind the length before anybody has said who it is.
    static let limitBeforeHello = 4 << 10
    /// The same of a client's frames afterwards.
    static let requestLimit = 64 << 20
    /// The same of the host's: a single outcome may be as large as a task's result.
    static let answerLimit = 1 << 30 + 1 << 20

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + Self.headBytes + content.count)
        bytes.append(fourBytesOf: UInt32(Self.headBytes + content.count))
        bytes.append(kind.rawValue)
        bytes.append(fourBytesOf: number)
        bytes += content
        return bytes
    }
}

/// Why bytes are no frames of a session.
enum SessionFrameFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case length(Int, limit: Int)
    case kind(UInt8)

    var description: String {
        switch self {
        case .length(let length, let limit):
            "a frame of \(length) bytes came, where \(SessionFrame.headBytes) to \(limit) are allowed"
        case .kind(let kind): "a frame of the unknown kind \(kind) came"
        }
    }
}

/// Makes frames of bytes, in whatever pieces they come. Total: any bytes give frames or a failure, and no more memory
/// is taken than bytes have come.
struct SessionFrameReader: Sendable {
    /// The most bytes behind the length of a frame; may change from frame to frame.
    var limit: Int
    private var bytes: [UInt8] = []
    private var position = 0

    init(limit: Int) { self.limit = limit }

    mutating func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

    /// nil: more bytes are needed.
    mutating func next() throws(SessionFrameFailure) -> SessionFrame? {
        guard bytes.count - position >= 4 else { return nothing() }
        let length = Int(number(at: position))
        guard (SessionFrame.headBytes...limit).contains(length) else { throw .length(length, limit: limit) }
        // Before the rest has come: garbage is not waited for.
        guard bytes.count - position > 4 else { return nothing() }
        guard let kind = SessionFrame.Kind(rawValue: bytes[position + 4]) else { throw .kind(bytes[position + 4]) }
        guard bytes.count - position - 4 >= length else { return nothing() }
        let end = position + 4 + length
        let frame = SessionFrame(
            kind: kind, number: number(at: position + 5), content: Array(bytes[position + 4 + SessionFrame.headBytes..<end]))
        position = end
        return frame
    }

    /// Lets go of what was read.
    private mutating func nothing() -> SessionFrame? {
        guard position > 0 else { return nil }
        if position == bytes.count {
            bytes = []
        } else {
            bytes.removeFirst(position)
        }
        position = 0
        return nil
    }

    private func number(at index: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
    }
}

extension [UInt8] {
    mutating func append(fourBytesOf number: UInt32) {
        for shift in 0..<4 { append(UInt8(truncatingIfNeeded: number >> (8 * UInt32(shift)))) }
    }
}
