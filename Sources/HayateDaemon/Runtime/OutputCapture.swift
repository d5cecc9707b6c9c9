import CSystem
import Glibc
import Synchronization

/// What a task writes to the process's standard output and error.
///
/// Descriptors 1 and 2 are memory files to which everything is appended. After each task, and now and
/// then during long ones, what has come is taken and the file emptied. A launcher on the same machine
/// makes the files and keeps them, so that the last words of a daemon that crashed are not lost with it.
final class OutputCapture: Sendable {
    /// What is kept of one stream between two looks; the rest is dropped and counted.
    static let limit = 1 << 20
    /// What is sent in one frame at most.
    static let pieceBytes = 256 << 10

    /// What standard error was before: where the daemon itself complains. It is a terminal or a log
    /// only when a person or a script started the daemon; -1 if it is captured from the beginning.
    private static let originalError = Atomic<Int32>(-1)

    static var complaints: Int32 {
        let original = originalError.load(ordering: .relaxed)
        return original < 0 ? 2 : original
    }

    init() {}

    /// Makes sure that 1 and 2 are memory files.
    func install() throws(DaemonError) {
        for descriptor: Int32 in [1, 2] where hayate_is_memory_file(descriptor) == 0 {
            let file = hayate_output_file()
            guard file >= 0 else {
                throw DaemonError(
                    "the daemon cannot make a memory file for its tasks' output: "
                        + String(cString: strerror(errno)))
            }
            if descriptor == 2 {
                Self.originalError.store(fcntl(2, F_DUPFD_CLOEXEC, 3), ordering: .relaxed)
            }
            dup2(file, descriptor)
            close(file)
        }
    }

    /// Takes what has been written since the last look, per stream. Nearly always nothing: two system
    /// calls then.
    func take(_ use: (UInt8, [UInt8]) -> Void) {
        // What a task printed must be in the file before it is looked at.
        hayate_flush_output()
        for descriptor: Int32 in [1, 2] {
            // The file only grows by appending, so its position is its size: much cheaper to ask for.
            let length = Int(lseek(descriptor, 0, SEEK_CUR))
            guard length > 0 else { continue }
            let size = min(length, Self.limit)
            var bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = max(0, pread(descriptor, buffer.baseAddress, size, 0))
            }
            // Between reading and emptying another thread may write; a few bytes may then be lost,
            // never mixed up. Only a task that prints from several threads can notice.
            ftruncate(descriptor, 0)
            lseek(descriptor, 0, SEEK_SET)
            if length > size {
                let rest = length - size
                bytes += Array("\n[\(rest) bytes more were dropped]\n".utf8)
            }
            use(UInt8(descriptor), bytes)
        }
    }
}
