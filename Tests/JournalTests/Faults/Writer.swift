import Foundation
import HayateTestRecords
import Testing

/// The writing program, as a process of its own that is told to fail, or is killed.
struct WriterProcess {
    /// Appends that were answered, in order.
    var confirmed: [Int] = []
    var refused: [(number: Int, code: String)] = []
    /// Whether it came to its end by itself.
    var hasEnded = false
    /// What it said instead of opening the journal.
    var refusal: String?
    var wasKilled = false

    /// Runs it to its end, or kills it after so many confirmations and microseconds.
    static func run(
        _ directory: String, seed: UInt64, from: Int = 0, to: Int, environment: [String: String] = [:],
        killAfter: (confirmations: Int, microseconds: UInt32)? = nil
    ) throws -> WriterProcess {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let process = try spawn([program.path, directory, "\(seed)", "\(from)", "\(to)"], environment, output: ends[1])
        close(ends[1])
        let output = try #require(fdopen(ends[0], "r"))
        defer { fclose(output) }

        var result = WriterProcess()
        if let killAfter {
            while result.confirmed.count < killAfter.confirmations, let line = line(of: output) { result.take(line) }
            usleep(killAfter.microseconds)
            kill(process, SIGKILL)
        }
        while let line = line(of: output) { result.take(line) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        result.wasKilled = status & 0x7f == SIGKILL
        #expect(result.wasKilled || status & 0x7f == 0, "it ended by signal \(status & 0x7f)")
        return result
    }

    private static func spawn(_ words: [String], _ environment: [String: String], output: Int32) throws -> pid_t {
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var arguments = words.map { strdup($0) } + [nil]
        var variables = all.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var process: pid_t = 0
        try #require(posix_spawn(&process, words[0], &actions, nil, &arguments, &variables) == 0)
        return process
    }

    private mutating func take(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2)
        switch words.first {
        case "1": confirmed.append(Int(words[1]) ?? -1)
        case "0": refused.append((Int(words[1]) ?? -1, String(words[2])))
        case "end": hasEnded = true
        case "no": refusal = line
        default: break
        }
    }

    private static func line(of file: UnsafeMutablePointer<FILE>) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(text) }
        guard getline(&text, &room, file) > 0, let text else { return nil }
        return String(cString: text).trimmingCharacters(in: .newlines)
    }

    /// Built with the tests, and beside them.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("hayate-test-session-journal")
}

/// The library that faults come from, compiled once.
enum FaultLibrary {
    static let path: Result<String, any Error> = Result {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("faults.c").path
        let library = FileManager.default.temporaryDirectory.path + "/hayate-faults-\(getpid()).so"
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw CocoaError(.fileNoSuchFile) }
        atexit { unlink(FileManager.default.temporaryDirectory.path + "/hayate-faults-\(getpid()).so") }
        return library
    }

    static func environment(
        _ directory: String, kind: String, at: Int, file: String? = nil
    ) throws -> [String: String] {
        var environment = [
            "LD_PRELOAD": try path.get(), "FAULT_DIRECTORY": directory, "FAULT_KIND": kind, "FAULT_AT": "\(at)",
        ]
        if let file {
            environment["FAULT_COUNT"] = file
            environment["FAULT_LOG"] = file
        }
        return environment
    }
}
