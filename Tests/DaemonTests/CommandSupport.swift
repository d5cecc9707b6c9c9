import CSystem
import Glibc
import HayateDaemon
import Synchronization
import Testing

/// A directory that is gone with its owner, files and all.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXFailure(number: errno) }
        path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in Self.names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws -> String {
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw POSIXFailure(number: errno) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw POSIXFailure(number: errno)
        }
        return "\(path)/\(name)"
    }

    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

struct POSIXFailure: Error {
    var number: Int32
}

func contents(of path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw POSIXFailure(number: errno) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}

/// A command line of the shell.
func shell(_ script: String) -> Command { Command("sh", "-c", script) }

/// Runs a command to its end with nothing to stop it.
@discardableResult
func run(_ command: Command) throws -> CommandResult {
    try CommandRunner.run(command, stop: StopSignal())
}

/// Whether a process is there and not a zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? contents(of: "/proc/\(pid)/stat") else { return false }
    let text = String(decoding: stat, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return false }
    let state = text[text.index(end, offsetBy: 2)]
    return state != "Z" && state != "X"
}

/// Waits for a process that is not our child to end; `false` after ten seconds.
func waitForEnd(of pid: Int32) -> Bool {
    let descriptor = hayate_pidfd_open(pid)
    guard descriptor >= 0 else { return errno == ESRCH }
    defer { close(descriptor) }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, 10_000) > 0
}

/// Looks until a condition holds; `false` after ten seconds.
func becomesTrue(_ condition: () -> Bool) -> Bool {
    for _ in 0..<10_000 {
        if condition() { return true }
        poll(nil, 0, 1)
    }
    return condition()
}

/// How many descriptors of the kinds that running a command takes are open. Other tests of this
/// process may hold some.
func openProcessDescriptors() -> Int {
    TemporaryDirectory.names(in: "/proc/self/fd").count { name in
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/self/fd/\(name)", &buffer, buffer.count)
        let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        let target = String(decoding: bytes, as: UTF8.self)
        return ["pipe:", "anon_inode:[pidfd]", "/memfd:", "/dev/null", "pidfd:"]
            .contains { target.hasPrefix($0) }
    }
}

/// How many children that lead a process group have ended without being waited for.
func zombieLeaders() -> Int {
    TemporaryDirectory.names(in: "/proc").count { name in
        guard let pid = Int32(name), let stat = try? contents(of: "/proc/\(name)/stat") else {
            return false
        }
        let text = String(decoding: stat, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return false }
        let fields = text[end...].dropFirst(2).split(separator: " ")
        return fields.count > 2 && fields[0] == "Z" && Int32(fields[1]) == getpid()
            && Int32(fields[2]) == pid
    }
}

/// Runs a body on a thread of its own and waits for that thread's end.
func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Box(body))
    let failure = pthread_create(&thread, nil, { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
    }, context.toOpaque())
    #expect(failure == 0)
    if failure == 0 { pthread_join(thread, nil) } else { context.release() }
}
