import Glibc

/// Small files with secrets: keys of a pool, private keys of certificates.
public enum SecretFile {
    /// Bytes that such a file may have.
    public static let maximumSize = 64 << 10

    /// Reads a file that nobody but this user can read or replace.
    ///
    /// The file must be a regular one of this user without permissions for others, and no link. Each
    /// directory from it up to the root must belong to this user or to root, and others must not be able to
    /// write there, unless it is one like `/tmp`.
    /// - Throws: the first of what `examine` would report.
    public static func read(_ path: String) throws(KeyFileError) -> SecretBytes {
        let report = examine(path)
        if let problem = report.problems.first { throw problem }
        guard let bytes = report.bytes else {
            throw KeyFileError(.system(EIO), "\(PathText.word(path)) cannot be read: try again")
        }
        return bytes
    }

    /// Looks for everything because of which the file would be refused.
    public static func examine(_ path: String) -> SecretFileReport {
        var report = SecretFileReport(path: path)
        do throws(KeyFileError) {
            let directory = try SafeDirectory(of: path)
            report.problems = directory.problems
            try report.examine(PathText.split(path).name, in: directory)
        } catch {
            report.problems.append(error)
        }
        return report
    }

    /// All that can be read from a file of at most `maximumSize`.
    static func content(of descriptor: Int32, path: String) throws(KeyFileError) -> SecretBytes {
        let memory = SecretPages(count: maximumSize + 1)
        var count = 0
        while count < memory.bytes.count, let base = memory.bytes.baseAddress {
            let result = Glibc.read(descriptor, base + count, memory.bytes.count - count)
            if result == 0 { break }
            if result < 0 {
                let number = errno
                if number == EINTR { continue }
                throw KeyFileError(
                    .system(number), "\(PathText.word(path)) cannot be read (\(PathText.reason(number))): "
                        + "try again")
            }
            count += result
        }
        guard count <= maximumSize else {
            throw KeyFileError(
                .tooLarge,
                "\(PathText.word(path)) has more than \(maximumSize) bytes and so is no file "
                    + "with a key: check the path")
        }
        return SecretBytes(UnsafeRawBufferPointer(rebasing: memory.bytes[..<count]))
    }
}

/// What `SecretFile.examine` has found.
public struct SecretFileReport: Sendable {
    public let path: String
    /// Everything because of which it is refused; empty if it is good.
    public var problems: [KeyFileError] = []
    /// The permissions; nil if there is no such file.
    public var mode: UInt32?
    /// When it was written last, in seconds since 1970; nil if there is no such file.
    public var modified: Int64?
    /// What is in it, although it may be refused; nil if it cannot be read.
    public var bytes: SecretBytes?

    fileprivate mutating func examine(
        _ name: String, in directory: SafeDirectory
    ) throws(KeyFileError) {
        let word = PathText.word(path)
        guard !name.isEmpty else {
            throw KeyFileError(.notAFile, "\(word) is no regular file: give the path of a file")
        }
        // Looked at before it is opened, because opening can already do something to a device.
        guard let first = directory.status(of: name) else {
            let number = errno
            if number == ENOENT { throw KeyFileError(.missing, "\(word) does not exist: check the path") }
            throw KeyFileError(.system(number), "\(word) cannot be looked at (\(PathText.reason(number)))")
        }
        try checkKind(first)
        let descriptor = openat(
            directory.descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let number = errno
            let before = problems.count
            note(first)
            if problems.count > before { return }
            throw KeyFileError(
                .system(number), "\(word) cannot be opened (\(PathText.reason(number))): chmod 600 \(word)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw KeyFileError(.system(errno), "\(word) cannot be looked at (\(PathText.reason(errno)))")
        }
        try checkKind(status)
        note(status)
        bytes = try SecretFile.content(of: descriptor, path: path)
    }

    private func checkKind(_ status: stat) throws(KeyFileError) {
        let kind = status.st_mode & S_IFMT
        if kind == S_IFLNK {
            throw KeyFileError(
                .link,
                "\(PathText.word(path)) is a symbolic link, which could come to lead elsewhere: give the "
                    + "path of the file itself")
        }
        guard kind == S_IFREG else {
            throw KeyFileError(
                .notAFile, "\(PathText.word(path)) is no regular file: give the path of a file")
        }
    }

    private mutating func note(_ status: stat) {
        let word = PathText.word(path)
        mode = status.st_mode & 0o7777
        modified = Int64(status.st_mtim.tv_sec)
        if status.st_uid != geteuid() {
            problems.append(
                KeyFileError(
                    .foreignOwner,
                    "\(word) belongs to user \(status.st_uid) and not to you: copy it to a directory of "
                        + "yours, with mode 600"))
        } else if status.st_mode & 0o077 != 0 {
            problems.append(
                KeyFileError(
                    .widePermissions,
                    "\(word) may be used by others (mode \(String(status.st_mode & 0o7777, radix: 8))): "
                        + "chmod 600 \(word)"))
        }
    }
}
