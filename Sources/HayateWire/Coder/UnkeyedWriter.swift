/// An unkeyed container that is being written.
///
/// A sequence of numbers that is written at once, as `Foundation.Data` does, becomes an array of
/// numbers on the wire, and is turned into single elements again if more elements follow.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let core: EncoderCore
    let slot: UInt32
    let serial: UInt32

    var codingPath: [any CodingKey] { core.containerPath(Int(slot)) }

    var count: Int {
        core.isLive(Int(slot), serial) ? core.state.pointee.frames[Int(slot)].entry : 0
    }

    @inline(__always)
    private func begin() throws {
        let slot = Int(slot)
        try core.enter(slot, serial)
        if core.state.pointee.frames[slot].shape == .packed { unpack() }
        core.state.pointee.frames[slot].entry += 1
    }

    @inline(__always)
    private func put<S: WireScalar>(_ value: S) throws {
        try begin()
        core.append(value)
    }

    func encodeNil() throws {
        try begin()
        core.appendByte(ValueTag.null)
    }

    func encode(_ value: String) throws {
        try begin()
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
        try begin()
        let mark = core.mark
        do {
            try core.append(value: value)
        } catch {
            core.rollBack(to: mark)
            if core.isLive(Int(slot), serial) { core.state.pointee.frames[Int(slot)].entry -= 1 }
            throw error
        }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        let (core, slot, serial) = nested(.keyed)
        return KeyedEncodingContainer(
            KeyedWriter<NestedKey>(core: core, slot: slot, serial: serial))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        let (core, slot, serial) = nested(.unkeyed)
        return UnkeyedWriter(core: core, slot: slot, serial: serial)
    }

    func superEncoder() -> any Encoder {
        let (core, slot, serial) = nested(.open)
        return ValueEncoder(core: core, slot: Int(slot), serial: serial)
    }

    private func nested(_ shape: EncoderFrame.Shape)
        -> (core: EncoderCore, slot: UInt32, serial: UInt32)
    {
        guard (try? begin()) != nil else { return (core, .max, 0) }
        let (core, slot, serial) = core.nested(shape)
        return (core, UInt32(truncatingIfNeeded: slot), serial)
    }
}

// MARK: Sequences of numbers

extension UnkeyedWriter {
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Bool {
        try put(contentsOf: sequence, .bool)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Double {
        try put(contentsOf: sequence, .double)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Float {
        try put(contentsOf: sequence, .float)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Int {
        try put(contentsOf: sequence, .int64)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Int8 {
        try put(contentsOf: sequence, .int8)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Int16 {
        try put(contentsOf: sequence, .int16)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Int32 {
        try put(contentsOf: sequence, .int32)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == Int64 {
        try put(contentsOf: sequence, .int64)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == UInt {
        try put(contentsOf: sequence, .uint64)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == UInt8 {
        try put(contentsOf: sequence, .uint8)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == UInt16 {
        try put(contentsOf: sequence, .uint16)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == UInt32 {
        try put(contentsOf: sequence, .uint32)
    }
    func encode<S: Sequence>(contentsOf sequence: S) throws where S.Element == UInt64 {
        try put(contentsOf: sequence, .uint64)
    }

    private func put<S: Sequence>(contentsOf sequence: S, _ element: PackedElement) throws
    where S.Element: WireScalar {
        try core.enter(Int(slot), serial)
        let frame = core.state.pointee.frames + Int(slot)
        if frame.pointee.shape == .unkeyed, frame.pointee.entry == 0,
            sequence.withContiguousStorageIfAvailable({ pack($0, element) }) != nil
        {
            return
        }
        for value in sequence { try put(value) }
    }

    private func pack<E>(_ values: UnsafeBufferPointer<E>, _ element: PackedElement) {
        guard !values.isEmpty else { return }
        let frame = core.state.pointee.frames + Int(slot)
        core.state.pointee.count = frame.pointee.start
        frame.pointee.shape = .packed
        frame.pointee.element = element
        frame.pointee.entry = values.count
        core.appendByte(ValueTag.packed | element.rawValue)
        core.appendVarint(values.count)
        core.appendRaw(UnsafeRawBufferPointer(values).assumingMemoryBound(to: UInt8.self))
    }

    /// Writes the packed numbers again as elements with a tag each, because others follow them.
    private func unpack() {
        let frame = core.state.pointee.frames + Int(slot)
        let element = frame.pointee.element
        let size = frame.pointee.entry * element.stride
        let end = core.state.pointee.bytes + core.state.pointee.count
        let values = [UInt8](UnsafeBufferPointer(start: end - size, count: size))
        core.state.pointee.count = frame.pointee.start
        core.beginContainer(.unkeyed)
        values.withUnsafeBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for offset in Swift.stride(from: 0, to: size, by: element.stride) {
                append(element, at: base + offset)
            }
        }
    }

    private func append(_ element: PackedElement, at bytes: UnsafePointer<UInt8>) {
        switch element {
        case .uint8: core.append(bytes[0])
        case .uint16: core.append(bytes.load(UInt16.self))
        case .uint32: core.append(bytes.load(UInt32.self))
        case .uint64: core.append(bytes.load(UInt64.self))
        case .int8: core.append(bytes.load(Int8.self))
        case .int16: core.append(bytes.load(Int16.self))
        case .int32: core.append(bytes.load(Int32.self))
        case .int64: core.append(bytes.load(Int64.self))
        case .float: core.append(Float(bitPattern: bytes.load(UInt32.self)))
        case .double: core.append(Double(bitPattern: bytes.load(UInt64.self)))
        case .bool: core.append(bytes[0] == 1)
        }
    }
}
