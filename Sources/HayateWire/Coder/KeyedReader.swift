/// A keyed container that is being read.
struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let core: DecoderCore
    let slot: UInt32
    let serial: UInt32

    init(core: DecoderCore, at offset: Int, slot: UInt32, serial: UInt32) throws(WireFault) {
        self.core = core
        self.serial = try core.open(.keyed, at: offset, parent: slot, serial)
        self.slot = UInt32(truncatingIfNeeded: core.state.pointee.frameCount - 1)
    }

    var codingPath: [any CodingKey] {
        guard let frame = try? core.frame(slot, serial) else { return [] }
        let parent = frame.pointee.parent
        return core.path(
            parent, core.state.pointee.frames[Int(parent)].serial, to: frame.pointee.value)
    }

    var allKeys: [Key] {
        guard let frame = try? core.frame(slot, serial) else { return [] }
        do throws(WireFault) {
            return try readKeys(frame.pointee.start, end: frame.pointee.end)
        } catch {
            core.state.pointee.damage = error
            return []
        }
    }

    private func readKeys(_ start: Int, end: Int) throws(WireFault) -> [Key] {
        var keys: [Key] = []
        var offset = start
        while offset < end {
            let span = try core.key(at: &offset, end: end)
            let value = offset
            try core.skip(&offset, end: end)
            if core.base[value] == ValueTag.absent { continue }
            try core.charge(MemoryLayout<Key>.stride + 2 * span.length)
            let utf8 = UnsafeBufferPointer(start: core.base + span.offset, count: span.length)
            guard let text = String(validating: utf8, as: UTF8.self) else { throw .invalidUTF8 }
            if let key = Key(stringValue: text) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool {
        guard let frame = try? core.frame(slot, serial) else { return false }
        do throws(WireFault) {
            guard let offset = try core.find(key.stringValue, in: frame) else { return false }
            guard offset < frame.pointee.end else { throw .truncated }
            return core.base[offset] != ValueTag.absent
        } catch {
            core.state.pointee.damage = error
            return false
        }
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        let (offset, frame) = try find(key, Any?.self)
        return core.isNil(at: offset, in: frame)
    }

    private func failure(_ fault: WireFault, _ type: Any.Type, _ key: Key) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: codingPath + [key], debugDescription: fault.reason, underlyingError: fault)
        switch fault {
        case .mismatch: return .typeMismatch(type, context)
        case .null: return .valueNotFound(type, context)
        default: return .dataCorrupted(context)
        }
    }

    private func missing(_ key: Key) -> DecodingError {
        .keyNotFound(
            key,
            .init(
                codingPath: codingPath,
                debugDescription: "the field \(key.stringValue) is not there."))
    }

    @inline(__always)
    private func find(_ key: Key, _ type: Any.Type) throws
        -> (Int, UnsafeMutablePointer<DecoderFrame>)
    {
        let found: (Int, UnsafeMutablePointer<DecoderFrame>)?
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            found = try core.find(key.stringValue, in: frame).map { ($0, frame) }
        } catch {
            throw failure(error, type, key)
        }
        guard let found else { throw missing(key) }
        return found
    }

    /// Finds an optional field; nil when it is not there, left out or nil.
    @inline(__always)
    private func findIfPresent(_ key: Key, _ type: Any.Type) throws
        -> (Int, UnsafeMutablePointer<DecoderFrame>)?
    {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            guard let offset = try core.find(key.stringValue, in: frame) else { return nil }
            if core.isNil(at: offset, in: frame) {
                frame.pointee.cursor = offset + 1
                return nil
            }
            return (offset, frame)
        } catch {
            throw failure(error, type, key)
        }
    }

    @inline(__always)
    private func take<S: WireScalar>(
        _ type: S.Type, _ key: Key, _ place: (Int, UnsafeMutablePointer<DecoderFrame>)
    ) throws -> S {
        do throws(WireFault) {
            var offset = place.0
            let value = try S.take(from: core.base, at: &offset, end: place.1.pointee.end)
            place.1.pointee.cursor = offset
            return value
        } catch {
            throw failure(error, type, key)
        }
    }

    @inline(__always)
    private func take<S: WireScalar>(_ type: S.Type, _ key: Key) throws -> S {
        try take(type, key, find(key, type))
    }

    @inline(__always)
    private func takeIfPresent<S: WireScalar>(_ type: S.Type, _ key: Key) throws -> S? {
        guard let place = try findIfPresent(key, type) else { return nil }
        return try take(type, key, place)
    }

    @inline(__always)
    private func text(_ key: Key, _ place: (Int, UnsafeMutablePointer<DecoderFrame>)) throws
        -> String
    {
        do throws(WireFault) {
            var offset = place.0
            let value = try core.string(at: &offset, end: place.1.pointee.end)
            place.1.pointee.cursor = offset
            return value
        } catch {
            throw failure(error, String.self, key)
        }
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try text(key, find(key, type))
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        guard let place = try findIfPresent(key, type) else { return nil }
        return try text(key, place)
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        var (offset, _) = try find(key, type)
        let value = try core.value(type, at: &offset, slot: slot, serial: serial)
        advance(to: offset)
        return value
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let found: Int?
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            found = try core.find(key.stringValue, in: frame)
            if let found, core.isNil(at: found, in: frame) {
                frame.pointee.cursor = found + 1
                return core.base[found] == ValueTag.null ? nilValue(type) : nil
            }
        } catch {
            throw failure(error, type, key)
        }
        guard var offset = found else { return nil }
        let value: T = try core.value(type, at: &offset, slot: slot, serial: serial)
        advance(to: offset)
        return value
    }

    /// A nil that was written, and not left out, is the inner nil of a doubly optional field.
    private func nilValue<T>(_ type: T.Type) -> T? {
        guard let optional = type as? any OptionalValue.Type else { return nil }
        return optional.nilValue as? T
    }

    /// The frames may have moved while the value was read.
    @inline(__always)
    private func advance(to offset: Int) {
        guard let frame = try? core.frame(slot, serial) else { return }
        frame.pointee.cursor = offset
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try superDecoder(key.stringValue, key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try superDecoder(key.stringValue, key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        try superDecoder(PathKey.super.stringValue, Key(stringValue: PathKey.super.stringValue))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        try superDecoder(key.stringValue, key)
    }

    private func superDecoder(_ name: String, _ key: Key?) throws -> ValueDecoder {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            if let offset = try core.find(name, in: frame) {
                var next = offset
                try core.skip(&next, end: frame.pointee.end)
                frame.pointee.cursor = next
                return ValueDecoder(core: core, offset: offset, slot: slot, serial: serial)
            }
        } catch {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [PathKey(stringValue: name)],
                    debugDescription: error.reason, underlyingError: error))
        }
        throw DecodingError.keyNotFound(
            key ?? PathKey(stringValue: name),
            .init(codingPath: codingPath, debugDescription: "the field \(name) is not there."))
    }
}

/// What every `Optional` is, for telling one apart from other types at run time.
private protocol OptionalValue {
    static var nilValue: Self { get }
}

extension Optional: OptionalValue {
    fileprivate static var nilValue: Wrapped? { .none }
}

// MARK: Numbers and Booleans

extension KeyedReader {
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try take(type, key) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try take(type, key) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try take(type, key) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try take(type, key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try take(type, key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try take(type, key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try take(type, key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try take(type, key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try take(type, key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try take(type, key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try take(type, key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try take(type, key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try take(type, key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try take(type, key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try take(type, key) }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try takeIfPresent(type, key)
    }
    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? {
        try takeIfPresent(type, key)
    }
}
