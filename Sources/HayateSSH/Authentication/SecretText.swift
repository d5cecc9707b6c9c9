import Glibc

/// An answer that nobody shall read by accident: in pages of its own, which stay in memory and out of core dumps, and
/// are overwritten when the last reference is gone.
///
/// Safe to share: the memory is written once, before anyone else has it.
final class SecretText: @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    private let size: Int

    init(_ text: String) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let count = text.utf8.count
        size = (count + page) / page * page
        // Like an allocation on the heap, it fails only when there is no memory.
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { fatalError("no memory for an answer: error \(errno)") }
        // Few users may keep much in memory; a page that is swapped is the smaller harm.
        _ = mlock(start, size)
        _ = madvise(start, size, MADV_DONTDUMP)
        var copy = text
        copy.withUTF8 { UnsafeMutableRawBufferPointer(start: start, count: count).copyMemory(from: .init($0)) }
        self.start = start
    }

    /// With the zero that ends it. What stands behind a zero in the text does not count.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        body(UnsafePointer(start.assumingMemoryBound(to: CChar.self)))
    }

    deinit {
        explicit_bzero(start, size)
        munmap(start, size)
    }
}

extension SecretText: CustomStringConvertible, CustomReflectable {
    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
