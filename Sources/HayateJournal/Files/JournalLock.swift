import CSystem
import Glibc

/// Whoever holds it is the only one that uses the journal. In it stands who that is.
final class JournalLock {
    /// How old a lock of another machine is before it says nothing any more, in seconds: it is touched more often.
    static let validity: Int64 = 60
    /// How often it is touched, in seconds.
    static let interval: Int64 = 15

    private let descriptor: Int32

    /// - Parameter now: the time as the file system has it, which may be another machine's.
    init(at path: String, now: Int64) throws(JournalError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError(
                .unsuitable,
                "The lock of the session, \(path), cannot be opened (\(Self.systemMessage())): choose a directory of "
                    + "yours by HAYATE_STATE")
        }
        var isHeld = false
        defer { if !isHeld { close(descriptor) } }
        let locked = hayate_file_lock(descriptor, 0, 0)
        let reason = errno
        let holder = Holder(Self.content(of: descriptor))
        guard locked == 0 else {
            guard reason == EAGAIN || reason == EACCES else { throw .noLocks(path, reason) }
            throw JournalError(
                .locked,
                "The session is hosted by \(holder.map { "\($0.process) on \($0.machine)" } ?? "another process"): "
                    + "end it there, or attach to it")
        }
        var status = stat()
        if let holder, fstat(descriptor, &status) == 0 {
            let here = Holder.current()
            let age = now - Int64(status.st_mtim.tv_sec)
            // The locks of some file systems do not reach other machines. Of this one's, whoever wrote it has ended.
            if holder.boot != here.boot, holder.machine != here.machine, age < Self.validity {
                hayate_file_unlock(descriptor, 0)
                throw JournalError(
                    .locked,
                    "The session was hosted by \(holder.process) on \(holder.machine) \(max(0, age)) s ago: end it "
                        + "there, or, if that machine is down, try again in \(min(Self.validity, Self.validity - age)) s")
            }
        }
        self.descriptor = descriptor
        isHeld = true
        guard write(Holder.current().text) else {
            throw JournalError(
                .unsuitable,
                "The lock of the session, \(path), cannot be written (\(Self.systemMessage())): make room there, or "
                    + "choose another directory by HAYATE_STATE")
        }
    }

    /// Says that its holder lives.
    func touch() { futimens(descriptor, nil) }

    /// Leaves it to others, with nothing in it.
    func release() {
        ftruncate(descriptor, 0)
        // Closing is not enough: a process that is being started at this moment has a copy until its exec.
        hayate_file_unlock(descriptor, 0)
    }

    deinit { close(descriptor) }

    private func write(_ text: String) -> Bool {
        ftruncate(descriptor, 0)
        return Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) == $0.count }
    }

    private static func content(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func systemMessage() -> String { String(cString: strerror(errno)) }
}

extension JournalError {
    static func noLocks(_ path: String, _ reason: Int32) -> JournalError {
        JournalError(
            .unsuitable,
            "The file system of \(path) cannot lock files (\(String(cString: strerror(reason)))), so two hosts could "
                + "use one session: set HAYATE_STATE to a directory on a local disk")
    }
}

/// Who holds a journal, as the lock says it.
struct Holder: Hashable {
    var machine: String
    var process: Int32
    /// Of the machine's kernel, since it was started.
    var boot: String
    /// Seconds since 1970.
    var since: Int64

    static func current() -> Holder {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let machine = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var boot = ""
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(descriptor, &bytes, bytes.count)
            boot = String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 10 }, as: UTF8.self)
            close(descriptor)
        }
        return Holder(machine: machine, process: getpid(), boot: boot, since: Int64(time(nil)))
    }

    init(machine: String, process: Int32, boot: String, since: Int64) {
        self.machine = machine
        self.process = process
        self.boot = boot
        self.since = since
    }

    /// Nil: nobody, or something else stands there.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, let process = Int32(lines[1]), let since = Int64(lines[3]) else { return nil }
        self.init(machine: String(lines[0]), process: process, boot: String(lines[2]), since: since)
    }

    var text: String { "\(machine)\n\(process)\n\(boot)\n\(since)\n" }
}
