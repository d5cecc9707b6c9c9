/// A container that is being read.
struct DecoderFrame {
    enum Shape: UInt8 {
        case keyed, unkeyed, packed
    }

    /// Offset of the container's own tag, by which its parent knows it.
    var value: Int
    /// The content, and how far it was read in order.
    var start: Int
    var end: Int
    var cursor: Int
    /// Unkeyed: how many elements were read.
    var index: Int
    var parent: UInt32
    /// Tells this frame from others that lay in the same place before.
    var serial: UInt32
    var shape: Shape
    var element: PackedElement
}

/// The text of a key, as a place in the message.
struct KeySpan {
    var offset: Int
    var length: Int
}

struct DecoderState {
    var frames: UnsafeMutablePointer<DecoderFrame>
    var frameCount = 0
    var frameCapacity: Int
    var keys: UnsafeMutablePointer<KeySpan>
    var keyCount = 0
    var keyCapacity: Int
    var serial: UInt32 = 0
    var depth = 0
    /// Bytes that may still be allocated.
    var budget: Int
    /// What was found where nothing can be thrown; the value that is being read throws it when it
    /// is done.
    var damage: WireFault?
}

/// One message that is being decoded, and its containers.
///
/// The bytes are borrowed: they are there while `BinaryDecoder.decode` runs. Frames are what gives
/// access to them, and `finish` takes all frames away, so that a decoder that somebody kept reads
/// nothing.
final class DecoderCore {
    private static let inlineFrames = 6
    private static let inlineKeys = 16

    let state: UnsafeMutablePointer<DecoderState>
    let base: UnsafePointer<UInt8>
    private let block: UnsafeMutableRawPointer
    private let maximumDepth: Int
    let userInfo: [CodingUserInfoKey: any Sendable]

    /// `end` is where the value ends; the table of keys follows it up to `count`.
    init(
        base: UnsafePointer<UInt8>, count: Int, limits: DecodingLimits,
        userInfo: [CodingUserInfoKey: any Sendable]
    ) throws(WireFault) {
        self.base = base
        self.maximumDepth = limits.maximumDepth
        self.userInfo = userInfo
        let framesOffset = MemoryLayout<DecoderState>.stride
        let keysOffset = framesOffset + Self.inlineFrames * MemoryLayout<DecoderFrame>.stride
        let size = keysOffset + Self.inlineKeys * MemoryLayout<KeySpan>.stride
        block = .allocate(byteCount: size, alignment: 16)
        state = block.bindMemory(to: DecoderState.self, capacity: 1)
        state.initialize(
            to: DecoderState(
                frames: (block + framesOffset).bindMemory(
                    to: DecoderFrame.self, capacity: Self.inlineFrames),
                frameCapacity: Self.inlineFrames,
                keys: (block + keysOffset).bindMemory(to: KeySpan.self, capacity: Self.inlineKeys),
                keyCapacity: Self.inlineKeys,
                budget: limits.budget(inputBytes: count)))
        guard count <= limits.maximumInputBytes else { throw .inputSize }
        var end = 0
        try skip(&end, end: count)
        if end < count { try readKeyTable(from: end, to: count) }
        try pushFrame(
            DecoderFrame(
                value: 0, start: 0, end: end, cursor: 0, index: 0, parent: 0, serial: 0,
                shape: .unkeyed, element: .uint8))
    }

    deinit {
        if state.pointee.frameCapacity != Self.inlineFrames { state.pointee.frames.deallocate() }
        if state.pointee.keyCapacity != Self.inlineKeys { state.pointee.keys.deallocate() }
        block.deallocate()
    }

    private func readKeyTable(from start: Int, to end: Int) throws(WireFault) {
        var offset = start
        while offset < end {
            let count = state.pointee.keyCount
            guard count < KeyTag.tableLimit else { throw .keyTable }
            let length: Int
            if base[offset] < 0x80 {
                length = Int(base[offset])
                offset += 1
            } else {
                length = try varint(&offset, end: end)
            }
            guard length <= end - offset else { throw .keyTable }
            if count == state.pointee.keyCapacity {
                let keys = UnsafeMutablePointer<KeySpan>.allocate(capacity: KeyTag.tableLimit)
                keys.update(from: state.pointee.keys, count: count)
                state.pointee.keys = keys
                state.pointee.keyCapacity = KeyTag.tableLimit
            }
            (state.pointee.keys + count).initialize(to: KeySpan(offset: offset, length: length))
            state.pointee.keyCount = count + 1
            offset += length
        }
    }

    /// Takes every container away from those who still hold one.
    func finish() {
        state.pointee.frameCount = 0
    }
}

// MARK: Frames

extension DecoderCore {
    @inline(__always)
    func frame(
        _ slot: UInt32, _ serial: UInt32
    ) throws(WireFault) -> UnsafeMutablePointer<DecoderFrame> {
        guard Int(slot) < state.pointee.frameCount else { throw .stale }
        let frame = state.pointee.frames + Int(slot)
        guard frame.pointee.serial == serial else { throw .stale }
        return frame
    }

    @inline(__always)
    func pushFrame(_ frame: DecoderFrame) throws(WireFault) {
        let slot = state.pointee.frameCount
        if slot == state.pointee.frameCapacity { try growFrames() }
        (state.pointee.frames + slot).initialize(to: frame)
        state.pointee.frameCount = slot + 1
    }

    private func growFrames() throws(WireFault) {
        let capacity = state.pointee.frameCapacity * 2
        try charge(capacity * MemoryLayout<DecoderFrame>.stride)
        let frames = UnsafeMutablePointer<DecoderFrame>.allocate(capacity: capacity)
        frames.update(from: state.pointee.frames, count: state.pointee.frameCount)
        if state.pointee.frameCapacity != Self.inlineFrames { state.pointee.frames.deallocate() }
        state.pointee.frames = frames
        state.pointee.frameCapacity = capacity
    }

    /// Opens the container at an offset of another container. Its slot is the last one.
    func open(_ shape: DecoderFrame.Shape, at value: Int, parent slot: UInt32, _ serial: UInt32)
        throws(WireFault) -> UInt32
    {
        let parent = try frame(slot, serial)
        guard parent.pointee.shape != .packed else { throw .mismatch }
        var offset = value
        var opened = try header(&offset, end: parent.pointee.end, shape)
        let serial = state.pointee.serial &+ 1
        state.pointee.serial = serial
        opened.value = value
        opened.parent = slot
        opened.serial = serial
        try pushFrame(opened)
        return serial
    }

    /// Reads the start of a container; only the frame's extent and shape are meant.
    private func header(_ offset: inout Int, end: Int, _ shape: DecoderFrame.Shape)
        throws(WireFault) -> DecoderFrame
    {
        guard offset < end else { throw .truncated }
        let tag = base[offset]
        var result = DecoderFrame(
            value: 0, start: 0, end: 0, cursor: 0, index: 0, parent: 0, serial: 0, shape: shape,
            element: .uint8)
        let length: Int
        switch tag {
        case ValueTag.empty:
            offset += 1
            length = 0
        case ValueTag.keyed where shape == .keyed, ValueTag.unkeyed where shape == .unkeyed:
            guard end - offset >= 2 else { throw .truncated }
            length = Int(base[offset + 1])
            offset += 2
        case ValueTag.keyedWide where shape == .keyed, ValueTag.unkeyedWide where shape == .unkeyed:
            length = try wideLength(&offset, end: end)
        case ValueTag.packed..<ValueTag.packedEnd where shape == .unkeyed:
            guard let element = PackedElement(rawValue: tag & 0x0F) else { throw .reserved }
            length = try packedCount(&offset, end: end, element) * element.stride
            result.shape = .packed
            result.element = element
        default:
            throw mismatchFault(tag)
        }
        guard length <= end - offset else { throw .length }
        result.start = offset
        result.cursor = offset
        result.end = offset + length
        return result
    }

    @inline(__always)
    func charge(_ bytes: Int) throws(WireFault) {
        let (rest, overflow) = state.pointee.budget.subtractingReportingOverflow(bytes)
        guard !overflow, rest >= 0 else { throw .budget }
        state.pointee.budget = rest
    }

    /// Counts one more level of values inside values.
    @inline(__always)
    func descend() throws(WireFault) {
        guard state.pointee.depth < maximumDepth else { throw .tooDeep }
        state.pointee.depth += 1
    }
}

// MARK: Lengths

extension DecoderCore {
    /// Reads a length; only values from 0 to `Int.max` pass.
    func varint(_ offset: inout Int, end: Int) throws(WireFault) -> Int {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < end else { throw .truncated }
            let byte = base[offset]
            offset += 1
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || (shift == 63 && bits == 0) else { throw .length }
            result |= bits << shift
            if byte < 0x80 { break }
            shift += 7
        }
        guard let length = Int(exactly: result) else { throw .length }
        return length
    }

    @inline(__always)
    private func wideLength(_ offset: inout Int, end: Int) throws(WireFault) -> Int {
        guard end - offset >= 9 else { throw .truncated }
        guard let length = Int(exactly: (base + offset + 1).load(UInt64.self)) else {
            throw .length
        }
        offset += 9
        return length
    }

    /// Reads tag and count of an array of numbers and checks that the numbers are there.
    @inline(__always)
    func packedCount(_ offset: inout Int, end: Int, _ element: PackedElement)
        throws(WireFault) -> Int
    {
        offset += 1
        let count = try varint(&offset, end: end)
        guard count <= (end - offset) / element.stride else { throw .length }
        return count
    }

    /// Moves behind a value without looking into it. Takes the same time for every value.
    @inline(__always)
    func skip(_ offset: inout Int, end: Int) throws(WireFault) {
        guard offset < end else { throw .truncated }
        let tag = base[offset]
        if tag < ValueTag.smallIntegerEnd {
            offset += 1
        } else if tag == ValueTag.keyed || tag == ValueTag.unkeyed {
            guard end - offset >= 2 else { throw .truncated }
            let length = Int(base[offset + 1]) + 2
            guard length <= end - offset else { throw .length }
            offset += length
        } else {
            try skipOther(tag, &offset, end: end)
        }
    }

    @inline(never)
    private func skipOther(_ tag: UInt8, _ offset: inout Int, end: Int) throws(WireFault) {
        var length = 1
        switch tag {
        case ValueTag.shortString..<ValueTag.shortStringEnd:
            length += Int(tag & 0x1F)
        case ValueTag.null, ValueTag.absent, ValueTag.false, ValueTag.true, ValueTag.empty: break
        case ValueTag.string:
            offset += 1
            length = try varint(&offset, end: end)
        case ValueTag.float: length += 4
        case ValueTag.double: length += 8
        case ValueTag.positive..<ValueTag.positive + 5, ValueTag.negative..<ValueTag.negative + 5:
            length += 1 << Int(tag & 7)
        case ValueTag.keyedWide, ValueTag.unkeyedWide:
            length = try wideLength(&offset, end: end)
        case ValueTag.packed..<ValueTag.packedEnd:
            guard let element = PackedElement(rawValue: tag & 0x0F) else { throw .reserved }
            length = try packedCount(&offset, end: end, element) * element.stride
        default: throw .reserved
        }
        guard length <= end - offset else { throw .truncated }
        offset += length
    }
}
