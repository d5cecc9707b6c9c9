import Glibc

/// Bytes that are kept free for outcomes: a file that goes when the disk is full.
struct Reserve {
    let path: String
    let size: Int64

    var isThere: Bool {
        var status = stat()
        return size > 0 && stat(path, &status) == 0 && Int64(status.st_size) >= size
    }

    /// Gives it up.
    /// - Returns: whether there was one.
    func release() -> Bool {
        guard isThere else { return false }
        return unlink(path) == 0
    }

    /// Makes it again, if there is more room than just for it.
    func make() -> Bool {
        guard size > 0 else { return hasRoom(1 << 20) }
        if isThere { return true }
        guard hasRoom(size) else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(size)) == 0, hasRoom(min(size, 1 << 20)) else {
            unlink(path)
            return false
        }
        return true
    }

    /// Quotas are not seen here: then allocating fails.
    private func hasRoom(_ bytes: Int64) -> Bool {
        var status = statvfs()
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        guard statvfs(directory, &status) == 0 else { return false }
        let (free, overflows) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflows || free >= UInt64(bytes)
    }
}
