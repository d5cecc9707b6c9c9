/// Bytes that nobody shall read by accident: overwritten when the last reference is gone, absent from
/// descriptions, from reflection and from core dumps.
///
/// Safe to share: the memory is written once, before anyone else has it.
public final class SecretBytes: @unchecked Sendable {
    private let pages: SecretPages
    private var memory: UnsafeMutableRawBufferPointer { pages.bytes }

    /// Copies the bytes. The caller's copy is the caller's to wipe.
    public init(_ bytes: UnsafeRawBufferPointer) {
        pages = SecretPages(count: bytes.count)
        pages.bytes.copyMemory(from: bytes)
    }

    /// Copies the bytes. The caller's copy is the caller's to wipe.
    public convenience init(_ bytes: [UInt8]) {
        // Copied inside the closure: the array may be gone after its last mention.
        self.init(count: bytes.count) { memory in bytes.withUnsafeBytes { memory.copyMemory(from: $0) } }
    }

    /// Lets `fill` write so many bytes.
    public init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        pages = SecretPages(count: count)
        fill(pages.bytes)
    }

    public var count: Int { memory.count }

    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }

    /// Compares in a time that does not depend on where they differ.
    public func isEqual(to other: SecretBytes) -> Bool {
        ConstantTime.areEqual(UnsafeRawBufferPointer(memory), UnsafeRawBufferPointer(other.memory))
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
