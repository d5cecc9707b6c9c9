import HayateCore

/// Turns the bytes of one direction of one connection into messages.
///
/// Total: whatever the bytes are, the answer is messages or a `WireFailure`, and no more memory is
/// taken than the limit in force allows. A frame that came before is dropped; a missing one is an
/// error, so that a connection that lost bytes is cut and resumed instead of waiting for ever.
public struct FrameReader: Sendable {
    /// The most payload bytes of one frame. The owner raises it at admission.
    public var limit: Int
    private var pending: [UInt8] = []
    /// How many bytes `pending` must have before it is worth looking at again: a frame that comes in
    /// small pieces is parsed once, not once a piece.
    private var needed = 0
    private var expected: UInt32 = 0
    /// Set while the body of a large frame is received into memory of its own.
    private var largeHead: [UInt8]?
    private var largeBytes = 0

    /// Bodies from this size on are asked for apart.
    private let largeBody: Int

    public init(limit: Int = Wire.limitBeforeAdmission, largeBody: Int = Wire.largeBody) {
        self.limit = limit
        self.largeBody = largeBody
    }

    /// Bytes held back because their frame is not complete.
    public var pendingBytes: Int { pending.count }

    /// A large body whose frame has begun: `arrived` came with its head, `missing` bytes follow.
    /// The owner receives them into one array (the arrived ones first) and calls `takeBody`.
    public struct LargeBody: Sendable {
        public var arrived: [UInt8]
        public var missing: Int
    }

    /// Takes the next bytes and hands over each complete message.
    ///
    /// - Returns: the large body to be received apart, or nil to go on with `take`.
    public mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ deliver: (Message, inout FrameReader) throws -> Void
    ) throws -> LargeBody? {
        guard pending.isEmpty else {
            pending.append(contentsOf: bytes)
            guard pending.count >= needed else { return nil }
            let all = pending
            pending = []
            return try all.withUnsafeBytes { try parse($0, deliver) }
        }
        return try parse(bytes, deliver)
    }

    /// Takes the body that `take` asked for.
    public mutating func takeBody(
        _ body: [UInt8], _ deliver: (Message, inout FrameReader) throws -> Void
    ) throws {
        guard let head = largeHead, body.count == largeBytes else {
            throw WireFailure.frameTooLarge(bytes: UInt64(body.count), limit: largeBytes)
        }
        largeHead = nil
        guard let header = Header(head.span.bytes) else { throw WireFailure.notHayate }
        let kind = try frameKind(header)
        guard try isNext(header) else { return }
        let fixed = head.span.bytes.extracting(Wire.headerBytes..<head.count)
        try deliver(try Message(kind, fixed: fixed, body: body), &self)
    }

    private mutating func parse(
        _ bytes: UnsafeRawBufferPointer, _ deliver: (Message, inout FrameReader) throws -> Void
    ) throws -> LargeBody? {
        var offset = 0
        needed = Wire.headerBytes
        while bytes.count - offset >= Wire.headerBytes {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard let header = Header(rest.bytes) else { break }
            let kind = try frameKind(header)
            let limit = kind.fixedBytes == nil ? min(limit, Wire.limitWithoutBody) : limit
            guard header.length <= limit else {
                throw WireFailure.frameTooLarge(bytes: UInt64(header.length), limit: limit)
            }
            let total = Wire.headerBytes + Int(header.length)
            if rest.count < total {
                needed = total
                guard let fixed = kind.fixedBytes, Int(header.length) - fixed >= largeBody
                else { break }
                needed = Wire.headerBytes + fixed
                guard rest.count >= needed else { break }
                return askForBody(rest, head: needed, total: total)
            }
            offset += total
            guard try isNext(header) else { continue }
            let payload = UnsafeRawBufferPointer(rebasing: rest[Wire.headerBytes..<total])
            try deliver(try Message(kind, payload.bytes), &self)
        }
        if offset < bytes.count {
            pending = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[offset...]))
        }
        return nil
    }

    private mutating func askForBody(
        _ bytes: UnsafeRawBufferPointer, head: Int, total: Int
    ) -> LargeBody {
        largeHead = [UInt8](UnsafeRawBufferPointer(rebasing: bytes[..<head]))
        largeBytes = total - head
        let arrived = UnsafeRawBufferPointer(rebasing: bytes[head...])
        return LargeBody(arrived: [UInt8](arrived), missing: largeBytes - arrived.count)
    }

    private func frameKind(_ header: Header) throws -> FrameKind {
        guard let kind = FrameKind(rawValue: header.kind) else {
            throw WireFailure.unknownKind(header.kind)
        }
        guard header.reserved == 0 else { throw WireFailure.malformed(kind) }
        return kind
    }

    /// Whether the frame is the next one; false for one that came before.
    private mutating func isNext(_ header: Header) throws -> Bool {
        let distance = Int32(bitPattern: header.sequence &- expected)
        if distance < 0 { return false }
        guard distance == 0 else {
            throw WireFailure.gap(expected: expected, received: header.sequence)
        }
        expected &+= 1
        return true
    }

    private struct Header {
        var length: UInt32
        var sequence: UInt32
        var kind: UInt8
        var reserved: UInt32

        init?(_ bytes: RawSpan) {
            guard bytes.byteCount >= Wire.headerBytes else { return nil }
            var reader = FieldReader(bytes)
            length = reader.integer()
            sequence = reader.integer()
            let last: UInt32 = reader.integer()
            kind = UInt8(truncatingIfNeeded: last)
            reserved = last >> 8
        }
    }
}
