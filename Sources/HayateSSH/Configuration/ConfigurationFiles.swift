import Glibc

/// The files that a configuration consists of.
struct ConfigurationFiles {
    struct Source: Hashable {
        var path: String
        /// Whether it may be missing.
        var isOptional = false
        /// Whether it is nobody's but the user's, who then must be the only one that can write it.
        var isOwn = false
        /// Where the names of `Include` begin.
        var directory: String
    }

    /// The user's home directory, which for SSH is that of the list of users, whatever `HOME` says.
    var home: String

    /// - Parameter file: instead of all others; nil: those that everybody has.
    func sources(_ file: String?) -> [Source] {
        if let file {
            let path = HomeDirectory.expand(file, home: home) ?? file
            return [Source(path: path, directory: home + "/.ssh")]
        }
        return [
            Source(path: home + "/.ssh/config", isOptional: true, isOwn: true, directory: home + "/.ssh"),
            Source(path: "/etc/ssh/ssh_config", isOptional: true, directory: "/etc/ssh"),
        ]
    }

    /// - Returns: nil if it is missing and may be.
    func text(of source: Source) throws(SSHConfiguration.Failure) -> String? {
        let path = source.path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT, source.isOptional { return nil }
            throw SSHConfiguration.Failure(reason: "\(path) cannot be read (\(String(cString: strerror(errno))))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw SSHConfiguration.Failure(reason: "\(path) is no file")
        }
        if source.isOwn, status.st_mode & 0o022 != 0 || (status.st_uid != 0 && status.st_uid != getuid()) {
            throw SSHConfiguration.Failure(
                reason: "\(path) can be written by others, who could send every connection elsewhere: "
                    + "chmod 600 \(path)")
        }
        guard let bytes = TextFile.bytes(of: descriptor) else {
            throw SSHConfiguration.Failure(reason: "\(path) cannot be read (\(String(cString: strerror(errno))))")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The files that an `Include` means, in the order of their names; none where there are none.
    func included(
        _ pattern: String, by source: Source, _ failure: (String) -> SSHConfiguration.Failure
    ) throws(SSHConfiguration.Failure) -> [Source] {
        var path = pattern
        if path.hasPrefix("~") {
            guard let expanded = HomeDirectory.expand(path, home: home) else {
                throw failure("there is no user of the name in \(pattern)")
            }
            path = expanded
        } else if !path.hasPrefix("/") {
            path = source.directory + "/" + path
        }
        var found = glob_t()
        defer { globfree(&found) }
        switch glob(path, 0, nil, &found) {
        case 0:
            return (0..<Int(found.gl_pathc)).compactMap { index in
                found.gl_pathv[index].map {
                    Source(
                        path: String(cString: $0), isOptional: true, isOwn: source.isOwn, directory: source.directory)
                }
            }
        case GLOB_NOMATCH: return []
        default: throw failure("the files of \(pattern) cannot be listed")
        }
    }
}

/// Home directories by the list of users, as OpenSSH takes them.
enum HomeDirectory {
    struct Entry {
        var name: String
        var home: String
    }

    /// This process's user, or another one; nil if there is none.
    static func entry(of user: String? = nil) -> Entry? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var texts = [CChar](repeating: 0, count: 16384)
        let rc = if let user {
            getpwnam_r(user, &entry, &texts, texts.count, &found)
        } else {
            getpwuid_r(getuid(), &entry, &texts, texts.count, &found)
        }
        guard rc == 0, found != nil, let name = entry.pw_name, let home = entry.pw_dir else { return nil }
        return Entry(name: String(cString: name), home: String(cString: home))
    }

    /// What begins with `~` or `~user`; nil if there is no such user.
    static func expand(_ path: String, home: String) -> String? {
        guard path.hasPrefix("~") else { return path }
        let user = path.dropFirst().prefix { $0 != "/" }
        let rest = path.dropFirst(1 + user.count)
        if user.isEmpty { return home + rest }
        return entry(of: String(user)).map { $0.home + rest }
    }
}

/// Small files.
enum TextFile {
    /// No file of SSH comes near it.
    private static let largest = 64 << 20

    /// What a descriptor has from where it stands; nil with `errno` set.
    static func bytes(of descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            bytes += chunk[..<count]
            guard bytes.count <= largest else {
                errno = EFBIG
                return nil
            }
        }
    }

    /// nil with `errno` set.
    static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bytes(of: descriptor).map { String(decoding: $0, as: UTF8.self) }
    }
}
