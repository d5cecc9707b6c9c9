/// A value of at most 17 bytes: a number or a Boolean.
protocol WireScalar {
    /// Writes tag and value, and returns how many bytes that took, at most 17.
    @inline(__always)
    func put(at destination: UnsafeMutablePointer<UInt8>) -> Int

    /// Reads the value at an offset and moves the offset behind it.
    @inline(__always)
    static func take(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Self

    /// Reads one element of an array of numbers; the bytes are known to be there.
    static func take(packed element: PackedElement, at bytes: UnsafePointer<UInt8>)
        throws(WireFault) -> Self
}

extension UnsafeMutablePointer<UInt8> {
    @inline(__always)
    func store<T: BitwiseCopyable>(_ value: T) {
        UnsafeMutableRawPointer(self).storeBytes(of: value, as: T.self)
    }
}

extension UnsafePointer<UInt8> {
    @inline(__always)
    func load<T: BitwiseCopyable>(_ type: T.Type) -> T {
        UnsafeRawPointer(self).loadUnaligned(as: type)
    }
}

/// The fault for a tag that is not the wanted type.
@inline(never)
func mismatchFault(_ tag: UInt8) -> WireFault {
    switch tag {
    case ValueTag.null, ValueTag.absent: .null
    case ..<0xA8, 0xA8..<0xAD, 0xB0..<0xB5, 0xB8..<0xBC, ValueTag.packed..<ValueTag.packedEnd:
        .mismatch
    default: .reserved
    }
}

extension WireScalar where Self: FixedWidthInteger {
    @inline(__always)
    func put(at destination: UnsafeMutablePointer<UInt8>) -> Int {
        if self >= 0 && self < 0x80 as Int16 {
            destination[0] = UInt8(truncatingIfNeeded: self)
            return 1
        }
        return putLong(at: destination)
    }

    func putLong(at destination: UnsafeMutablePointer<UInt8>) -> Int {
        let isNegative = self < (0 as Self)
        let magnitude = isNegative ? ~self : self
        let tag = isNegative ? ValueTag.negative : ValueTag.positive
        let bits = Self.bitWidth - magnitude.leadingZeroBitCount
        let body = destination + 1
        switch bits {
        case ...8:
            destination[0] = tag
            body[0] = UInt8(truncatingIfNeeded: magnitude)
            return 2
        case ...16:
            destination[0] = tag + 1
            body.store(UInt16(truncatingIfNeeded: magnitude))
            return 3
        case ...32:
            destination[0] = tag + 2
            body.store(UInt32(truncatingIfNeeded: magnitude))
            return 5
        case ...64:
            destination[0] = tag + 3
            body.store(UInt64(truncatingIfNeeded: magnitude))
            return 9
        default:
            destination[0] = tag + 4
            body.store(UInt128(truncatingIfNeeded: magnitude))
            return 17
        }
    }

    @inline(__always)
    static func take(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Self {
        guard offset < end else { throw .truncated }
        let tag = bytes[offset]
        if tag < ValueTag.smallIntegerEnd {
            offset += 1
            return Self(truncatingIfNeeded: tag)
        }
        return try takeLong(from: bytes, at: &offset, end: end)
    }

    static func takeLong(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Self {
        let tag = bytes[offset]
        let width = tag & 7
        guard tag >= ValueTag.positive, tag < ValueTag.negative + 5, width < 5 else {
            throw mismatchFault(tag)
        }
        let size = 1 << Int(width)
        guard end - offset > size else { throw .truncated }
        let body = bytes + offset + 1
        let value: Self?
        let isNegative = tag >= ValueTag.negative
        switch width {
        case 0: value = exactly(body[0], isNegative)
        case 1: value = exactly(body.load(UInt16.self), isNegative)
        case 2: value = exactly(body.load(UInt32.self), isNegative)
        case 3: value = exactly(body.load(UInt64.self), isNegative)
        default: value = exactly(body.load(UInt128.self), isNegative)
        }
        guard let value else { throw .outOfRange }
        offset += 1 + size
        return value
    }

    @inline(__always)
    private static func exactly<M: FixedWidthInteger>(_ magnitude: M, _ isNegative: Bool) -> Self? {
        guard isNegative else { return Self(exactly: magnitude) }
        guard Self.isSigned, let value = Self(exactly: magnitude) else { return nil }
        return ~value
    }

    static func take(packed element: PackedElement, at bytes: UnsafePointer<UInt8>)
        throws(WireFault) -> Self
    {
        let value: Self? =
            switch element {
            case .uint8: Self(exactly: bytes[0])
            case .uint16: Self(exactly: bytes.load(UInt16.self))
            case .uint32: Self(exactly: bytes.load(UInt32.self))
            case .uint64: Self(exactly: bytes.load(UInt64.self))
            case .int8: Self(exactly: bytes.load(Int8.self))
            case .int16: Self(exactly: bytes.load(Int16.self))
            case .int32: Self(exactly: bytes.load(Int32.self))
            case .int64: Self(exactly: bytes.load(Int64.self))
            case .float, .double, .bool: throw .mismatch
            }
        guard let value else { throw .outOfRange }
        return value
    }
}

extension Int: WireScalar {}
extension Int8: WireScalar {}
extension Int16: WireScalar {}
extension Int32: WireScalar {}
extension Int64: WireScalar {}
extension Int128: WireScalar {}
extension UInt: WireScalar {}
extension UInt8: WireScalar {}
extension UInt16: WireScalar {}
extension UInt32: WireScalar {}
extension UInt64: WireScalar {}
extension UInt128: WireScalar {}

extension Double: WireScalar {
    @inline(__always)
    func put(at destination: UnsafeMutablePointer<UInt8>) -> Int {
        destination[0] = ValueTag.double
        (destination + 1).store(bitPattern)
        return 9
    }

    @inline(__always)
    static func take(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Double {
        guard offset < end else { throw .truncated }
        guard bytes[offset] == ValueTag.double else { throw mismatchFault(bytes[offset]) }
        guard end - offset > 8 else { throw .truncated }
        let value = Double(bitPattern: (bytes + offset + 1).load(UInt64.self))
        offset += 9
        return value
    }

    static func take(packed element: PackedElement, at bytes: UnsafePointer<UInt8>)
        throws(WireFault) -> Double
    {
        guard element == .double else { throw .mismatch }
        return Double(bitPattern: bytes.load(UInt64.self))
    }
}

extension Float: WireScalar {
    @inline(__always)
    func put(at destination: UnsafeMutablePointer<UInt8>) -> Int {
        destination[0] = ValueTag.float
        (destination + 1).store(bitPattern)
        return 5
    }

    @inline(__always)
    static func take(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Float {
        guard offset < end else { throw .truncated }
        guard bytes[offset] == ValueTag.float else { throw mismatchFault(bytes[offset]) }
        guard end - offset > 4 else { throw .truncated }
        let value = Float(bitPattern: (bytes + offset + 1).load(UInt32.self))
        offset += 5
        return value
    }

    static func take(packed element: PackedElement, at bytes: UnsafePointer<UInt8>)
        throws(WireFault) -> Float
    {
        guard element == .float else { throw .mismatch }
        return Float(bitPattern: bytes.load(UInt32.self))
    }
}

extension Bool: WireScalar {
    @inline(__always)
    func put(at destination: UnsafeMutablePointer<UInt8>) -> Int {
        destination[0] = self ? ValueTag.true : ValueTag.false
        return 1
    }

    @inline(__always)
    static func take(
        from bytes: UnsafePointer<UInt8>, at offset: inout Int, end: Int
    ) throws(WireFault) -> Bool {
        guard offset < end else { throw .truncated }
        let tag = bytes[offset]
        guard tag == ValueTag.true || tag == ValueTag.false else { throw mismatchFault(tag) }
        offset += 1
        return tag == ValueTag.true
    }

    static func take(packed element: PackedElement, at bytes: UnsafePointer<UInt8>)
        throws(WireFault) -> Bool
    {
        guard element == .bool else { throw .mismatch }
        guard bytes[0] < 2 else { throw .outOfRange }
        return bytes[0] == 1
    }
}
