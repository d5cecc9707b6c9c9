import Glibc

/// A directory that nobody but this user can enter, for the Unix sockets of one process.
///
/// Its name is random and its mode 0700. It is made in `$XDG_RUNTIME_DIR` when that is private and
/// ours, else in `/tmp`.
public final class LocalSocketDirectory: Sendable {
    /// The absolute path.
    public let path: String

    /// Makes it; throws `.unsafeDirectory` or `.permissionDenied`.
    public convenience init() throws(TransportError) {
        if let runtime = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }),
            runtime.utf8.count <= 64, (try? Self.verify(runtime)) != nil
        {
            try self.init(inside: runtime)
        } else {
            try self.init(inside: "/tmp")
        }
    }

    /// Makes it inside `parent`.
    public init(inside parent: String) throws(TransportError) {
        var random = SystemRandomNumberGenerator()
        var made: String?
        for _ in 0..<16 {
            let digits = String(random.next(), radix: 36)
            let candidate = "\(parent)/hayate-\(digits)"
            if mkdir(candidate, 0o700) == 0 {
                made = candidate
                break
            }
            guard errno == EEXIST else { break }
        }
        guard let made else {
            throw TransportError(
                .permissionDenied,
                "No directory for sockets can be made in \(parent): "
                    + "\(String(cString: strerror(errno))); set XDG_RUNTIME_DIR to one of yours.")
        }
        path = made
        do throws(TransportError) {
            try Self.verify(made)
        } catch {
            rmdir(made)
            throw error
        }
    }

    /// Checks that `path` is a directory itself and no link, belongs to this user, and that its
    /// mode gives nothing to others. Throws `.unsafeDirectory` with the reason.
    public static func verify(_ path: String) throws(TransportError) {
        var status = stat()
        let problem: String?
        if !path.hasPrefix("/") {
            problem = "the path is not absolute"
        } else if lstat(path, &status) != 0 {
            problem = String(cString: strerror(errno))
        } else if status.st_mode & S_IFMT == S_IFLNK {
            problem = "it is a symbolic link"
        } else if status.st_mode & S_IFMT != S_IFDIR {
            problem = "it is no directory"
        } else if status.st_uid != geteuid() {
            problem = "it belongs to user \(status.st_uid)"
        } else if status.st_mode & 0o077 != 0 {
            problem = "its mode \(String(status.st_mode & 0o7777, radix: 8)) lets others in"
        } else {
            problem = nil
        }
        if let problem {
            throw TransportError(
                .unsafeDirectory,
                "The directory \(path) is not safe for sockets: \(problem); it must be a directory "
                    + "of your own with mode 700.")
        }
    }

    /// The address of a socket in it. Throws when the directory is no longer private or the path
    /// too long.
    public func endpoint(named name: String) throws(TransportError) -> Endpoint {
        try Self.verify(path)
        return try Endpoint(path: "\(path)/\(name)")
    }

    /// Removes it with the sockets left in it; anything else in it makes it stay. To be called
    /// after the listeners are closed. Idempotent.
    public func remove() {
        if let entries = opendir(path) {
            while let entry = readdir(entries) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                var status = stat()
                let file = "\(path)/\(name)"
                if lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(file) }
            }
            closedir(entries)
        }
        rmdir(path)
    }
}
