import CSystem
import Foundation
import Synchronization
import Testing

/// How a shell line ended, and what was seen.
struct Finished: Sendable {
    /// As the shell says it: 128 and the number of a signal that ended it.
    var code: Int32
    var bytes: [UInt8]
    var error: String
    var seconds: Double

    var output: String { String(decoding: bytes, as: UTF8.self) }
    /// The lines of standard output that are not empty.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A line typed into `/bin/sh`, with `hayate` in its path, in a session of its own.
final class ShellRun: Sendable {
    /// Where the output of the line goes.
    enum Screen {
        /// Pipes: nobody watches.
        case none
        /// A terminal of this many columns; both outputs go there, and input comes from it.
        case terminal(columns: Int)
        /// Only standard error is the terminal, as behind `> file` or `| less`.
        case terminalForErrors(columns: Int)
    }

    static let programDirectory: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count - 1)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
            as: UTF8.self)
        return (text as NSString).deletingLastPathComponent
    }()

    private static let mark = "HAYATE_END_TO_END"

    let pid: pid_t
    private let identity: String
    private let keyboard: Int32
    private let files: String
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var output: [UInt8] = []
        var error: [UInt8] = []
        var readers = 0
        var code: Int32?
        var end: ContinuousClock.Instant?
    }

    struct CannotStart: Error { var reason: String }

    /// - Parameter onOutput: receives standard output instead of its being kept.
    init(
        _ line: String, in directory: String? = nil, environment: [String: String] = [:],
        screen: Screen = .none, onOutput: (@Sendable (ArraySlice<UInt8>) -> Void)? = nil
    ) throws {
        identity = UUID().uuidString
        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = "\(Self.programDirectory):\(variables["PATH"] ?? "/usr/bin:/bin")"
        variables["TERM"] = "xterm"
        // Its sockets and temporary files go where the test sees what is left of them.
        files = "/tmp/hayate-seen-\(identity.prefix(8))"
        guard mkdir(files, 0o700) == 0 else { throw CannotStart(reason: "mkdir \(files)") }
        variables["XDG_RUNTIME_DIR"] = files
        variables["TMPDIR"] = files
        variables[Self.mark] = identity
        variables.merge(environment) { $1 }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var childEnds: [Int32] = []
        defer { for end in childEnds { close(end) } }
        var readers: [(Int32, isError: Bool)] = []
        func pipeFor(_ target: Int32) throws {
            var ends: [Int32] = [-1, -1]
            guard hayate_pipe(&ends) == 0 else { throw CannotStart(reason: "there is no pipe") }
            posix_spawn_file_actions_adddup2(&actions, ends[1], target)
            childEnds.append(ends[1])
            readers.append((ends[0], target == 2))
        }
        switch screen {
        case .none:
            keyboard = -1
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            try pipeFor(1)
            try pipeFor(2)
        case .terminal(let columns), .terminalForErrors(let columns):
            let terminal = try PseudoTerminal(columns: columns)
            keyboard = terminal.master
            // A session's leader gets the first terminal that it opens as its controlling one.
            posix_spawn_file_actions_addopen(&actions, 0, terminal.name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
            if case .terminal = screen {
                posix_spawn_file_actions_adddup2(&actions, 0, 1)
                readers.append((terminal.master, false))
            } else {
                readers.append((terminal.master, true))
                try pipeFor(1)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGQUIT] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // 0x80 is POSIX_SPAWN_SETSID, which <spawn.h> shows to GNU sources only.
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))

        let place = directory.map { "cd '\($0)' || exit\n" } ?? ""
        let command: [String] = ["/bin/sh", "-c", place + line]
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        var entries: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0)=\($1)") }
        defer { for word in words + entries { free(word) } }
        words.append(nil)
        entries.append(nil)
        var child: pid_t = 0
        let failure = posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, &entries)
        guard failure == 0 else {
            throw CannotStart(reason: String(cString: strerror(failure)))
        }
        pid = child
        state.withLock { $0.readers = readers.count }
        for (descriptor, isError) in readers { read(descriptor, isError, onOutput) }
        waitForEnd()
    }

    private func read(
        _ descriptor: Int32, _ isError: Bool, _ receive: (@Sendable (ArraySlice<UInt8>) -> Void)?
    ) {
        let keeps = descriptor == keyboard
        Thread.detachNewThread { [self] in
            _ = readToEnd(descriptor) { [self] chunk in
                if !isError, let receive { return receive(chunk) }
                state.withLock { state in
                    if isError { state.error += chunk } else { state.output += chunk }
                }
            }
            if !keeps { close(descriptor) }
            state.withLock { $0.readers -= 1 }
        }
    }

    private func waitForEnd() {
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            state.withLock { state in
                state.code = signal == 0 ? (status >> 8) & 0xFF : 128 + signal
                state.end = .now
            }
        }
    }

    deinit {
        if keyboard >= 0 { close(keyboard) }
        try? FileManager.default.removeItem(atPath: files)
    }

    // MARK: While it runs

    /// What is on the screen, or in the pipe behind standard output.
    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var error: String { state.withLock { String(decoding: $0.error, as: UTF8.self) } }
    var hasEnded: Bool { state.withLock { $0.code != nil } }

    /// What this line started and what those started, as far as it still runs.
    var processes: [RunningProcess] {
        RunningProcess.carrying(Self.mark, value: identity)
    }
    /// The process of the program itself.
    var program: RunningProcess? {
        processes.first { $0.name == "hayate" && !$0.isDaemon }
    }
    /// The program's daemons: its children only, for a command looks like the daemon that starts it
    /// until it executes its program.
    var daemons: [RunningProcess] {
        let all = processes
        let program = all.first { $0.name == "hayate" && !$0.isDaemon }
        return all.filter { $0.isDaemon && $0.parent == program?.pid }
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(keyboard, bytes, bytes.count)
    }

    /// Ctrl-C on the keyboard: the terminal sends SIGINT to its foreground group.
    func pressControlC() { type("\u{03}") }

    // MARK: The end

    /// Waits for the end, and records an issue when anything that was started outlives it by more
    /// than `grace`, or leaves files. A program that was killed cannot take its files away.
    func finish(grace: Duration = .seconds(5), wasKilled: Bool = false) async throws -> Finished {
        try await eventually("\(identity) ends", within: .seconds(600)) { self.hasEnded }
        let isClean = await becomesTrue(within: grace) { self.processes.isEmpty }
        let left = processes
        #expect(isClean, "left running: \(left.map(\.arguments))")
        for process in left { kill(process.pid, SIGKILL) }
        if !wasKilled {
            let files = try FileManager.default.contentsOfDirectory(atPath: files)
            #expect(files.isEmpty)
        }
        try await eventually("all output is read") { self.state.withLock { $0.readers == 0 } }
        return state.withLock { state in
            Finished(
                code: state.code ?? -1, bytes: state.output,
                error: String(decoding: state.error, as: UTF8.self),
                seconds: (start.duration(to: state.end ?? .now)) / .seconds(1))
        }
    }

    /// Ends everything, whatever it is: for tests that failed half-way.
    func abandon() { for process in processes { kill(process.pid, SIGKILL) } }
}

/// Types a line and waits for its end.
func shell(
    _ line: String, in directory: String? = nil, environment: [String: String] = [:],
    screen: ShellRun.Screen = .none
) async throws -> Finished {
    try await ShellRun(line, in: directory, environment: environment, screen: screen).finish()
}
