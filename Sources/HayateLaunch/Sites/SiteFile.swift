import Glibc
import HayateCluster

/// Reads the files of a directory, and looks at who could have written them: what they say is run.
enum SiteFile {
    /// A file of more bytes is none of ours.
    static let mostBytes = 1 << 20

    enum Outcome {
        case text(String)
        case refused(ClusterError)
    }

    /// The files of sites in a directory by their paths, or why it is not read; nothing where there is no such
    /// directory.
    static func read(_ directory: String, user: uid_t) -> [(path: String, outcome: Outcome)] {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT, errno != ENOTDIR else { return [] }
            return [(directory, .refused(failure(directory)))]
        }
        defer { close(descriptor) }
        if let problem = problem(descriptor, directory, user) { return [(directory, .refused(problem))] }
        return names(descriptor).map { name in
            let path = directory + (directory.hasSuffix("/") ? "" : "/") + name
            let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard file >= 0 else { return (path, .refused(failure(path))) }
            defer { close(file) }
            if let problem = problem(file, path, user) { return (path, .refused(problem)) }
            return (path, text(file, path))
        }
    }

    /// A file that somebody names, whoever it belongs to.
    static func read(file path: String) -> Outcome {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .refused(failure(path)) }
        defer { close(file) }
        return text(file, path)
    }

    /// A file that a site's profile names, which nobody else may have written.
    static func read(trusted path: String, user: uid_t) -> Outcome {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .refused(failure(path)) }
        defer { close(file) }
        if let problem = problem(file, path, user) { return .refused(problem) }
        return text(file, path)
    }

    private static func names(_ descriptor: Int32) -> [String] {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let stream = fdopendir(copy) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Why it is not to be trusted; nil: it is.
    private static func problem(_ descriptor: Int32, _ path: String, _ user: uid_t) -> ClusterError? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return failure(path) }
        guard status.st_uid == user || status.st_uid == 0 else {
            return ClusterError("it belongs to another user, who could make it run commands as you; copy it", at: path)
        }
        guard status.st_mode & 0o022 == 0 else {
            return ClusterError(
                "others can write to it, and so run commands as you; run 'chmod go-w \(path)'", at: path)
        }
        return nil
    }

    private static func text(_ file: Int32, _ path: String) -> Outcome {
        var bytes: [UInt8] = []
        var space = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= mostBytes {
            let count = Glibc.read(file, &space, space.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .refused(failure(path)) }
            guard count > 0 else {
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    return .refused(ClusterError("it is no text in UTF-8; save it as such", at: path))
                }
                return .text(text)
            }
            bytes += space[..<count]
        }
        return .refused(ClusterError("it has more than \(mostBytes >> 20) MiB: is it a site's file?", at: path))
    }

    private static func failure(_ path: String) -> ClusterError {
        ClusterError(
            "it cannot be read (\(String(cString: strerror(errno)))); check the path and its permissions", at: path)
    }
}
