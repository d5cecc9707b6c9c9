/// A keyed container that is being written.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let core: EncoderCore
    let slot: UInt32
    let serial: UInt32

    var codingPath: [any CodingKey] { core.containerPath(Int(slot)) }

    @inline(__always)
    private func begin(_ key: Key) throws {
        try core.enter(Int(slot), serial)
        core.appendKey(key.stringValue, frame: Int(slot))
    }

    @inline(__always)
    private func put<S: WireScalar>(_ value: S, _ key: Key) throws {
        try begin(key)
        core.append(value)
    }

    @inline(__always)
    private func put<S: WireScalar>(_ value: S?, _ key: Key) throws {
        try begin(key)
        if let value { core.append(value) } else { core.appendByte(ValueTag.absent) }
    }

    func encodeNil(forKey key: Key) throws {
        try begin(key)
        core.appendByte(ValueTag.null)
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try core.enter(Int(slot), serial)
        let mark = core.mark
        core.appendKey(key.stringValue, frame: Int(slot))
        do {
            try core.append(value: value)
        } catch {
            core.rollBack(to: mark)
            throw error
        }
    }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value {
            try encode(value, forKey: key)
        } else {
            try begin(key)
            core.appendByte(ValueTag.absent)
        }
    }

    func encode(_ value: String, forKey key: Key) throws {
        try begin(key)
        core.append(value)
    }

    func encodeIfPresent(_ value: String?, forKey key: Key) throws {
        try begin(key)
        core.append(value)
    }

    func encode(_ value: Bool, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Double, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Float, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int8, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int16, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int32, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int64, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: Int128, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt8, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt16, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt32, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt64, forKey key: Key) throws { try put(value, key) }
    func encode(_ value: UInt128, forKey key: Key) throws { try put(value, key) }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try put(value, key) }
    func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try put(value, key) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        let (core, slot, serial) = nested(.keyed, key.stringValue)
        return KeyedEncodingContainer(
            KeyedWriter<NestedKey>(core: core, slot: slot, serial: serial))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        let (core, slot, serial) = nested(.unkeyed, key.stringValue)
        return UnkeyedWriter(core: core, slot: slot, serial: serial)
    }

    func superEncoder() -> any Encoder {
        let (core, slot, serial) = nested(.open, PathKey.super.stringValue)
        return ValueEncoder(core: core, slot: Int(slot), serial: serial)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        let (core, slot, serial) = nested(.open, key.stringValue)
        return ValueEncoder(core: core, slot: Int(slot), serial: serial)
    }

    private func nested(_ shape: EncoderFrame.Shape, _ key: String)
        -> (core: EncoderCore, slot: UInt32, serial: UInt32)
    {
        // A closed container gives out nested ones that are closed as well: writing to them throws.
        guard (try? core.enter(Int(slot), serial)) != nil else { return (core, .max, 0) }
        core.appendKey(key, frame: Int(slot))
        let (core, slot, serial) = core.nested(shape)
        return (core, UInt32(truncatingIfNeeded: slot), serial)
    }
}
