// MARK: Values

extension EncoderCore {
    /// Arrays from this size on are copied once, when the message is put together.
    private static let blobThreshold = 16 * 1024

    /// Writes any value at the end of the buffer. After an error the caller rolls back.
    func append<T: Encodable>(value: T) throws {
        let kind = ValueKind.of(T.self)
        if kind != .other { return appendKnown(value, kind) }
        try descend(value)
        let serial = push(.open)
        let slot = state.pointee.top
        try value.encode(to: ValueEncoder(core: self, slot: slot, serial: serial))
        try pop(slot, serial)
        state.pointee.depth -= 1
    }

    private func appendKnown<T>(_ value: T, _ kind: ValueKind) {
        withUnsafePointer(to: value) { pointer in
            let value = UnsafeRawPointer(pointer)
            switch kind {
            case .other: break
            case .bool: append(value.load(as: Bool.self))
            case .string: append(value.load(as: String.self))
            case .float: append(value.load(as: Float.self))
            case .double: append(value.load(as: Double.self))
            case .int: append(value.load(as: Int.self))
            case .int8: append(value.load(as: Int8.self))
            case .int16: append(value.load(as: Int16.self))
            case .int32: append(value.load(as: Int32.self))
            case .int64: append(value.load(as: Int64.self))
            case .int128: append(value.load(as: Int128.self))
            case .uint: append(value.load(as: UInt.self))
            case .uint8: append(value.load(as: UInt8.self))
            case .uint16: append(value.load(as: UInt16.self))
            case .uint32: append(value.load(as: UInt32.self))
            case .uint64: append(value.load(as: UInt64.self))
            case .uint128: append(value.load(as: UInt128.self))
            case .boolArray: append(value.load(as: [Bool].self), as: .bool)
            case .stringArray: append(strings: value.load(as: [String].self))
            case .floatArray: append(value.load(as: [Float].self), as: .float)
            case .doubleArray: append(value.load(as: [Double].self), as: .double)
            case .intArray: append(value.load(as: [Int].self), as: .int64)
            case .int8Array: append(value.load(as: [Int8].self), as: .int8)
            case .int16Array: append(value.load(as: [Int16].self), as: .int16)
            case .int32Array: append(value.load(as: [Int32].self), as: .int32)
            case .int64Array: append(value.load(as: [Int64].self), as: .int64)
            case .uintArray: append(value.load(as: [UInt].self), as: .uint64)
            case .uint8Array: append(value.load(as: [UInt8].self), as: .uint8)
            case .uint16Array: append(value.load(as: [UInt16].self), as: .uint16)
            case .uint32Array: append(value.load(as: [UInt32].self), as: .uint32)
            case .uint64Array: append(value.load(as: [UInt64].self), as: .uint64)
            }
        }
    }

    private func append<E>(_ array: [E], as element: PackedElement) {
        guard !array.isEmpty else { return appendByte(ValueTag.empty) }
        let size = array.count * MemoryLayout<E>.stride
        appendByte(ValueTag.packed | element.rawValue)
        appendVarint(array.count)
        if size < Self.blobThreshold {
            array.withUnsafeBytes { appendRaw($0.assumingMemoryBound(to: UInt8.self)) }
        } else {
            blobs.append(
                EncoderBlob(
                    offset: state.pointee.count, byteCount: size,
                    copy: { destination in
                        array.withUnsafeBytes { source in
                            guard let base = source.baseAddress else { return }
                            destination.copyMemory(from: base, byteCount: source.count)
                        }
                    }))
            state.pointee.external += size
        }
    }

    private func append(strings: [String]) {
        _ = push(.unkeyed)
        appendByte(ValueTag.unkeyed)
        appendByte(0 as UInt8)
        for text in strings { append(text) }
        closeTop()
    }

    /// Writes the tag and the place of the length of a container, and makes the top frame that
    /// container.
    @inline(__always)
    func beginContainer(_ shape: EncoderFrame.Shape) {
        state.pointee.frames[state.pointee.top].shape = shape
        let head = reserve(2)
        head[0] = shape == .keyed ? ValueTag.keyed : ValueTag.unkeyed
        head[1] = 0
        advance(2)
    }
}

// MARK: Containers written beside the buffer

extension EncoderCore {
    /// Begins a nested container, or with `.open` a nested value, at the end of the buffer. The
    /// parent has written the key, if it has keys.
    func nested(_ shape: EncoderFrame.Shape) -> (core: EncoderCore, slot: Int, serial: UInt32) {
        var core = self
        if buildsApart {
            core = EncoderCore(
                maximumDepth: maximumDepth, userInfo: userInfo, buildsApart: true,
                collects: collects, prefix: path(to: state.pointee.top))
            core.state.pointee.depth = state.pointee.depth
            blobs.append(
                EncoderBlob(offset: state.pointee.count, byteCount: 0, copy: nil, child: core))
        }
        let serial = core.push(.open)
        if shape != .open { core.beginContainer(shape) }
        return (core, core.state.pointee.top, serial)
    }

    /// Ends the nested containers that were begun after an offset, and counts their bytes.
    func settleChildren(from start: Int) {
        var index = blobs.count - 1
        while index >= 0, blobs[index].offset > start {
            if let child = blobs[index].child, blobs[index].copy == nil {
                while child.state.pointee.top >= 0 { child.closeTop() }
                if child.isOutOfOrder { isOutOfOrder = true }
                if failure == nil { failure = child.failure }
                contents += child.contents
                blobs[index].byteCount = child.byteCount
                blobs[index].copy = child.copy
                state.pointee.external += child.byteCount
            }
            index -= 1
        }
    }

    /// Ends the message: containers that somebody kept are dead from here on.
    func finish() {
        state.pointee.top = -1
    }

    /// The length of the message so far.
    var byteCount: Int { state.pointee.count + state.pointee.external }

    /// Copies the message, whose length is `byteCount`, to its final place.
    func copy(to destination: UnsafeMutableRawPointer) {
        var source = 0
        var target = destination
        for blob in blobs {
            target.copyMemory(from: state.pointee.bytes + source, byteCount: blob.offset - source)
            target += blob.offset - source
            source = blob.offset
            blob.copy?(target)
            target += blob.byteCount
        }
        target.copyMemory(
            from: state.pointee.bytes + source, byteCount: state.pointee.count - source)
    }
}

// MARK: Errors

extension EncoderCore {
    func error(_ reason: String, path: [any CodingKey]) -> EncodingError {
        .invalidValue(self, .init(codingPath: path, debugDescription: reason))
    }

    /// Remembers a mistake made where nothing can be thrown.
    func fail(_ reason: String) {
        guard failure == nil else { return }
        failure = error(reason, path: path(to: state.pointee.top))
    }

    /// The keys from the root down to the value that the container in this slot is writing.
    func path(to slot: Int) -> [any CodingKey] {
        var path = prefix
        let last = min(slot, state.pointee.top)
        guard last >= 0 else { return path }
        for index in 0...last {
            let frame = state.pointee.frames[index]
            switch frame.shape {
            case .keyed where frame.entry > frame.start: path.append(key(at: frame.entry))
            case .unkeyed where frame.entry > 0: path.append(PathKey(intValue: frame.entry - 1))
            default: break
            }
        }
        return path
    }

    /// The keys from the root down to the container in this slot.
    func containerPath(_ slot: Int) -> [any CodingKey] { path(to: slot - 1) }

    private func key(at offset: Int) -> PathKey {
        let bytes = state.pointee.bytes
        let tag = bytes[offset]
        if Int(tag) < state.pointee.keyCount {
            return PathKey(stringValue: state.pointee.keys[Int(tag)].text)
        }
        let rest = UnsafeBufferPointer(start: bytes + offset, count: state.pointee.count - offset)
        var start = 1
        var length = Int(tag) - Int(KeyTag.inline)
        if tag == KeyTag.inlineLong {
            length = 0
            var shift = 0
            repeat {
                length |= Int(rest[start] & 0x7F) << shift
                shift += 7
                start += 1
            } while rest[start - 1] >= 0x80
        }
        return PathKey(stringValue: String(decoding: rest[start..<start + length], as: UTF8.self))
    }
}
