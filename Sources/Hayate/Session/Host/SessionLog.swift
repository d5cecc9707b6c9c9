import Dispatch
import Glibc
import HayateTLS
import Synchronization

/// Lines of a session's tasks and of the session itself, in a file `log` and the one before it, `log.1`.
///
/// A line is a time in UTC, who says it (`submission/element`, or `session`), and the text. Lines are written by a
/// queue of their own, since a file server may keep one waiting; what comes faster than that is counted and left out.
final class SessionLog: Sendable {
    /// Where a reader is.
    struct Position: Hashable, Sendable {
        /// Which of all files that there ever were since this host began; the one at hand at its beginning is 1.
        var file = 0
        var offset = 0
    }

    private struct State {
        var descriptor: Int32 = -1
        var file = 1
        var size = 0
        var waitingBytes = 0
        var leftOut = 0
    }

    private let path: String
    private let mostBytes: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "hayate.session.log", qos: .utility)
    /// Rings when lines were written.
    let bell = Bell()

    private static let mostWaiting = 1 << 20
    private static let longestLine = 4_096

    /// - Parameter mostBytes: of each of the two files.
    init(at path: String, mostBytes: Int = 16 << 20) {
        self.path = path
        self.mostBytes = mostBytes
        state.withLock { open(&$0) }
    }

    deinit { state.withLock { if $0.descriptor >= 0 { Glibc.close($0.descriptor) } } }

    private func open(_ state: inout State) {
        state.descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o600)
        var status = stat()
        state.size = state.descriptor >= 0 && fstat(state.descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    // MARK: Writing

    func add(_ text: String, by speaker: String = "session") {
        let line = "\(Self.time()) \(speaker) \(Self.plain(text))\n"
        let bytes = Array(line.utf8)
        let isTaken = state.withLock { state in
            guard state.waitingBytes + bytes.count <= Self.mostWaiting else {
                state.leftOut += 1
                return false
            }
            state.waitingBytes += bytes.count
            return true
        }
        guard isTaken else { return }
        queue.async { [self] in write(bytes) }
    }

    /// A line of a task.
    func add(_ line: TaskLogLine) {
        let done = line.progress.map { "\(Int(($0 * 100).rounded())) % " } ?? ""
        let level = line.level >= .warning ? "\(line.level): " : ""
        add(done + level + line.text, by: line.name ?? "task-\(line.task)")
    }

    /// Returns when everything that was added is in the file.
    func flush() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    private func write(_ bytes: [UInt8]) {
        state.withLock { state in
            state.waitingBytes -= bytes.count
            var bytes = bytes
            if state.leftOut > 0 {
                bytes += Array("\(Self.time()) session \(state.leftOut) lines came too fast and were left out\n".utf8)
                state.leftOut = 0
            }
            if state.size + bytes.count > mostBytes, state.size > 0 { rotate(&state) }
            guard state.descriptor >= 0 else { return }
            // A full disk loses lines, and nothing else: what matters is in the journal.
            if bytes.withUnsafeBytes({ writeAll($0, to: state.descriptor) }) == 0 { state.size += bytes.count }
        }
        bell.ring()
    }

    private func rotate(_ state: inout State) {
        if state.descriptor >= 0 { Glibc.close(state.descriptor) }
        rename(path, path + ".1")
        state.file += 1
        open(&state)
    }

    /// Control characters of a task's line would do something to the terminal that shows it.
    private static func plain(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(longestLine) {
            plain.append(scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7f ? " " : scalar)
        }
        return String(plain)
    }

    private static func time() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = now.tv_nsec / 1_000_000
        let fraction = String(repeating: "0", count: 3 - String(milliseconds).count) + String(milliseconds)
        return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
            + "\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }

    // MARK: Reading

    /// Whole lines behind a position, at most about 64 KiB, and where they end. Blocks as the disk does.
    func lines(from position: Position) -> (lines: [String], next: Position) {
        state.withLock { state in
            // What was before the last two files is gone.
            var position = position.file < state.file - 1 ? Position(file: state.file - 1) : position
            while true {
                let name = position.file == state.file ? path : path + ".1"
                let (lines, count) = Self.lines(of: name, from: position.offset)
                position.offset += count
                if !lines.isEmpty || position.file == state.file { return (lines, position) }
                position = Position(file: position.file + 1)
            }
        }
    }

    private static func lines(of path: String, from offset: Int) -> (lines: [String], bytes: Int) {
        let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return ([], 0) }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
        guard count > 0 else { return ([], 0) }
        // A line that a crash has cut, and that fills everything, is a line.
        let end = bytes[..<count].lastIndex(of: 0x0a).map { $0 + 1 } ?? (count == bytes.count ? count : 0)
        let lines = bytes[..<end].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        return (lines, end)
    }
}
