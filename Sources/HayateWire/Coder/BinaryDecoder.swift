/// Reads back what `BinaryEncoder` wrote.
///
/// Total: any bytes at all give a value or a thrown error, within the limits of `DecodingLimits`.
/// Fields are found by name, so unknown, missing optional and reordered fields are accepted.
public struct BinaryDecoder: Sendable {
    /// What one message may cost.
    public var limits: DecodingLimits

    /// What types find in `decoder.userInfo`.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    public init(limits: DecodingLimits = .default) {
        self.limits = limits
    }

    /// Decodes one value, which must fill the bytes.
    ///
    /// Throws `CodingFailure` if the bytes are not such a value or ask for more than the limits
    /// allow, and whatever the type's own `init(from:)` throws.
    public func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    /// Decodes one value from bytes that nobody changes meanwhile.
    public func decode<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws
        -> T
    {
        do {
            guard let start = bytes.baseAddress, !bytes.isEmpty else { throw WireFault.truncated }
            let base = start.assumingMemoryBound(to: UInt8.self)
            if let value = try decodeSmall(type, base, bytes.count) { return value }
            let core = try DecoderCore(
                base: base, count: bytes.count, limits: limits, userInfo: userInfo)
            defer { core.finish() }
            var offset = 0
            return try core.value(type, at: &offset, slot: 0, serial: 0)
        } catch let error as DecodingError {
            throw CodingFailure(error, type: type)
        } catch let fault as WireFault {
            let code: CodingFailure.Code = fault.isLimit ? .limitExceeded : .corrupt
            throw CodingFailure(
                code: code, type: String(describing: type), path: "", reason: fault.reason)
        }
    }

    /// Numbers and Booleans that fill the message need no containers; everything else, errors too,
    /// goes the long way.
    private func decodeSmall<T>(_ type: T.Type, _ base: UnsafePointer<UInt8>, _ count: Int) throws
        -> T?
    {
        switch ValueKind.of(type) {
        case .int: scalar(Int.self, base, count)
        case .int32: scalar(Int32.self, base, count)
        case .int64: scalar(Int64.self, base, count)
        case .uint64: scalar(UInt64.self, base, count)
        case .double: scalar(Double.self, base, count)
        case .float: scalar(Float.self, base, count)
        case .bool: scalar(Bool.self, base, count)
        default: nil
        }
    }

    @inline(__always)
    private func scalar<S: WireScalar, T>(
        _ type: S.Type, _ base: UnsafePointer<UInt8>, _ count: Int
    ) -> T? {
        var offset = 0
        guard count <= 17, count <= limits.maximumInputBytes,
            let value = try? S.take(from: base, at: &offset, end: count), offset == count
        else { return nil }
        return unsafeBitCast(value, to: T.self)
    }
}
