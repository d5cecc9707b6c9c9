/// One container, or one value whose `encode(to:)` is running.
struct EncoderFrame {
    enum Shape: UInt8 {
        /// Nothing was written yet.
        case open
        case single, keyed, unkeyed, packed
    }

    /// Offset of the value's tag in the buffer.
    var start: Int
    /// `EncoderState.external` when the frame was pushed.
    var external: Int
    /// Keyed: offset of the latest key. Otherwise: how many elements were written.
    var entry: Int
    /// Tells this frame from others that lay in the same place before.
    var serial: UInt32
    var shape: Shape
    var element: PackedElement
}

/// A key of the message's table. `next` is the key that followed it the last time, which makes the
/// search for the next key one comparison wherever fields repeat in the same order.
struct EncoderKey {
    var text: String
    var next: Int
}

/// What changes on every write. It lives in plain memory, where an access costs no exclusivity
/// check.
struct EncoderState {
    var bytes: UnsafeMutablePointer<UInt8>
    var count = 0
    var capacity: Int
    var frames: UnsafeMutablePointer<EncoderFrame>
    /// Index of the innermost frame; -1 when there is none.
    var top = -1
    var frameCapacity: Int
    var keys: UnsafeMutablePointer<EncoderKey>
    var keyCount = 0
    var keyCapacity: Int
    var latestKey = -1
    var serial: UInt32 = 0
    var depth = 0
    /// Bytes of the message that lie in `EncoderCore.blobs` and not in the buffer.
    var external = 0
}

/// A large array of numbers that is copied only once, into the finished message; or a container
/// that is written beside the buffer because it is not the innermost one.
struct EncoderBlob {
    var offset: Int
    var byteCount: Int
    var copy: ((UnsafeMutableRawPointer) -> Void)?
    var child: EncoderCore?
}

/// The buffer of one message and the stack of its open containers.
///
/// Containers close when an outer one is written to, or when the value that opened them has been
/// written. Writing to a closed one is legal for `Codable` and rare: it sets `isOutOfOrder`, and
/// the message is then encoded again with `buildsApart`, where each nested container has a core of
/// its own.
final class EncoderCore {
    private static let inlineFrames = 12
    private static let inlineKeys = 8
    private static let inlineBytes = 448

    let state: UnsafeMutablePointer<EncoderState>
    private let block: UnsafeMutableRawPointer
    let maximumDepth: Int
    let userInfo: [CodingUserInfoKey: any Sendable]
    let buildsApart: Bool
    /// Whether shared contents are collected and may be meant by number.
    let collects: Bool
    var contents: [any SharedContent] = []
    /// Where this core's value lies, if it is written beside another one.
    let prefix: [any CodingKey]
    var blobs: [EncoderBlob] = []
    /// A mistake in a type's `encode(to:)` that could not be thrown where it was made.
    var failure: EncodingError?
    var isOutOfOrder = false

    init(
        maximumDepth: Int, userInfo: [CodingUserInfoKey: any Sendable],
        buildsApart: Bool = false, collects: Bool = false, prefix: [any CodingKey] = []
    ) {
        self.maximumDepth = maximumDepth
        self.userInfo = userInfo
        self.buildsApart = buildsApart
        self.collects = collects
        self.prefix = prefix
        let framesOffset = MemoryLayout<EncoderState>.stride
        let keysOffset = framesOffset + Self.inlineFrames * MemoryLayout<EncoderFrame>.stride
        let bytesOffset = keysOffset + Self.inlineKeys * MemoryLayout<EncoderKey>.stride
        block = .allocate(byteCount: bytesOffset + Self.inlineBytes, alignment: 16)
        state = block.bindMemory(to: EncoderState.self, capacity: 1)
        state.initialize(
            to: EncoderState(
                bytes: (block + bytesOffset).bindMemory(to: UInt8.self, capacity: Self.inlineBytes),
                capacity: Self.inlineBytes,
                frames: (block + framesOffset).bindMemory(
                    to: EncoderFrame.self, capacity: Self.inlineFrames),
                frameCapacity: Self.inlineFrames,
                keys: (block + keysOffset).bindMemory(
                    to: EncoderKey.self, capacity: Self.inlineKeys),
                keyCapacity: Self.inlineKeys))
    }

    deinit {
        state.pointee.keys.deinitialize(count: state.pointee.keyCount)
        if state.pointee.keyCapacity != Self.inlineKeys { state.pointee.keys.deallocate() }
        if state.pointee.frameCapacity != Self.inlineFrames { state.pointee.frames.deallocate() }
        if state.pointee.capacity != Self.inlineBytes { state.pointee.bytes.deallocate() }
        block.deallocate()
    }
}

// MARK: Bytes

extension EncoderCore {
    /// Room for so many more bytes; the caller fills them and calls `advance`.
    @inline(__always)
    func reserve(_ size: Int) -> UnsafeMutablePointer<UInt8> {
        if state.pointee.capacity - state.pointee.count < size { grow(size) }
        return state.pointee.bytes + state.pointee.count
    }

    @inline(__always)
    func advance(_ size: Int) {
        state.pointee.count += size
    }

    @inline(__always)
    func appendByte(_ byte: UInt8) {
        reserve(1).pointee = byte
        advance(1)
    }

    @inline(never)
    private func grow(_ size: Int) {
        let count = state.pointee.count
        let capacity = max(state.pointee.capacity * 2, count + size)
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        bytes.update(from: state.pointee.bytes, count: count)
        if state.pointee.capacity != Self.inlineBytes { state.pointee.bytes.deallocate() }
        state.pointee.bytes = bytes
        state.pointee.capacity = capacity
    }

    func appendVarint(_ value: Int) {
        let destination = reserve(10)
        advance(putVarint(value, at: destination))
    }

    @inline(__always)
    func append<S: WireScalar>(_ value: S) {
        let destination = reserve(17)
        advance(value.put(at: destination))
    }

    func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            let destination = reserve(utf8.count + 11)
            advance(putString(utf8, at: destination))
        }
    }

    func append(_ text: String?) {
        if let text { append(text) } else { appendByte(ValueTag.absent) }
    }
}

/// Writes a length with seven bits per byte, the lowest first; at most 10 bytes.
func putVarint(_ value: Int, at destination: UnsafeMutablePointer<UInt8>) -> Int {
    var rest = UInt(bitPattern: value)
    var size = 0
    while rest >= 0x80 {
        destination[size] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest >>= 7
        size += 1
    }
    destination[size] = UInt8(truncatingIfNeeded: rest)
    return size + 1
}

/// Writes tag, length and text; at most 11 bytes more than the text.
@inline(__always)
func putString(_ utf8: UnsafeBufferPointer<UInt8>, at destination: UnsafeMutablePointer<UInt8>)
    -> Int
{
    var size = 1
    if utf8.count < 32 {
        destination[0] = ValueTag.shortString | UInt8(truncatingIfNeeded: utf8.count)
    } else {
        destination[0] = ValueTag.string
        size += putVarint(utf8.count, at: destination + 1)
    }
    if let base = utf8.baseAddress {
        (destination + size).update(from: base, count: utf8.count)
    }
    return size + utf8.count
}

// MARK: Keys

extension EncoderCore {
    /// Writes a key: its number in the table, or the text itself once the table is full.
    @inline(__always)
    func appendKey(_ text: String, frame slot: Int) {
        state.pointee.frames[slot].entry = state.pointee.count
        let latest = state.pointee.latestKey
        let guess = latest < 0 ? 0 : state.pointee.keys[latest].next
        if guess < state.pointee.keyCount, isSame(state.pointee.keys[guess].text, text) {
            state.pointee.latestKey = guess
            appendByte(UInt8(truncatingIfNeeded: guess))
        } else {
            appendUnexpectedKey(text)
        }
    }

    /// Compares how two strings are stored. Equal storage means equal text; the reverse need not
    /// hold, and then a key only stands in the table twice.
    @inline(__always)
    private func isSame(_ left: String, _ right: String) -> Bool {
        let left = unsafeBitCast(left, to: (UInt64, UInt64).self)
        let right = unsafeBitCast(right, to: (UInt64, UInt64).self)
        return left.0 == right.0 && left.1 == right.1
    }

    @inline(never)
    private func appendUnexpectedKey(_ text: String) {
        let count = state.pointee.keyCount
        var index = 0
        while index < count, !isSame(state.pointee.keys[index].text, text) { index += 1 }
        if index == count {
            guard count < KeyTag.tableLimit, !buildsApart else { return appendInlineKey(text) }
            if count == state.pointee.keyCapacity { growKeys() }
            (state.pointee.keys + count).initialize(to: EncoderKey(text: text, next: count + 1))
            state.pointee.keyCount = count + 1
        }
        if state.pointee.latestKey >= 0 {
            state.pointee.keys[state.pointee.latestKey].next = index
        }
        state.pointee.latestKey = index
        appendByte(UInt8(truncatingIfNeeded: index))
    }

    private func appendInlineKey(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if utf8.count < 127 {
                appendByte(KeyTag.inline + UInt8(truncatingIfNeeded: utf8.count))
            } else {
                appendByte(KeyTag.inlineLong)
                appendVarint(utf8.count)
            }
            appendRaw(utf8)
        }
    }

    func appendRaw(_ utf8: UnsafeBufferPointer<UInt8>) {
        guard let base = utf8.baseAddress else { return }
        reserve(utf8.count).update(from: base, count: utf8.count)
        advance(utf8.count)
    }

    private func growKeys() {
        let capacity = state.pointee.keyCapacity * 4
        let keys = UnsafeMutablePointer<EncoderKey>.allocate(capacity: capacity)
        keys.moveInitialize(from: state.pointee.keys, count: state.pointee.keyCount)
        if state.pointee.keyCapacity != Self.inlineKeys { state.pointee.keys.deallocate() }
        state.pointee.keys = keys
        state.pointee.keyCapacity = capacity
    }

    /// Ends the message: the keys of the table, each as length and text.
    func appendKeyTable() {
        for index in 0..<state.pointee.keyCount {
            var text = state.pointee.keys[index].text
            text.withUTF8 { utf8 in
                appendVarint(utf8.count)
                appendRaw(utf8)
            }
        }
    }
}

// MARK: Frames

extension EncoderCore {
    /// Where the message ends now, to go back to when a value turns out not to be encodable.
    struct Mark {
        var count: Int
        var external: Int
        var blobs: Int
        var top: Int
        var depth: Int
    }

    @inline(__always)
    var mark: Mark {
        Mark(
            count: state.pointee.count, external: state.pointee.external, blobs: blobs.count,
            top: state.pointee.top, depth: state.pointee.depth)
    }

    func rollBack(to mark: Mark) {
        guard mark.count <= state.pointee.count, mark.top <= state.pointee.top else {
            isOutOfOrder = true
            return
        }
        state.pointee.count = mark.count
        state.pointee.external = mark.external
        state.pointee.top = mark.top
        state.pointee.depth = mark.depth
        blobs.removeLast(blobs.count - mark.blobs)
    }

    @inline(__always)
    func isLive(_ slot: Int, _ serial: UInt32) -> Bool {
        slot <= state.pointee.top && state.pointee.frames[slot].serial == serial
    }

    /// Makes a container the innermost one before it is written to.
    @inline(__always)
    func enter(_ slot: Int, _ serial: UInt32) throws {
        if state.pointee.top == slot, state.pointee.frames[slot].serial == serial { return }
        try enterOuter(slot, serial)
    }

    @inline(never)
    private func enterOuter(_ slot: Int, _ serial: UInt32) throws {
        guard isLive(slot, serial) else {
            isOutOfOrder = true
            throw error("a container was written to after it was closed.", path: prefix)
        }
        while state.pointee.top > slot { closeTop() }
    }

    /// Pushes a frame for a value that starts here, and returns its serial; its slot is `top`.
    @inline(__always)
    func push(_ shape: EncoderFrame.Shape) -> UInt32 {
        let slot = state.pointee.top + 1
        if slot == state.pointee.frameCapacity { growFrames() }
        let serial = state.pointee.serial &+ 1
        state.pointee.serial = serial
        state.pointee.top = slot
        (state.pointee.frames + slot).initialize(
            to: EncoderFrame(
                start: state.pointee.count, external: state.pointee.external, entry: 0,
                serial: serial, shape: shape, element: .uint8))
        return serial
    }

    private func growFrames() {
        let capacity = state.pointee.frameCapacity * 4
        let frames = UnsafeMutablePointer<EncoderFrame>.allocate(capacity: capacity)
        frames.update(from: state.pointee.frames, count: state.pointee.frameCapacity)
        if state.pointee.frameCapacity != Self.inlineFrames { state.pointee.frames.deallocate() }
        state.pointee.frames = frames
        state.pointee.frameCapacity = capacity
    }

    /// Counts one more level of values inside values.
    @inline(__always)
    func descend<T>(_ value: T) throws {
        guard state.pointee.depth < maximumDepth else {
            throw EncodingError.invalidValue(
                value,
                .init(
                    codingPath: path(to: state.pointee.top),
                    debugDescription:
                        "values are nested more than \(maximumDepth) levels deep; flatten them."))
        }
        state.pointee.depth += 1
    }

    /// Ends a value that `push` began, and the containers that it left open.
    @inline(__always)
    func pop(_ slot: Int, _ serial: UInt32) throws {
        try enter(slot, serial)
        closeTop()
    }

    func closeTop() {
        let frame = state.pointee.frames[state.pointee.top]
        state.pointee.top -= 1
        switch frame.shape {
        case .single, .packed: break
        case .open: appendByte(ValueTag.empty)
        case .keyed, .unkeyed:
            if buildsApart { settleChildren(from: frame.start) }
            let inBuffer = state.pointee.count - frame.start - 2
            let length = inBuffer + state.pointee.external - frame.external
            let head = state.pointee.bytes + frame.start
            if length == 0 {
                head[0] = ValueTag.empty
                state.pointee.count -= 1
            } else if length < 256 {
                head[1] = UInt8(truncatingIfNeeded: length)
            } else {
                widen(frame.start, inBuffer: inBuffer, length: length)
            }
        }
    }

    /// Makes room for an eight-byte length where one byte had been left.
    private func widen(_ start: Int, inBuffer: Int, length: Int) {
        _ = reserve(7)
        let head = state.pointee.bytes + start
        (head + 9).update(from: head + 2, count: inBuffer)
        head[0] += 1
        (head + 1).store(UInt64(length))
        state.pointee.count += 7
        var index = blobs.count - 1
        while index >= 0, blobs[index].offset > start {
            blobs[index].offset += 7
            index -= 1
        }
    }
}
