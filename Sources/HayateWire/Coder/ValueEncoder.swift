/// The `Encoder` of one value, and its single-value container. Three words, so that an existential
/// holds it without allocating.
struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let core: EncoderCore
    let slot: UInt32
    let serial: UInt32

    init(core: EncoderCore, slot: Int, serial: UInt32) {
        self.core = core
        self.slot = UInt32(truncatingIfNeeded: slot)
        self.serial = serial
    }

    var codingPath: [any CodingKey] { core.containerPath(Int(slot)) }
    var userInfo: [CodingUserInfoKey: Any] { core.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        begin(.keyed)
        return KeyedEncodingContainer(KeyedWriter<Key>(core: core, slot: slot, serial: serial))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        begin(.unkeyed)
        return UnkeyedWriter(core: core, slot: slot, serial: serial)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    @inline(__always)
    private func begin(_ shape: EncoderFrame.Shape) {
        let slot = Int(slot)
        guard (try? core.enter(slot, serial)) != nil else { return }
        let current = core.state.pointee.frames[slot].shape
        if current == .open {
            core.beginContainer(shape)
        } else if current != shape, !(current == .packed && shape == .unkeyed) {
            core.fail("a value asked for two kinds of container.")
        }
    }

    @inline(__always)
    private func beginSingle() throws {
        let slot = Int(slot)
        try core.enter(slot, serial)
        guard core.state.pointee.frames[slot].shape == .open else {
            core.fail("a value was written twice into one place.")
            throw core.error("a value was written twice into one place.", path: codingPath)
        }
        core.state.pointee.frames[slot].shape = .single
    }

    @inline(__always)
    private func put<S: WireScalar>(_ value: S) throws {
        try beginSingle()
        core.append(value)
    }

    func encodeNil() throws {
        try beginSingle()
        core.appendByte(ValueTag.null)
    }

    func encode(_ value: String) throws {
        try beginSingle()
        core.append(value)
    }

    func encode(_ value: Bool) throws { try put(value) }
    func encode(_ value: Double) throws { try put(value) }
    func encode(_ value: Float) throws { try put(value) }
    func encode(_ value: Int) throws { try put(value) }
    func encode(_ value: Int8) throws { try put(value) }
    func encode(_ value: Int16) throws { try put(value) }
    func encode(_ value: Int32) throws { try put(value) }
    func encode(_ value: Int64) throws { try put(value) }
    func encode(_ value: Int128) throws { try put(value) }
    func encode(_ value: UInt) throws { try put(value) }
    func encode(_ value: UInt8) throws { try put(value) }
    func encode(_ value: UInt16) throws { try put(value) }
    func encode(_ value: UInt32) throws { try put(value) }
    func encode(_ value: UInt64) throws { try put(value) }
    func encode(_ value: UInt128) throws { try put(value) }

    func encode<T: Encodable>(_ value: T) throws {
        try beginSingle()
        let mark = core.mark
        do {
            try core.append(value: value)
        } catch {
            core.rollBack(to: mark)
            if core.isLive(Int(slot), serial) { core.state.pointee.frames[Int(slot)].shape = .open }
            throw error
        }
    }
}
