import Glibc

/// An open directory whose way from the root was walked without a link, with all that speaks against
/// keeping a secret in it.
///
/// What was looked at is what is used afterwards: files are opened, made and renamed relative to it.
package final class SafeDirectory {
    package let descriptor: Int32
    /// Absolute, with all links resolved.
    package let path: String
    /// Empty if nobody but this user and root can put other files on the way.
    package let problems: [KeyFileError]

    /// - Parameters:
    ///   - file: the file that is in it, for the sentences.
    ///   - making: directories that are missing are made, with mode 0700; the ones above must be safe.
    package init(of file: String, making: Bool = false) throws(KeyFileError) {
        let wanted = PathText.split(file).directory
        let (existing, missing) = try Self.resolve(wanted, file: file, making: making)
        var walk = try Walk(file: file, making: making)
        do throws(KeyFileError) {
            for name in existing.split(separator: "/") { try walk.enter(String(name)) }
            for name in missing {
                if let problem = walk.problems.first { throw problem }
                try walk.make(name)
                try walk.enter(name)
            }
        } catch {
            close(walk.descriptor)
            throw error
        }
        (descriptor, path, problems) = (walk.descriptor, walk.path, walk.problems)
    }

    deinit { close(descriptor) }

    /// A status of a file in it, of a link itself if it is one; nil with errno set.
    package func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// Makes what was renamed in it survive a power cut, as far as the file system can.
    package func synchronize() {
        let readable = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard readable >= 0 else { return }
        fsync(readable)
        close(readable)
    }

    /// Resolves all links in the part that exists, and gives the names that come after it.
    private static func resolve(
        _ directory: String, file: String, making: Bool
    ) throws(KeyFileError) -> (existing: String, missing: [String]) {
        var directory = directory
        var missing: [String] = []
        while true {
            if let resolved = realpath(directory, nil) {
                defer { free(resolved) }
                return (String(cString: resolved), missing)
            }
            let number = errno
            guard number == ENOENT else {
                throw KeyFileError(
                    .system(number),
                    "\(PathText.word(file)) cannot be reached (\(PathText.reason(number)) at "
                        + "\(PathText.word(directory))): give a path in a directory of yours")
            }
            let (above, name) = PathText.split(directory)
            guard making, !name.isEmpty else {
                throw KeyFileError(
                    .missing, "\(PathText.word(file)) does not exist, not even its directory: check the path")
            }
            missing.insert(name, at: 0)
            directory = above
        }
    }
}

/// The way down from the root, one open directory at a time.
private struct Walk {
    let file: String
    var descriptor: Int32
    var path = "/"
    var problems: [KeyFileError] = []

    /// What to do where the directory is not ours to change.
    let otherPlace: String

    init(file: String, making: Bool) throws(KeyFileError) {
        self.file = file
        otherPlace = making ? "choose a directory of yours" : "copy it to a directory of yours"
        descriptor = open("/", Self.flags)
        guard descriptor >= 0 else { throw failure(errno, at: "/") }
        try inspect()
    }

    // O_PATH, which Swift does not see: to pass through needs no permission to list.
    private static let flags = 0o10000000 | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    mutating func enter(_ name: String) throws(KeyFileError) {
        let next = openat(descriptor, name, Self.flags)
        let below = (path == "/" ? "/" : path + "/") + name
        guard next >= 0 else { throw failure(errno, at: below) }
        close(descriptor)
        (descriptor, path) = (next, below)
        try inspect()
    }

    func make(_ name: String) throws(KeyFileError) {
        // Another process of ours may be quicker; what is there is looked at in any case.
        guard mkdirat(descriptor, name, 0o700) == 0 || errno == EEXIST else {
            throw failure(errno, at: path + "/" + name)
        }
    }

    private func failure(_ number: Int32, at directory: String) -> KeyFileError {
        KeyFileError(
            .system(number),
            "The directory \(PathText.word(directory)) of \(PathText.word(file)) cannot be used "
                + "(\(PathText.reason(number))): choose a directory of yours")
    }

    private mutating func inspect() throws(KeyFileError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno, at: path) }
        let user = geteuid()
        let directory = PathText.word(path)
        if status.st_uid != user, status.st_uid != 0 {
            problems.append(
                KeyFileError(
                    .unsafeDirectory,
                    "\(PathText.word(file)) is below \(directory), which belongs to user "
                        + "\(status.st_uid), who could replace it: \(otherPlace)"))
        } else if status.st_mode & 0o022 != 0 {
            // In a sticky directory nobody can move what is another's. One of ours would still let
            // others put files in it, and only root's are meant to.
            if status.st_uid == 0, status.st_mode & S_ISVTX != 0 { return }
            let remedy = status.st_uid == user ? "chmod go-w \(directory)" : otherPlace
            problems.append(
                KeyFileError(
                    .unsafeDirectory,
                    "\(PathText.word(file)) is below \(directory), in which others may write (mode "
                        + "\(String(status.st_mode & 0o7777, radix: 8))) and so replace it: \(remedy)"))
        }
    }
}
