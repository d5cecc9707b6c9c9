import Glibc
import HayateCore
import HayateLaunch
import Synchronization

/// A process that a test starts, and all that it prints. It is killed at the latest with its owner.
final class Started: Sendable {
    let process: LocalProcess
    private let output: String
    private let ended: Ended

    private final class Ended: Sendable {
        let exit = Mutex<ProcessExit?>(nil)
    }

    /// - Parameter output: a file that is made for what it prints.
    init(
        _ program: String, _ words: [String], output: String, environment: [String: String]
    ) throws {
        let file = open(output, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failed("\(output) cannot be made: \(errno)") }
        defer { close(file) }
        let ended = Ended()
        self.output = output
        self.ended = ended
        process = try LocalProcess.spawn(
            executable: program, arguments: words, environment: .inherited(adding: environment),
            standardOutput: file, standardError: file,
            onExit: { exit in ended.exit.withLock { $0 = exit } })
    }

    deinit { process.send(signal: SIGKILL) }

    var pid: Int32 { process.pid }
    var exit: ProcessExit? { ended.exit.withLock { $0 } }
    var text: String { String(decoding: (try? content(of: output)) ?? [], as: UTF8.self) }

    /// What follows this word at the beginning of the last such line.
    func last(_ word: String) -> String? {
        text.split(separator: "\n").last { $0.hasPrefix(word + " ") }.map {
            String($0.dropFirst(word.count + 1))
        }
    }

    func waitForEnd() throws -> ProcessExit? {
        try eventually("process \(pid) ends") { exit != nil }
        return exit
    }
}

/// All bytes that can be read from a file, at most so many.
func content(of path: String, atMost limit: Int = 4 << 20) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw Failed("\(path) cannot be read: \(errno)") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < limit {
        let count = read(file, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
    }
    return bytes
}

/// The names in a directory; none if it cannot be read.
func names(in path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
        let start = UnsafeRawPointer(entry).advanced(by: offset)
        let name = String(cString: start.assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}
