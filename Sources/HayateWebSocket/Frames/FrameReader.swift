/// Takes frames apart. Payload is handed on as it comes; a length only counts down.
struct FrameReader {
    /// A whole control frame.
    struct Control {
        var opcode: Opcode
        var payload: [UInt8]
    }

    /// Clients mask, servers do not; whoever does otherwise is refused.
    private let expectsMasks: Bool
    private var header: [UInt8] = []
    private var opcode = Opcode.binary
    /// Bytes of payload still to come; nil: in a header.
    private var missing: Int?
    private var mask = Mask.none
    private var isInMessage = false
    private var control: [UInt8] = []
    private var controlsInARow = 0

    init(expectsMasks: Bool) {
        self.expectsMasks = expectsMasks
        header.reserveCapacity(FrameRules.longestHeader)
    }

    /// Reads until `input` is empty (then nil) or a control frame is whole.
    ///
    /// `space` has room for as much as `input`; what is written there from `filled` on is the user's.
    mutating func read(
        _ input: inout UnsafeRawBufferPointer, into space: UnsafeMutableRawBufferPointer, filled: inout Int
    ) throws(FrameFault) -> Control? {
        while true {
            if missing == nil {
                guard try readHeader(&input) else { return nil }
            }
            guard let missing else { return nil }
            let count = min(missing, input.count)
            let part = UnsafeRawBufferPointer(rebasing: input[..<count])
            input = UnsafeRawBufferPointer(rebasing: input[count...])
            let target: UnsafeMutableRawBufferPointer
            if opcode.isControl {
                control.append(contentsOf: part)
                let start = control.count - count
                control.withUnsafeMutableBytes { bytes in
                    mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
                }
            } else if count > 0 {
                target = UnsafeMutableRawBufferPointer(rebasing: space[filled..<(filled + count)])
                target.copyMemory(from: part)
                mask.apply(to: target)
                filled += count
                controlsInARow = 0
            }
            guard count == missing else {
                self.missing = missing - count
                return nil
            }
            self.missing = nil
            guard opcode.isControl else { continue }
            defer { control.removeAll(keepingCapacity: true) }
            return Control(opcode: opcode, payload: control)
        }
    }

    /// Whether the header is whole; if not, the input is empty.
    private mutating func readHeader(_ input: inout UnsafeRawBufferPointer) throws(FrameFault) -> Bool {
        var taken = 0
        defer { input = UnsafeRawBufferPointer(rebasing: input[taken...]) }
        while taken < input.count {
            header.append(input[taken])
            taken += 1
            if header.count == 2 { try checkStart() }
            guard header.count >= 2 else { continue }
            if header.count == 2 + extensionBytes { try checkLength() }
            guard header.count == 2 + extensionBytes + (expectsMasks ? 4 : 0) else { continue }
            begin()
            return true
        }
        return false
    }

    private var extensionBytes: Int {
        switch header[1] & 0x7f {
        case 126: 2
        case 127: 8
        default: 0
        }
    }

    private var length: UInt64 {
        guard extensionBytes > 0 else { return UInt64(header[1] & 0x7f) }
        return header[2..<(2 + extensionBytes)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func checkStart() throws(FrameFault) {
        guard header[0] & 0x70 == 0 else {
            throw FrameFault(what: "a frame with bits of an extension that nobody agreed on")
        }
        guard let opcode = Opcode(rawValue: header[0] & 0x0f) else {
            throw FrameFault(what: "a frame of a kind that does not exist")
        }
        guard (header[1] & 0x80 != 0) == expectsMasks else {
            throw FrameFault(what: expectsMasks ? "a frame without a mask" : "a frame with a mask")
        }
        let isFinal = header[0] & 0x80 != 0
        switch opcode {
        case .text:
            throw FrameFault(code: CloseCode.unsupportedData, what: "text where only bytes are spoken")
        case .continuation:
            guard isInMessage else { throw FrameFault(what: "the continuation of no message") }
            isInMessage = !isFinal
        case .binary:
            guard !isInMessage else { throw FrameFault(what: "a message inside another") }
            isInMessage = !isFinal
        case .close, .ping, .pong:
            guard isFinal, header[1] & 0x7f <= FrameRules.longestControl else {
                throw FrameFault(what: "a control frame that is in pieces or too long")
            }
            controlsInARow += 1
            guard controlsInARow <= FrameRules.mostControlsInARow else {
                throw FrameFault(what: "nothing but control frames")
            }
        }
        self.opcode = opcode
    }

    private func checkLength() throws(FrameFault) {
        let shortest: UInt64 = extensionBytes == 0 ? 0 : extensionBytes == 2 ? 126 : 1 << 16
        guard length >= shortest, length < 1 << 63 else {
            throw FrameFault(what: "a length that is not written as it must be")
        }
        guard length <= FrameRules.longestTaken else {
            throw FrameFault(code: CloseCode.tooBig, what: "a frame of \(length) bytes")
        }
    }

    private mutating func begin() {
        missing = Int(length)
        mask = expectsMasks ? Mask(header.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }) : .none
        header.removeAll(keepingCapacity: true)
    }
}
