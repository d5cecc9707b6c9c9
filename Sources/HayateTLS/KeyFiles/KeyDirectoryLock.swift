import Glibc

/// Keeps hosts of this user from changing the same key directory at once. As good as the file system: where
/// there are no locks, or somebody keeps one for long, one goes on without.
enum KeyDirectoryLock {
    /// Waits for two seconds at most, then runs the body.
    static func with<Result>(
        _ directory: String, _ body: () throws(KeyFileError) -> Result
    ) throws(KeyFileError) -> Result {
        // A file and not the directory, which NFS does not lock.
        let descriptor = open(directory + "/.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        defer { if descriptor >= 0 { close(descriptor) } }
        if descriptor >= 0 { wait(for: descriptor) }
        return try body()
    }

    private static func wait(for descriptor: Int32) {
        for _ in 0..<400 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            let number = errno
            guard number == EWOULDBLOCK || number == EINTR else { return }
            usleep(5_000)
        }
    }
}
