import Glibc

/// What changes when a file is replaced or written to.
public struct FileStamp: Sendable, Hashable {
    private var device: UInt64
    private var file: UInt64
    private var size: Int
    private var seconds: Int
    private var nanoseconds: Int

    /// nil if there is no such file.
    public init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        file = UInt64(status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
