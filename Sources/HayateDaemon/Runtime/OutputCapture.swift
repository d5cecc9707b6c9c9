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

    /// The files behind 1 and 2, as descriptors of our own: a task may close its streams, or put other
    /// files in their place, and neither may those be read and emptied for output.
    private static let ownOutput = Atomic<Int32>(-1)
    private static let ownError = Atomic<Int32>(-1)

    private static func file(_ stream: Int32) -> Int32 {
        let own = stream == 1
            ? ownOutput.load(ordering: .relaxed) : ownError.load(ordering: .relaxed)
        return own < 0 ? stream : own
    }

    init() {}

    /// Makes sure that 1 and 2 are memory files.
    func install() throws(DaemonError) {
        for descriptor: Int32 in [1, 2] {
            if hayate_is_memory_file(descriptor) == 0 {
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
            // Both share one position with the stream's own descriptor.
            let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
            if descriptor == 1 {
                Self.ownOutput.store(own, ordering: .relaxed)
            } else {
                Self.ownError.store(own, ordering: .relaxed)
            }
        }
    }

    /// Between two tasks, now and then: puts 1 and 2 back if they are not what they were. `take` does so too
    /// where it sees it at once; what it misses is an empty file of the task's own.
    func restore() {
        for stream: Int32 in [1, 2] { restore(stream) }
    }

    private func restore(_ stream: Int32) {
        let own = Self.file(stream)
        guard own != stream, !Self.isSame(stream, own) else { return }
        // What was printed belongs where it was to go.
        hayate_flush_output()
        dup2(own, stream)
    }

    private static func isSame(_ one: Int32, _ other: Int32) -> Bool {
        var (first, second) = (stat(), stat())
        return fstat(one, &first) == 0 && fstat(other, &second) == 0
            && first.st_ino == second.st_ino && first.st_dev == second.st_dev
    }

    /// Takes what has been written since the last look, per stream. Nearly always nothing: two system
    /// calls then.
    /// - Parameter atEnd: whether the task is over, so that streams which it closed or replaced come back.
    func take(atEnd: Bool, _ use: (UInt8, [UInt8]) -> Void) {
        // What a task printed must be in the file before it is looked at.
        hayate_flush_output()
        for stream: Int32 in [1, 2] {
            // The file only grows by appending, so its position is its size: much cheaper to ask for.
            guard lseek(stream, 0, SEEK_CUR) != 0 else { continue }
            if atEnd { restore(stream) }
            let descriptor = Self.file(stream)
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
            use(UInt8(stream), bytes)
        }
    }
}
