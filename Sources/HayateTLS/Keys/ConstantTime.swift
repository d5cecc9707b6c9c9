/// Comparison whose time tells nothing about the bytes.
public enum ConstantTime {
    /// Whether two runs of bytes are the same. Only their lengths may show in the time.
    @inline(never)
    public static func areEqual(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<left.count { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
