import CMbedTLS
import Glibc

/// Pages of their own for a secret: the kernel leaves them out of core dumps, and they are overwritten before
/// they are given back. On the heap a secret would be in the dump of a task that crashes.
final class SecretPages {
    /// Zeros at first.
    let bytes: UnsafeMutableRawBufferPointer
    private let start: UnsafeMutableRawPointer
    private let size: Int

    init(count: Int) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        size = max(1, (count + page - 1) / page) * page
        // Like an allocation on the heap, it fails only when there is no memory.
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { fatalError("no memory for a key: error \(errno)") }
        // Refused only by kernels without it (before 3.4).
        _ = madvise(start, size, MADV_DONTDUMP)
        self.start = start
        bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
    }

    deinit {
        mbedtls_platform_zeroize(start, bytes.count)
        munmap(start, size)
    }
}
