import CSystem
import Glibc

/// The directory of a journal: made if need be, tried out, and watched for being there.
struct JournalDirectory {
    let path: String
    /// The time as its file system has it, in seconds since 1970.
    let now: Int64

    /// - Throws: nobody can write there, or what is written there cannot be synchronized or locked.
    init(_ path: String) throws(JournalError) {
        self.path = path
        let word = path
        if mkdir(path, 0o700) == 0 {
            let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
            _ = try? ResultFiles.synchronize(parent)
        } else if errno != EEXIST {
            throw JournalError(
                .unsuitable,
                "The session's directory \(word) cannot be made (\(Self.message(errno))): choose another one by "
                    + "HAYATE_STATE")
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw JournalError(.unsuitable, "\(word) is no directory: choose another one by HAYATE_STATE")
        }
        guard status.st_uid == geteuid() else {
            throw JournalError(
                .unsuitable, "The session's directory \(word) is another user's: choose one of yours by HAYATE_STATE")
        }
        if status.st_mode & 0o077 != 0 { chmod(path, 0o700) }
        now = try Self.probe(path + "/" + JournalFiles.probe)
    }

    /// Writes, synchronizes and locks a file, and tells when that was.
    private static func probe(_ path: String) throws(JournalError) -> Int64 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = errno
            throw JournalError(
                .unsuitable,
                "\(path) cannot be made (\(message(reason))): set HAYATE_STATE to a directory that you can write")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        // Where there is no room, the journal opens and says so.
        var byte: UInt8 = 1
        guard pwrite(descriptor, &byte, 1, 0) == 1 || errno == ENOSPC || errno == EDQUOT,
            futimens(descriptor, nil) == 0, fsync(descriptor) == 0
        else {
            let reason = errno
            throw JournalError(
                .unsuitable,
                "The file system of \(path) does not write and synchronize files (\(message(reason))): set "
                    + "HAYATE_STATE to a directory on a local disk")
        }
        guard hayate_file_lock(descriptor, 0, 0) == 0 || errno == EAGAIN || errno == EACCES else {
            throw .noLocks(path, errno)
        }
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_mtim.tv_sec) : Int64(time(nil))
    }

    static func message(_ reason: Int32) -> String { String(cString: strerror(reason)) }
}

/// A file that is to stay where it is.
struct FileIdentity: Hashable {
    private let device: UInt64
    private let inode: UInt64

    /// Nil: there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
