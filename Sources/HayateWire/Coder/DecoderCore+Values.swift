// MARK: Values

extension DecoderCore {
    /// Reads a number or Boolean from a container.
    @inline(__always)
    func scalar<S: WireScalar>(
        _ type: S.Type, at offset: inout Int, in frame: UnsafeMutablePointer<DecoderFrame>
    ) throws(WireFault) -> S {
        if frame.pointee.shape == .packed {
            guard offset < frame.pointee.end else { throw .truncated }
            let element = frame.pointee.element
            let value = try S.take(packed: element, at: base + offset)
            offset += element.stride
            return value
        }
        return try S.take(from: base, at: &offset, end: frame.pointee.end)
    }

    /// Reads a string from a container.
    @inline(__always)
    func string(at offset: inout Int, in frame: UnsafeMutablePointer<DecoderFrame>)
        throws(WireFault) -> String
    {
        guard frame.pointee.shape != .packed else { throw .mismatch }
        return try string(at: &offset, end: frame.pointee.end)
    }

    func string(at offset: inout Int, end: Int) throws(WireFault) -> String {
        guard offset < end else { throw .truncated }
        let tag = base[offset]
        var start = offset + 1
        let length: Int
        if tag >= ValueTag.shortString, tag < ValueTag.shortStringEnd {
            length = Int(tag & 0x1F)
        } else if tag == ValueTag.string {
            length = try varint(&start, end: end)
        } else {
            throw mismatchFault(tag)
        }
        guard length <= end - start else { throw .truncated }
        if length > 15 { try charge(length + 32) }
        let utf8 = UnsafeBufferPointer(start: base + start, count: length)
        guard let text = String(validating: utf8, as: UTF8.self) else { throw .invalidUTF8 }
        offset = start + length
        return text
    }

    /// Moves behind a value of a container.
    @inline(__always)
    func skip(_ offset: inout Int, in frame: UnsafeMutablePointer<DecoderFrame>) throws(WireFault) {
        if frame.pointee.shape == .packed {
            guard offset < frame.pointee.end else { throw .truncated }
            offset += frame.pointee.element.stride
        } else {
            try skip(&offset, end: frame.pointee.end)
        }
    }

    /// Reads any value and moves the offset behind it. A fault is turned into a `DecodingError`
    /// here.
    func value<T: Decodable>(
        _ type: T.Type, at offset: inout Int, slot: UInt32, serial: UInt32
    ) throws -> T {
        let kind = ValueKind.of(T.self)
        do throws(WireFault) {
            let frame = try frame(slot, serial)
            if kind != .other, let known = try known(type, kind, at: &offset, in: frame) {
                return known
            }
            try charge(MemoryLayout<T>.stride + 16)
            try descend()
        } catch {
            throw self.error(error, type, at: offset, slot: slot, serial: serial)
        }
        let frames = state.pointee.frameCount
        defer {
            state.pointee.depth -= 1
            // After `finish` there is nothing to go back to.
            state.pointee.frameCount = min(frames, state.pointee.frameCount)
        }
        let value = try T(
            from: ValueDecoder(core: self, offset: offset, slot: slot, serial: serial))
        do throws(WireFault) {
            if let damage = state.pointee.damage { throw damage }
            try skip(&offset, in: frame(slot, serial))
        } catch {
            throw self.error(error, type, at: offset, slot: slot, serial: serial)
        }
        return value
    }

    /// Reads a value whose type the coder knows; nil when it must go through its own `init(from:)`.
    private func known<T>(
        _ type: T.Type, _ kind: ValueKind, at offset: inout Int,
        in frame: UnsafeMutablePointer<DecoderFrame>
    ) throws(WireFault) -> T? {
        switch kind {
        case .other: return nil
        case .string: return unsafeBitCast(try string(at: &offset, in: frame), to: T.self)
        case .bool: return cast(try scalar(Bool.self, at: &offset, in: frame), type)
        case .float: return cast(try scalar(Float.self, at: &offset, in: frame), type)
        case .double: return cast(try scalar(Double.self, at: &offset, in: frame), type)
        case .int: return cast(try scalar(Int.self, at: &offset, in: frame), type)
        case .int8: return cast(try scalar(Int8.self, at: &offset, in: frame), type)
        case .int16: return cast(try scalar(Int16.self, at: &offset, in: frame), type)
        case .int32: return cast(try scalar(Int32.self, at: &offset, in: frame), type)
        case .int64: return cast(try scalar(Int64.self, at: &offset, in: frame), type)
        case .int128: return cast(try scalar(Int128.self, at: &offset, in: frame), type)
        case .uint: return cast(try scalar(UInt.self, at: &offset, in: frame), type)
        case .uint8: return cast(try scalar(UInt8.self, at: &offset, in: frame), type)
        case .uint16: return cast(try scalar(UInt16.self, at: &offset, in: frame), type)
        case .uint32: return cast(try scalar(UInt32.self, at: &offset, in: frame), type)
        case .uint64: return cast(try scalar(UInt64.self, at: &offset, in: frame), type)
        case .uint128: return cast(try scalar(UInt128.self, at: &offset, in: frame), type)
        case .boolArray: return try numbers(Bool.self, .bool, at: &offset, in: frame)
        case .stringArray: return try strings(at: &offset, in: frame)
        case .floatArray: return try numbers(Float.self, .float, at: &offset, in: frame)
        case .doubleArray: return try numbers(Double.self, .double, at: &offset, in: frame)
        case .intArray: return try numbers(Int.self, .int64, at: &offset, in: frame)
        case .int8Array: return try numbers(Int8.self, .int8, at: &offset, in: frame)
        case .int16Array: return try numbers(Int16.self, .int16, at: &offset, in: frame)
        case .int32Array: return try numbers(Int32.self, .int32, at: &offset, in: frame)
        case .int64Array: return try numbers(Int64.self, .int64, at: &offset, in: frame)
        case .uintArray: return try numbers(UInt.self, .uint64, at: &offset, in: frame)
        case .uint8Array: return try numbers(UInt8.self, .uint8, at: &offset, in: frame)
        case .uint16Array: return try numbers(UInt16.self, .uint16, at: &offset, in: frame)
        case .uint32Array: return try numbers(UInt32.self, .uint32, at: &offset, in: frame)
        case .uint64Array: return try numbers(UInt64.self, .uint64, at: &offset, in: frame)
        }
    }

    /// `ValueKind` has established that both types are the same.
    @inline(__always)
    private func cast<S, T>(_ value: S, _ type: T.Type) -> T { unsafeBitCast(value, to: type) }

    /// Copies an array of numbers; nil when it was written in another way, element by element or
    /// with another width.
    @inline(__always)
    private func numbers<E, T>(
        _ type: E.Type, _ element: PackedElement, at offset: inout Int,
        in frame: UnsafeMutablePointer<DecoderFrame>
    ) throws(WireFault) -> T? {
        let end = frame.pointee.end
        guard offset < end, frame.pointee.shape != .packed else { return nil }
        if base[offset] == ValueTag.empty {
            offset += 1
            return unsafeBitCast([E](), to: T.self)
        }
        guard base[offset] == ValueTag.packed | element.rawValue else { return nil }
        var start = offset
        let count = try packedCount(&start, end: end, element)
        let size = count * MemoryLayout<E>.stride
        try charge(size + 32)
        if element == .bool {
            for position in start..<start + size where base[position] > 1 { throw .outOfRange }
        }
        let source = UnsafeRawPointer(base + start)
        let array = [E](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let destination = buffer.baseAddress {
                UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: size)
            }
            initialized = count
        }
        offset = start + size
        return unsafeBitCast(array, to: T.self)
    }

    private func strings<T>(at offset: inout Int, in frame: UnsafeMutablePointer<DecoderFrame>)
        throws(WireFault) -> T?
    {
        guard offset < frame.pointee.end, frame.pointee.shape != .packed,
            base[offset] == ValueTag.unkeyed || base[offset] == ValueTag.unkeyedWide
        else { return nil }
        var end = offset
        try skip(&end, end: frame.pointee.end)
        var position = offset + (base[offset] == ValueTag.unkeyed ? 2 : 9)
        var array: [String] = []
        while position < end {
            try charge(MemoryLayout<String>.stride * 2)
            array.append(try string(at: &position, end: end))
        }
        offset = end
        return unsafeBitCast(array, to: T.self)
    }
}

// MARK: Keys

extension DecoderCore {
    /// Reads the key of an entry.
    @inline(__always)
    func key(at offset: inout Int, end: Int) throws(WireFault) -> KeySpan {
        guard offset < end else { throw .truncated }
        let tag = base[offset]
        offset += 1
        if tag < KeyTag.inline {
            guard Int(tag) < state.pointee.keyCount else { throw .keyIndex }
            return state.pointee.keys[Int(tag)]
        }
        let length =
            tag == KeyTag.inlineLong ? try varint(&offset, end: end) : Int(tag - KeyTag.inline)
        guard length <= end - offset else { throw .length }
        let span = KeySpan(offset: offset, length: length)
        offset += length
        return span
    }

    /// Where the value of a key starts; nil when there is no such key. The entry at the cursor is
    /// tried first, because fields are read in the order in which they were written.
    @inline(__always)
    func find(
        _ name: String, in frame: UnsafeMutablePointer<DecoderFrame>
    ) throws(WireFault) -> Int? {
        var name = name
        let result = name.withUTF8 { name -> Result<Int?, WireFault> in
            do throws(WireFault) {
                var offset = frame.pointee.cursor
                if offset < frame.pointee.end {
                    let span = try key(at: &offset, end: frame.pointee.end)
                    if isEqual(span, name) { return .success(offset) }
                }
                return .success(try search(name, in: frame))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @inline(__always)
    private func isEqual(_ span: KeySpan, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard span.length == name.count else { return false }
        var index = 0
        while index < span.length {
            if base[span.offset + index] != name[index] { return false }
            index += 1
        }
        return true
    }

    /// Looks through all entries, from the cursor to the end and then from the start.
    @inline(never)
    private func search(
        _ name: UnsafeBufferPointer<UInt8>, in frame: UnsafeMutablePointer<DecoderFrame>
    ) throws(WireFault) -> Int? {
        let (cursor, end) = (frame.pointee.cursor, frame.pointee.end)
        var offset = cursor
        while offset < end {
            let span = try key(at: &offset, end: end)
            if isEqual(span, name) { return offset }
            try skip(&offset, end: end)
        }
        offset = frame.pointee.start
        while offset < cursor {
            let span = try key(at: &offset, end: end)
            if isEqual(span, name) { return offset }
            try skip(&offset, end: end)
        }
        return nil
    }

    /// The text of a key for error messages; damaged UTF-8 is repaired.
    func text(_ span: KeySpan) -> String {
        String(
            decoding: UnsafeBufferPointer(start: base + span.offset, count: span.length),
            as: UTF8.self)
    }

    @inline(__always)
    func isNil(at offset: Int, in frame: UnsafeMutablePointer<DecoderFrame>) -> Bool {
        guard offset < frame.pointee.end, frame.pointee.shape != .packed else { return false }
        return base[offset] == ValueTag.null || base[offset] == ValueTag.absent
    }
}

// MARK: Errors

extension DecoderCore {
    /// The error for a fault at an offset of a container.
    @inline(never)
    func error(
        _ fault: WireFault, _ type: Any.Type, at offset: Int, slot: UInt32, serial: UInt32
    ) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(slot, serial, to: offset), debugDescription: fault.reason,
            underlyingError: fault)
        switch fault {
        case .mismatch: return .typeMismatch(type, context)
        case .null: return .valueNotFound(type, context)
        default: return .dataCorrupted(context)
        }
    }

    /// The keys from the root down to the value at an offset of a container.
    func path(_ slot: UInt32, _ serial: UInt32, to offset: Int) -> [any CodingKey] {
        guard var frame = try? frame(slot, serial) else { return [] }
        var (slot, offset) = (slot, offset)
        var keys: [any CodingKey] = []
        while slot != 0 {
            if let key = pathKey(of: offset, in: frame) { keys.append(key) }
            offset = frame.pointee.value
            slot = frame.pointee.parent
            frame = state.pointee.frames + Int(slot)
        }
        return keys.reversed()
    }

    private func pathKey(of value: Int, in frame: UnsafeMutablePointer<DecoderFrame>) -> PathKey? {
        var offset = frame.pointee.start
        var index = 0
        while offset < frame.pointee.end, offset <= value {
            if frame.pointee.shape == .keyed {
                guard let span = try? key(at: &offset, end: frame.pointee.end) else { return nil }
                if offset == value { return PathKey(stringValue: text(span)) }
            } else if offset == value {
                return PathKey(intValue: index)
            }
            guard (try? skip(&offset, in: frame)) != nil else { return nil }
            index += 1
        }
        return frame.pointee.shape == .keyed ? nil : PathKey(intValue: index)
    }
}
