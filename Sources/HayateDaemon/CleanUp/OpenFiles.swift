import CSystem
import Glibc
import Synchronization

/// The descriptors that a process has open, and those among them that a task left behind.
struct OpenFiles {
    /// Descriptors that were open at the last close look and may stay.
    private var known: Set<Int32> = []
    /// The lowest descriptor that was free then: whoever opens anything gets this one.
    private var lowestFree: Int32 = 3

    /// Descriptors that tasks want to keep.
    static let kept = Mutex<Set<Int32>>([])

    mutating func take() {
        let open = Self.list()
        known = Set(open)
        setLowestFree(open)
    }

    /// Whether something may have been opened since: one system call. A task that opened two files and
    /// closed only the first is not seen by it, hence the close look now and then.
    var mayDiffer: Bool { fcntl(lowestFree, F_GETFD) != -1 }

    mutating func closeNew() {
        let open = Self.list()
        let kept = Self.kept.withLock { kept in
            kept.formIntersection(open)
            return kept
        }
        var staying: [Int32] = []
        for descriptor in open {
            if !known.contains(descriptor), !kept.contains(descriptor), Self.isTasks(descriptor) {
                close(descriptor)
            } else {
                staying.append(descriptor)
            }
        }
        known = Set(staying)
        setLowestFree(staying)
    }

    private mutating func setLowestFree(_ open: [Int32]) {
        let open = Set(open)
        lowestFree = 3
        while open.contains(lowestFree) { lowestFree += 1 }
    }

    /// Whether it is something that only a task can have opened: the runtime's own threads open sockets,
    /// event counters and memory files, and none of the kinds that are asked for here.
    private static func isTasks(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        switch status.st_mode & S_IFMT {
        case S_IFDIR, S_IFIFO: return true
        case S_IFREG: return !isMemoryFile(descriptor)
        default: return false
        }
    }

    /// By its name: files of a memory file system have all other properties in common with memory files.
    private static func isMemoryFile(_ descriptor: Int32) -> Bool {
        var buffer = [CChar](repeating: 0, count: 16)
        let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
        let prefix = "/memfd:".utf8.map { CChar(bitPattern: $0) }
        return count >= prefix.count && Array(buffer[..<prefix.count]) == prefix
    }

    private static func list() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var all: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name), descriptor != own { all.append(descriptor) }
        }
        return all
    }
}
