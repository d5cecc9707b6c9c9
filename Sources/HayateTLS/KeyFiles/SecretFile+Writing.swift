import Glibc

extension SecretFile {
    /// Writes a file that only this user can read, in one step: others see all of it or nothing.
    ///
    /// - Parameter replacing: a file that is there already is replaced; otherwise it is left as it is and
    ///   the error is `.exists`.
    /// Missing directories are made with mode 0700. Throws if the directory is not safe (see `read`).
    public static func write(
        _ bytes: SecretBytes, to path: String, replacing: Bool
    ) throws(KeyFileError) {
        let word = PathText.word(path)
        let name = PathText.split(path).name
        guard !name.isEmpty else {
            throw KeyFileError(.notAFile, "\(word) names no file: give the path of one")
        }
        let directory = try SafeDirectory(of: path, making: true)
        if let problem = directory.problems.first { throw problem }
        if let status = directory.status(of: name) {
            try checkTarget(status, word, replacing: replacing)
        }
        let temporary = ".\(name.prefix(32)).\(Hexadecimal.text(randomName()))"
        do throws(KeyFileError) {
            try fill(temporary, in: directory, with: bytes, path)
            try place(temporary, as: name, in: directory, path, replacing: replacing)
        } catch {
            unlinkat(directory.descriptor, temporary, 0)
            throw error
        }
        directory.synchronize()
    }

    private static func randomName() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8)
        bytes.withUnsafeMutableBytes { SystemRandom.fill($0) }
        return bytes
    }

    private static func checkTarget(
        _ status: stat, _ word: String, replacing: Bool
    ) throws(KeyFileError) {
        guard replacing else { throw exists(word) }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFLNK {
            throw KeyFileError(
                .link, "\(word) is a symbolic link: give the path of the file itself")
        }
        guard kind == S_IFREG else {
            throw KeyFileError(.notAFile, "\(word) is no regular file: choose another path")
        }
    }

    private static func exists(_ word: String) -> KeyFileError {
        KeyFileError(
            .exists, "\(word) exists, and a key is never overwritten: choose another path, "
                    + "or move it away first")
    }

    private static func failure(_ number: Int32, _ path: String) -> KeyFileError {
        KeyFileError(
            .system(number),
            "\(PathText.word(path)) cannot be written (\(PathText.reason(number))): choose a directory of "
                + "yours with room")
    }

    /// Makes the temporary file and writes it to the disk.
    private static func fill(
        _ name: String, in directory: SafeDirectory, with bytes: SecretBytes, _ path: String
    ) throws(KeyFileError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(directory.descriptor, name, flags, 0o600)
        guard descriptor >= 0 else { throw failure(errno, path) }
        defer { close(descriptor) }
        // The umask may have taken bits away; and some file systems give what they like.
        var status = stat()
        guard fchmod(descriptor, 0o600) == 0, fstat(descriptor, &status) == 0 else {
            throw failure(errno, path)
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw KeyFileError(
                .widePermissions,
                "The file system of \(PathText.word(path)) does not keep owners and permissions: choose a "
                    + "directory on another one")
        }
        let number: Int32 = bytes.withBytes { bytes in
            var written = 0
            while written < bytes.count, let base = bytes.baseAddress {
                let result = Glibc.write(descriptor, base + written, bytes.count - written)
                if result < 0, errno != EINTR { return errno }
                if result > 0 { written += result }
            }
            return fsync(descriptor) == 0 ? 0 : errno
        }
        guard number == 0 else { throw failure(number, path) }
    }

    /// Gives the temporary file its name.
    private static func place(
        _ temporary: String, as name: String, in directory: SafeDirectory, _ path: String, replacing: Bool
    ) throws(KeyFileError) {
        let place = directory.descriptor
        if !replacing {
            if linkat(place, temporary, place, name, 0) == 0 {
                unlinkat(place, temporary, 0)
                return
            }
            if errno == EEXIST { throw exists(PathText.word(path)) }
            // A file system without hard links: the name is taken first, and then what is ours replaced.
            let claim = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard claim >= 0 else {
                throw errno == EEXIST ? exists(PathText.word(path)) : failure(errno, path)
            }
            close(claim)
        }
        guard renameat(place, temporary, place, name) == 0 else { throw failure(errno, path) }
    }
}
