/// Puts frames together.
enum FrameWriter {
    /// Adds one frame with `payload`. With a mask as a client, without as a server.
    static func write(
        _ opcode: Opcode, _ payload: UnsafeRawBufferPointer, mask: UInt32?, to output: inout [UInt8]
    ) {
        let masked: UInt8 = mask == nil ? 0 : 0x80
        output.append(0x80 | opcode.rawValue)
        let count = payload.count
        if count < 126 {
            output.append(masked | UInt8(count))
        } else if count < 1 << 16 {
            output.append(masked | 126)
            append(UInt64(count), bytes: 2, to: &output)
        } else {
            output.append(masked | 127)
            append(UInt64(count), bytes: 8, to: &output)
        }
        if let mask { append(UInt64(mask), bytes: 4, to: &output) }
        let start = output.count
        output.append(contentsOf: payload)
        guard let mask else { return }
        var state = Mask(mask)
        output.withUnsafeMutableBytes { bytes in
            state.apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    private static func append(_ value: UInt64, bytes: Int, to output: inout [UInt8]) {
        for index in (0..<bytes).reversed() {
            output.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))))
        }
    }
}
