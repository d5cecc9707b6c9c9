import Glibc
import HayateCluster
import HayateLaunch

/// The directory of a pool's jobs on a file system that the cluster's machines share: their scripts, and what
/// they print.
struct RunDirectory: Sendable {
    let path: String

    /// - Parameters:
    ///   - parent: nil: `$HAYATE_STATE`, or `.hayate` in the home directory.
    ///   - run: the pool's name among all of this user.
    static func path(in parent: String?, run: String) -> String { "\(parent ?? state)/jobs/\(run)" }

    /// Makes what is not there yet.
    init(at path: String) throws(RegistryError) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            made += "/" + part
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw RegistryError(
                    "the directory \(made) for the jobs' logs could not be made (\(String(cString: strerror(errno)))): "
                        + "name another one that the cluster's machines see, with runtime.sharedDirectory of the site")
            }
        }
        self.path = path
    }

    private static var state: String {
        if let state = getenv("HAYATE_STATE").map({ String(cString: $0) }), state.hasPrefix("/") { return state }
        let home = getenv("HOME").map { String(cString: $0) } ?? "/tmp"
        return "\(home)/.hayate"
    }

    /// Where a job's output goes, with the placeholders of `JobRequest.output`.
    static func output(in path: String, isArray: Bool) -> String {
        isArray ? "\(path)/{name}-{task}.out" : "\(path)/{name}.out"
    }

    /// The file of an allocation's output.
    static func log(in path: String, of name: String, element: Int?) -> String {
        element.map { "\(path)/\(name)-\($0).out" } ?? "\(path)/\(name).out"
    }

    /// Keeps a job's script beside its logs, for people; mode 0600.
    /// - Returns: its path.
    func keep(script: String, of name: String) throws(HayateError) -> String {
        let file = "\(path)/\(name).sh"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw HayateError(.launchFailed, "\(file) could not be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let bytes = Array(script.utf8)
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw HayateError(.launchFailed, "\(file) could not be written as a whole: is the disk full?")
        }
        return file
    }

    /// The last lines of an allocation's output, on one line; nil if it wrote nothing.
    func tail(of name: String, element: Int?) -> String? {
        let descriptor = open(Self.log(in: path, of: name, element: element), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end > 0 else { return nil }
        let size = min(Int(end), 2048)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, size, end - off_t(size)))
        }
        return Self.lastLines(of: String(decoding: bytes, as: UTF8.self))
    }

    /// The last lines of a log, on one line; nil if there are none.
    static func lastLines(of text: String) -> String? {
        let lines = text.split(separator: "\n").suffix(3)
        return lines.isEmpty ? nil : lines.joined(separator: " | ")
    }

    /// Whether a job has printed anything that people may want to read.
    var hasLogs: Bool {
        names.contains { name in
            var status = stat()
            return name.hasSuffix(".out") && stat("\(path)/\(name)", &status) == 0 && status.st_size > 0
        }
    }

    /// Removes the directory with all that is in it, as far as it is ours: files of this run alone.
    func remove() {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    private var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
