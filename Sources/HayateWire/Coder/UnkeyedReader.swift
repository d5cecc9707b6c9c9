/// An unkeyed container that is being read: elements with a tag each, or an array of numbers.
struct UnkeyedReader: UnkeyedDecodingContainer {
    let core: DecoderCore
    let slot: UInt32
    let serial: UInt32

    init(core: DecoderCore, at offset: Int, slot: UInt32, serial: UInt32) throws(WireFault) {
        self.core = core
        self.serial = try core.open(.unkeyed, at: offset, parent: slot, serial)
        self.slot = UInt32(truncatingIfNeeded: core.state.pointee.frameCount - 1)
    }

    var codingPath: [any CodingKey] {
        guard let frame = try? core.frame(slot, serial) else { return [] }
        let parent = frame.pointee.parent
        return core.path(
            parent, core.state.pointee.frames[Int(parent)].serial, to: frame.pointee.value)
    }

    /// How many elements there are; each has at least one byte of the message. Nil when the bytes
    /// are damaged.
    var count: Int? {
        guard let frame = try? core.frame(slot, serial) else { return nil }
        let (start, end) = (frame.pointee.start, frame.pointee.end)
        if frame.pointee.shape == .packed { return (end - start) / frame.pointee.element.stride }
        var offset = start
        var count = 0
        while offset < end {
            guard (try? core.skip(&offset, end: end)) != nil else { return nil }
            count += 1
        }
        return count
    }

    var isAtEnd: Bool {
        guard let frame = try? core.frame(slot, serial) else { return true }
        return frame.pointee.cursor >= frame.pointee.end
    }

    var currentIndex: Int {
        guard let frame = try? core.frame(slot, serial) else { return 0 }
        return frame.pointee.index
    }

    @inline(never)
    private func failure(_ fault: WireFault, _ type: Any.Type) -> DecodingError {
        guard let frame = try? core.frame(slot, serial) else {
            return core.error(fault, type, at: 0, slot: slot, serial: serial)
        }
        if frame.pointee.cursor >= frame.pointee.end {
            return .valueNotFound(
                type,
                .init(
                    codingPath: codingPath + [PathKey(intValue: frame.pointee.index)],
                    debugDescription: "there are only \(frame.pointee.index) elements."))
        }
        return core.error(fault, type, at: frame.pointee.cursor, slot: slot, serial: serial)
    }

    @inline(__always)
    private func take<S: WireScalar>(_ type: S.Type) throws -> S {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            var offset = frame.pointee.cursor
            let value = try core.scalar(type, at: &offset, in: frame)
            frame.pointee.cursor = offset
            frame.pointee.index += 1
            return value
        } catch {
            throw failure(error, type)
        }
    }

    mutating func decodeNil() throws -> Bool {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            guard frame.pointee.cursor < frame.pointee.end else { throw .truncated }
            guard core.isNil(at: frame.pointee.cursor, in: frame) else { return false }
            frame.pointee.cursor += 1
            frame.pointee.index += 1
            return true
        } catch {
            throw failure(error, Any?.self)
        }
    }

    mutating func decode(_ type: String.Type) throws -> String {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            var offset = frame.pointee.cursor
            let value = try core.string(at: &offset, in: frame)
            frame.pointee.cursor = offset
            frame.pointee.index += 1
            return value
        } catch {
            throw failure(error, type)
        }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try take(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try take(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try take(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try take(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take(type) }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try take(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try take(type) }

    /// `Foundation.Data` reads its bytes one by one through this method.
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
        if let frame = try? core.frame(slot, serial), frame.pointee.shape == .packed,
            frame.pointee.element == .uint8, frame.pointee.cursor < frame.pointee.end
        {
            let offset = frame.pointee.cursor
            frame.pointee.cursor = offset + 1
            frame.pointee.index += 1
            return core.base[offset]
        }
        return try take(type)
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard let frame = try? core.frame(slot, serial) else { throw failure(.stale, type) }
        guard frame.pointee.cursor < frame.pointee.end else { throw failure(.truncated, type) }
        var offset = frame.pointee.cursor
        let value = try core.value(type, at: &offset, slot: slot, serial: serial)
        advance(to: offset)
        return value
    }

    /// The frames may have moved while the value was read.
    @inline(__always)
    private func advance(to offset: Int) {
        guard let frame = try? core.frame(slot, serial) else { return }
        frame.pointee.cursor = offset
        frame.pointee.index += 1
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        let (decoder, next) = try elementDecoder()
        let container = try decoder.container(keyedBy: type)
        advance(to: next)
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let (decoder, next) = try elementDecoder()
        let container = try decoder.unkeyedContainer()
        advance(to: next)
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let (decoder, next) = try elementDecoder()
        advance(to: next)
        return decoder
    }

    /// The decoder of the next element, and where the element after it starts.
    private func elementDecoder() throws -> (ValueDecoder, Int) {
        do throws(WireFault) {
            let frame = try core.frame(slot, serial)
            var next = frame.pointee.cursor
            try core.skip(&next, in: frame)
            let decoder = ValueDecoder(
                core: core, offset: frame.pointee.cursor, slot: slot, serial: serial)
            return (decoder, next)
        } catch {
            throw failure(error, Any.self)
        }
    }
}
