import Glibc
import HayateTestTasks
import Testing

/// A directory that is gone with its owner, files and all.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        for name in names(in: path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// The path of a file in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// The names in one of its directories; none if it is not there.
    func files(_ name: String) -> [String] { Self.names(in: self(name)).sorted() }

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

enum Files {
    /// What a file holds; empty if it cannot be read.
    static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A file that can be run.
    static func script(_ path: String, _ text: String) throws {
        try SignalFile.write(path, text)
        chmod(path, 0o755)
    }
}

/// Where the tests of this process keep what the program writes: nothing of the user's is touched.
enum Place {
    nonisolated(unsafe) private static var kept: TemporaryDirectory?
    static var state: TemporaryDirectory { kept! }

    /// Before the first pool.
    static func prepare() {
        guard kept == nil, let directory = try? TemporaryDirectory() else { return }
        kept = directory
        mkdir(directory("sites"), 0o700)
        setenv("HAYATE_STATE", directory.path, 1)
        setenv("HAYATE_KEYS", directory("keys"), 1)
        setenv("HAYATE_CONFIG_PATH", directory("sites"), 1)
        atexit { if let path = Place.kept?.path { TemporaryDirectory.remove(path) } }
    }
}

/// Programs that are built beside the test bundle.
enum Program {
    private static let directory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
    }()

    /// Links the module of the tests' tasks.
    static let testDaemon = directory + "/hayate-test-daemon"
    static let hayate = directory + "/hayate"
    static let hayateDaemon = directory + "/hayate-daemon"
}

/// Prints a figure at once, also where the output is no terminal.
func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

/// Looks until a condition holds; records an issue and throws if it does not within the time.
func eventually(
    _ what: String, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
            throw TestFailure("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}
