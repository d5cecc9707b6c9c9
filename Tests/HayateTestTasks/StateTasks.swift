import Glibc
import Hayate

/// What of its process a task sees.
public struct Surroundings: Codable, Hashable, Sendable {
    public var process: Int32
    public var variables: [String: String]
    public var directory: String
    public var locale: String
    public var mask: UInt32
    /// Open files, directories and pipes, by their names.
    public var files: [String]
}

/// Tells what its process is like.
public struct LookAround: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Surroundings {
        var variables: [String: String] = [:]
        for name in ["HAYATE_TEST_NEW", "HAYATE_TEST_OLD", "HOME"] {
            variables[name] = getenv(name).map { String(cString: $0) }
        }
        let directory = getcwd(nil, 0)
        defer { free(directory) }
        let mask = umask(0)
        umask(mask)
        return Surroundings(
            process: getpid(), variables: variables,
            directory: directory.map { String(cString: $0) } ?? "",
            locale: setlocale(LC_ALL, nil).map { String(cString: $0) } ?? "", mask: mask,
            files: Self.files())
    }

    private static func files() -> [String] {
        var files: [String] = []
        for descriptor in Int32(3)..<1_024 {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { continue }
            let kind = status.st_mode & S_IFMT
            guard kind == S_IFREG || kind == S_IFDIR || kind == S_IFIFO else { continue }
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
            files.append(
                String(
                    decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
                    as: UTF8.self))
        }
        return files.sorted()
    }
}

/// Changes everything about its process that it can, and tidies up nothing.
public struct Untidy: RemoteTask {
    public var value: String
    public var directory: String
    public var file: String
    /// Whether it ends with an error.
    public var fails = false

    public init(_ value: String, directory: String, file: String, fails: Bool = false) {
        self.value = value
        self.directory = directory
        self.file = file
        self.fails = fails
    }

    public func run(in context: TaskContext) async throws -> Int {
        setenv("HAYATE_TEST_NEW", value, 1)
        setenv("HAYATE_TEST_OLD", value, 1)
        unsetenv("HOME")
        guard chdir(directory) == 0 else { throw TestFailure("chdir: \(errno)") }
        guard setlocale(LC_ALL, "C.UTF-8") != nil else { throw TestFailure("no locale C.UTF-8") }
        umask(0o077)
        var ends: [Int32] = [0, 0]
        guard open(file, O_RDWR | O_CREAT, 0o600) >= 0, open("/", O_RDONLY) >= 0, pipe(&ends) == 0
        else { throw TestFailure("open: \(errno)") }
        if fails { throw TestFailure("untidy") }
        return 0
    }
}

/// Opens two files and closes the first only: the lowest free descriptor is what it was.
public struct LeavesAGap: RemoteTask {
    public var file: String

    public init(_ file: String) { self.file = file }

    public func run(in context: TaskContext) async throws -> Int {
        let first = open(file, O_RDWR | O_CREAT, 0o600)
        let second = open(file, O_RDWR | O_CREAT, 0o600)
        guard first >= 0, second >= 0 else { throw TestFailure("open: \(errno)") }
        close(first)
        return Int(second)
    }
}

/// Opens a file once for all tasks of its daemon, and adds a line to it.
public struct AddsToOpenFile: RemoteTask {
    public enum Log: StateKey { public typealias Value = Int32 }

    public var path: String

    public init(_ path: String) { self.path = path }

    /// How long the file is.
    public func run(in context: TaskContext) async throws -> Int {
        let path = path
        let file = context.state.value(for: Log.self) {
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            context.state.keepOpen(file)
            return file
        }
        guard write(file, "line\n", 5) == 5 else { throw TestFailure("write: \(errno)") }
        return Int(lseek(file, 0, SEEK_CUR))
    }
}

/// Keeps what was expensive to make.
public struct Expensive: RemoteTask {
    public enum Model: StateKey { public typealias Value = [Int] }

    public var made: String

    public init(_ made: String) { self.made = made }

    /// The sum of the model, which is made where there is none yet.
    public func run(in context: TaskContext) async throws -> Int {
        let made = made
        let model = try await context.state.value(for: Model.self) {
            try await Task.sleep(for: .milliseconds(1))
            try SignalFile.append(made, line: "\(getpid())")
            return [1, 2, 3]
        }
        return model.reduce(0, +)
    }
}

/// Takes the model away again.
public struct Forgetful: RemoteTask {
    public init() {}

    public func run(in context: TaskContext) async throws -> Bool {
        let had = context.state[Expensive.Model.self] != nil
        context.state[Expensive.Model.self] = nil
        return had
    }
}
