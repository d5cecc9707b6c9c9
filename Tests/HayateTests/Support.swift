import Glibc
import Hayate
import HayateTestTasks
import Synchronization
import Testing

/// The tests of real processes. One after the other: many count processes or files, and all want
/// the machine's few processors.
@Suite("Real processes", .serialized, .timeLimit(.minutes(2)))
struct RealProcesses {}

/// A directory that is gone with its owner, files and all.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/hayate-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        for name in names(in: path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// The path of a file in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

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

/// Programs that are built beside the test bundle.
enum Program {
    /// The directory of this process's executable.
    static let directory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex))
    }()

    /// Links the module of the tests' tasks.
    static let testDaemon = directory + "/hayate-test-daemon"
    /// Links no task but `Command`.
    static let bareDaemon = directory + "/hayate-daemon"
    static let hayate = directory + "/hayate"
}

extension Daemons {
    /// So many daemons of the program that links the tests' tasks.
    static func test(_ count: Int) -> Daemons {
        // `swift test` asks for Swift's backtraces, which take longer than most tests.
        .local(count, executable: Program.testDaemon)
            .with { $0.environment["SWIFT_BACKTRACE"] = "enable=no" }
    }
}

/// Runs `body` with a pool, and checks that afterwards none of its daemons and no socket is left.
func withPool<Value>(
    _ daemons: Daemons, profile: String = "default",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (Pool) async throws -> Value
) async throws -> Value {
    let seen = Mutex<([Int32], String)>(([], ""))
    defer {
        let (processes, url) = seen.withLock { $0 }
        let left = processes.filter { isAlive($0) }
        #expect(left.isEmpty, "daemons are left", sourceLocation: sourceLocation)
        if url.hasPrefix("ipc://") {
            let socket = String(url.dropFirst("ipc://".count))
            #expect(!SignalFile.exists(socket), sourceLocation: sourceLocation)
            if daemons.url == nil {
                let directory = String(socket[..<(socket.lastIndex(of: "/") ?? socket.endIndex)])
                #expect(!SignalFile.exists(directory), sourceLocation: sourceLocation)
            }
        }
    }
    return try await withDaemons(daemons, profile: profile) { pool in
        seen.withLock { $0 = (pool.localProcesses, pool.url) }
        defer { seen.withLock { $0.0 += pool.localProcesses } }
        return try await body(pool)
    }
}

/// Looks until a condition holds; records an issue and throws if it does not within the time.
func eventually(
    _ what: String, within limit: Duration = .seconds(15),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
            throw TestFailure("not within \(limit): \(what)")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits for a file.
func appears(
    _ path: String, within limit: Duration = .seconds(15),
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    try await eventually("\(path) appears", within: limit, sourceLocation: sourceLocation) {
        SignalFile.exists(path)
    }
}

/// The number in a file that consists of one, such as a process id.
func number(in path: String) throws -> Int32 {
    try #require(SignalFile.lines(path).first.flatMap { Int32($0) })
}

/// Whether a process is there and not a zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let line = SignalFile.lines("/proc/\(pid)/stat").first,
        let end = line.lastIndex(of: ")")
    else { return false }
    let state = line[line.index(end, offsetBy: 2)]
    return state != "Z" && state != "X"
}

/// The error with which a task ends; records an issue if it has a value.
func failure<Value>(
    of mirai: Mirai<Value>, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> HayateError {
    switch await mirai.result {
    case .failure(let error): return error
    case .success(let value):
        Issue.record("a value and no error: \(value)", sourceLocation: sourceLocation)
        throw TestFailure("a value and no error: \(value)")
    }
}

/// A list that several threads add to.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    func append(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
}

extension Pool {
    /// Waits until so many daemons have joined and are known.
    func hasDaemons(
        _ count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("\(count) daemons", sourceLocation: sourceLocation) {
            status.daemons.count { $0.state == .idle || $0.state == .busy } == count
        }
    }

    /// Waits until no task is waiting, running or stopping.
    func isQuiet(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the pool is quiet", sourceLocation: sourceLocation) {
            let counts = status.counts
            return counts.waiting + counts.assigned + counts.stopping == 0
        }
    }
}
