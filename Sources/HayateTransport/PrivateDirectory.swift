import Glibc
import Synchronization

/// A directory that nobody but this user can enter, for the Unix sockets and temporary files of one
/// process.
///
/// Its name is random and its mode 0700. It is made in `$XDG_RUNTIME_DIR` when that is private and
/// ours, else in `/tmp`. It is locked as long as its owner lives; one whose owner was killed is removed
/// by the next process of the user that makes one in the same place.
public final class PrivateDirectory: Sendable {
    /// The absolute path.
    public let path: String
    /// The open directory, which holds the lock.
    private let descriptor: Int32

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
        Self.removeAbandoned(in: parent)
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
        descriptor = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        // Where locks do not work it is only not cleaned up after a kill.
        if descriptor >= 0 { flock(descriptor, LOCK_EX | LOCK_NB) }
        do throws(TransportError) {
            try Self.verify(made)
        } catch {
            rmdir(made)
            throw error
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static let swept = Mutex<Set<String>>([])

    /// Removes directories whose owners were killed; once a process and place. One that was made less
    /// than a minute ago may not be locked yet and is left alone.
    private static func removeAbandoned(in parent: String) {
        guard swept.withLock({ $0.insert(parent).inserted }) else { return }
        for name in names(in: parent) where name.hasPrefix("hayate-") {
            let path = "\(parent)/\(name)"
            let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard directory >= 0 else { continue }
            defer { close(directory) }
            var status = stat()
            guard fstat(directory, &status) == 0, status.st_uid == geteuid(),
                status.st_mode & 0o077 == 0, time(nil) - status.st_mtim.tv_sec > 60,
                flock(directory, LOCK_EX | LOCK_NB) == 0
            else { continue }
            empty(path)
            rmdir(path)
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

    /// Removes it with the sockets and files left in it; a directory in it makes it stay. To be called
    /// after the listeners are closed. Idempotent.
    public func remove() {
        Self.empty(path)
        rmdir(path)
    }

    private static func empty(_ path: String) {
        for name in names(in: path) {
            var status = stat()
            let file = "\(path)/\(name)"
            guard lstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
            unlink(file)
        }
    }

    private static func names(in path: String) -> [String] {
        guard let entries = opendir(path) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            // Read where it is: an entry is only as long as its name, shorter than the structure.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
