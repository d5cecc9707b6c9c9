import Glibc
import Hayate

/// Files as signals between a test and its tasks.
public enum SignalFile {
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a file with this content appear whole.
    public static func write(_ path: String, _ text: String = "") throws {
        let partial = path + ".partial.\(getpid())"
        let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestFailure("cannot write \(path): \(errno)") }
        let bytes = Array(text.utf8)
        let written = Glibc.write(file, bytes, bytes.count)
        close(file)
        guard written == bytes.count, rename(partial, path) == 0 else {
            throw TestFailure("cannot write \(path): \(errno)")
        }
    }

    /// Adds a line in one write, so that lines of several processes do not mix.
    public static func append(_ path: String, line: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw TestFailure("cannot append to \(path): \(errno)") }
        defer { close(file) }
        let bytes = Array((line + "\n").utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw TestFailure("cannot append to \(path): \(errno)")
        }
    }

    /// The lines of a file, none if it is not there.
    public static func lines(_ path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { String($0) }
    }
}

/// Writes its process id to `NAME.started`, waits for `NAME.release`, and leaves `NAME.finished`.
/// Cancelled, it leaves `NAME.cancelled` and throws.
public struct Gate: RemoteTask {
    public var name: String
    /// Whether only the first attempt waits.
    public var onlyFirstAttempt: Bool

    public init(_ name: String, onlyFirstAttempt: Bool = false) {
        self.name = name
        self.onlyFirstAttempt = onlyFirstAttempt
    }

    public func run(in context: TaskContext) async throws -> Place {
        let place = Place(process: getpid(), task: context.task, attempt: context.attempt)
        try SignalFile.write("\(name).started", "\(getpid())")
        if context.attempt == 1 || !onlyFirstAttempt {
            while !SignalFile.exists("\(name).release") {
                do {
                    try await Task.sleep(for: .milliseconds(5))
                } catch {
                    try SignalFile.write("\(name).cancelled")
                    throw error
                }
            }
        }
        try SignalFile.write("\(name).finished", "\(context.attempt)")
        return place
    }
}

/// Writes its process id to a file and then does not listen to anybody for a minute.
public struct Stubborn: RemoteTask {
    public var started: String

    public init(started: String) { self.started = started }

    public func run(in context: TaskContext) async throws -> Int {
        try SignalFile.write(started, "\(getpid())")
        for _ in 0..<6_000 { usleep(10_000) }
        return 0
    }
}

/// Like `Gate`, but does not listen to cancellation, and returns when it is released.
public struct Deaf: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> Int {
        try SignalFile.write("\(name).started", "\(getpid())")
        for _ in 0..<6_000 where !SignalFile.exists("\(name).release") { usleep(10_000) }
        return 0
    }
}

/// Adds a line to a file, after a pause.
public struct AppendLine: RemoteTask {
    public var path: String
    public var line: String
    public var pauseMilliseconds: Int
    public var fails: Bool

    public init(_ path: String, _ line: String, pauseMilliseconds: Int = 0, fails: Bool = false) {
        self.path = path
        self.line = line
        self.pauseMilliseconds = pauseMilliseconds
        self.fails = fails
    }

    public func run(in context: TaskContext) async throws -> String {
        if pauseMilliseconds > 0 { try await Task.sleep(for: .milliseconds(pauseMilliseconds)) }
        try SignalFile.append(path, line: line)
        if fails { throw TestFailure("the task of line \(line) fails") }
        return line
    }
}

/// Adds a line to a file when it starts and to another, `PATH.ended`, after a pause, and returns it.
public struct Begun: RemoteTask {
    public var path: String
    public var line: String
    public var pauseMilliseconds: Int

    public init(_ path: String, _ line: String, pauseMilliseconds: Int) {
        self.path = path
        self.line = line
        self.pauseMilliseconds = pauseMilliseconds
    }

    public func run(in context: TaskContext) async throws -> String {
        try SignalFile.append(path, line: line)
        try await Task.sleep(for: .milliseconds(pauseMilliseconds))
        try SignalFile.append(path + ".ended", line: line)
        return line
    }
}

/// Fails until it has been started so many times, which it counts by lines in a file.
public struct SucceedsAt: RemoteTask {
    public var path: String
    public var start: Int

    public init(_ path: String, start: Int) {
        self.path = path
        self.start = start
    }

    public func run(in context: TaskContext) async throws -> Int {
        try SignalFile.append(path, line: "\(context.attempt)")
        guard SignalFile.lines(path).count >= start else {
            throw TestFailure("failure of attempt \(context.attempt)")
        }
        return context.attempt
    }
}

/// Sets a variable of the daemon's environment, unless a file forbids it.
public struct SetVariable: RemoteTask {
    public var name: String
    public var value: String
    public var forbidden: String?

    public init(_ name: String, _ value: String, unless forbidden: String? = nil) {
        self.name = name
        self.value = value
        self.forbidden = forbidden
    }

    public func run(in context: TaskContext) async throws -> Int32 {
        if let forbidden, SignalFile.exists(forbidden) {
            throw TestFailure("the set-up is forbidden")
        }
        setenv(name, value, 1)
        return getpid()
    }
}

/// A variable of the daemon's environment.
public struct GetVariable: RemoteTask {
    public var name: String

    public init(_ name: String) { self.name = name }

    public func run(in context: TaskContext) async throws -> [String] {
        ["\(getpid())", getenv(name).map { String(cString: $0) } ?? ""]
    }
}
