/// Turns `Encodable` values into the compact binary form of docs/wire-protocol.md.
///
/// Not meant for files that people read or that other programs should understand without that page.
public struct BinaryEncoder: Sendable {
    /// What types find in `encoder.userInfo`.
    public var userInfo: [CodingUserInfoKey: any Sendable] = [:]

    /// How deeply values may lie in each other; the receiver's `DecodingLimits.maximumDepth` has
    /// the same default.
    public var maximumDepth = 256

    public init() {}

    /// Encodes a value.
    ///
    /// Throws `CodingFailure` if the value is nested too deeply or uses its encoder in a way that
    /// `Codable` forbids, and whatever the value's own `encode(to:)` throws.
    public func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        let kind = ValueKind.of(T.self)
        if kind != .other, let bytes = encodeKnown(value, kind) { return bytes }
        return bytes(of: try encodeCore(value))
    }

    /// Encodes a value that may mean shared contents by their numbers; what it means is added to
    /// `contents`, each once.
    package func encode<T: Encodable>(
        _ value: T, collecting contents: inout [any SharedContent]
    ) throws -> [UInt8] {
        let kind = ValueKind.of(T.self)
        if kind != .other, let bytes = encodeKnown(value, kind) { return bytes }
        let core = try encodeCore(value, collects: true)
        for content in core.contents where !contents.contains(where: { $0 === content }) {
            contents.append(content)
        }
        return bytes(of: core)
    }

    /// Encodes a value straight into memory of the caller's: `place` gets the number of bytes, and what
    /// writes so many to where it is told.
    package func encode<T: Encodable>(
        _ value: T, into place: (Int, (UnsafeMutableRawPointer) -> Void) throws -> Void
    ) throws {
        let core = try encodeCore(value)
        try place(core.byteCount) { core.copy(to: $0) }
    }

    private func bytes(of core: EncoderCore) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: core.byteCount) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            core.copy(to: base)
            count = core.byteCount
        }
    }

    /// Encodes a value behind what `bytes` holds already, such as the header of a frame. After an
    /// error `bytes` is as before.
    public func encode<T: Encodable>(_ value: T, appendingTo bytes: inout [UInt8]) throws {
        let core = try encodeCore(value)
        let count = core.byteCount
        if count >= max(4_096, bytes.count) {
            // A large value behind a short header: one new array is cheaper than copying the value
            // twice.
            let head = bytes
            bytes = [UInt8](unsafeUninitializedCapacity: head.count + count) { buffer, size in
                guard let base = buffer.baseAddress else { return }
                _ = UnsafeMutableBufferPointer(rebasing: buffer[..<head.count]).update(from: head)
                core.copy(to: base + head.count)
                size = head.count + count
            }
            return
        }
        withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return }
            core.copy(to: base)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func encodeCore<T: Encodable>(
        _ value: T, collects: Bool = false
    ) throws -> EncoderCore {
        do {
            let core = EncoderCore(
                maximumDepth: maximumDepth, userInfo: userInfo, collects: collects)
            do {
                try core.append(value: value)
            } catch {
                guard core.isOutOfOrder else { throw error }
            }
            if !core.isOutOfOrder {
                if let failure = core.failure { throw failure }
                core.appendKeyTable()
                core.finish()
                return core
            }
            // The value writes to several containers by turns: build each of them apart.
            let apart = EncoderCore(
                maximumDepth: maximumDepth, userInfo: userInfo, buildsApart: true,
                collects: collects)
            try apart.append(value: value)
            if let failure = apart.failure { throw failure }
            if apart.isOutOfOrder {
                throw apart.error("a container was written to after it was closed.", path: [])
            }
            apart.finish()
            return apart
        } catch let error as EncodingError {
            throw CodingFailure(error, type: T.self)
        }
    }

    /// Numbers, Booleans and strings need no buffer but the result.
    private func encodeKnown<T>(_ value: T, _ kind: ValueKind) -> [UInt8]? {
        withUnsafePointer(to: value) { pointer in
            let value = UnsafeRawPointer(pointer)
            switch kind {
            case .int: return scalar(value.load(as: Int.self))
            case .int32: return scalar(value.load(as: Int32.self))
            case .int64: return scalar(value.load(as: Int64.self))
            case .uint64: return scalar(value.load(as: UInt64.self))
            case .double: return scalar(value.load(as: Double.self))
            case .float: return scalar(value.load(as: Float.self))
            case .bool: return scalar(value.load(as: Bool.self))
            case .string: return string(value.load(as: String.self))
            default: return nil
            }
        }
    }

    @inline(__always)
    private func scalar<S: WireScalar>(_ value: S) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 17) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            count = value.put(at: base)
        }
    }

    private func string(_ value: String) -> [UInt8] {
        var value = value
        return value.withUTF8 { utf8 in
            [UInt8](unsafeUninitializedCapacity: utf8.count + 11) { buffer, count in
                guard let base = buffer.baseAddress else { return }
                count = putString(utf8, at: base)
            }
        }
    }
}
