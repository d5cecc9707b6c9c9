import CSystem
import Glibc
import HayateCore
import Synchronization

/// A process of this machine that leads a session of its own, such as a local daemon.
///
/// The session is what makes everything it starts findable: when it ends, however it ends, its
/// `ProcessReaper` kills what is left of the session. It outlives the thread that started it. It
/// gets none of our descriptors but the three standard ones, and default signal dispositions.
public final class LocalProcess: Sendable {
    /// The process id, which is also its session's.
    public let pid: Int32

    /// Whether an earlier process of this program has started it, so that nobody here can wait for it.
    let isAdopted: Bool

    private let program: String
    private let reaper: ProcessReaper
    /// The descriptor of the process; `nil` once it has been waited for, when `pid` may be
    /// another's.
    private let descriptor: Mutex<Int32?>

    private init(
        pid: Int32, descriptor: Int32, program: String, reaper: ProcessReaper, isAdopted: Bool = false
    ) {
        self.isAdopted = isAdopted
        self.pid = pid
        self.program = program
        self.reaper = reaper
        self.descriptor = Mutex(descriptor)
    }

    /// The variables of a process.
    public enum Environment: Hashable, Sendable {
        /// Those of this process, with these added or replaced.
        case inherited(adding: [String: String])
        /// These alone.
        case only([String: String])
    }

    /// Starts a process. It executes the program when this returns.
    ///
    /// - Parameters:
    ///   - executable: a path, or a name that is looked up in the `PATH` of `environment`.
    ///   - arguments: what follows the executable.
    ///   - directory: where it runs; `nil` means here.
    ///   - standardInput: a descriptor to hand on, as for the two others; `nil` means `/dev/null`.
    ///     The caller keeps its own.
    ///   - onExit: called once, on the reaper's thread, when the process has ended and nothing of
    ///     its session is left. It must not block. Exit code 255 stands for an end that somebody
    ///     else in this program has waited for.
    public static func spawn(
        executable: String, arguments: [String] = [],
        environment: Environment = .inherited(adding: [:]), directory: String? = nil,
        standardInput: Int32? = nil, standardOutput: Int32? = 1, standardError: Int32? = 2,
        reaper: ProcessReaper = .shared,
        onExit: @escaping @Sendable (ProcessExit) -> Void
    ) throws(LocalProcessError) -> LocalProcess {
        var packedArguments = PackedStrings()
        for argument in [executable] + arguments {
            guard packedArguments.append(argument) else {
                throw .invalid(
                    executable, "An argument of \(executable) has a NUL byte in it; leave it out.")
            }
        }
        var flags = UInt32(HAYATE_SPAWN_NEW_SESSION)
        let variables: [String: String]
        switch environment {
        case .inherited(let adding):
            flags |= UInt32(HAYATE_SPAWN_INHERITS_ENVIRONMENT)
            variables = adding
        case .only(let all):
            variables = all
        }
        var packedVariables = PackedStrings()
        for (name, value) in variables {
            guard packedVariables.append(variable: name, value: value) else {
                throw .invalid(
                    name,
                    "\"\(name)\" cannot be an environment variable of \(executable); "
                        + "leave out '=' in the name and NUL bytes.")
            }
        }

        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .failed("/dev/null", "open", errno) }
        defer { close(null) }
        var directoryDescriptor: Int32 = -1
        if let directory {
            directoryDescriptor = hayate_open_directory(directory)
            guard directoryDescriptor >= 0 else {
                throw .failed(directory, "run in the directory", errno)
            }
        }
        defer { if directoryDescriptor >= 0 { close(directoryDescriptor) } }

        var outcome = hayate_spawn_outcome()
        let failed = packedArguments.bytes.withUnsafeBytes { arguments in
            packedVariables.bytes.withUnsafeBytes { variables in
                var request = hayate_spawn_request()
                request.arguments = hayate_strings(
                    bytes: arguments.baseAddress?.assumingMemoryBound(to: CChar.self),
                    count: packedArguments.count)
                request.environment = hayate_strings(
                    bytes: variables.baseAddress?.assumingMemoryBound(to: CChar.self),
                    count: packedVariables.count)
                request.descriptors = (
                    standardInput ?? null, standardOutput ?? null, standardError ?? null
                )
                request.directory = directoryDescriptor
                request.flags = flags
                var failed = hayate_spawn(&request, &outcome)
                // A script that was just written can still be open in a child that is starting meanwhile.
                for _ in 0..<20 where failed != 0 && outcome.error == ETXTBSY {
                    usleep(5_000)
                    failed = hayate_spawn(&request, &outcome)
                }
                return failed
            }
        }
        guard failed == 0 else {
            if outcome.step == Int32(HAYATE_SPAWN_STEP_DIRECTORY.rawValue), let directory {
                throw .failed(directory, "run in the directory", outcome.error)
            }
            throw .failed(executable, "start", outcome.error)
        }
        let process = LocalProcess(
            pid: outcome.pid, descriptor: outcome.pidfd, program: executable, reaper: reaper)
        reaper.watch(process, onExit: onExit)
        return process
    }

    /// Takes over a process that an earlier process of this program had started by `spawn`: its end is noticed, and
    /// what is left of its session is ended then.
    ///
    /// - Parameters:
    ///   - words: what its command line must hold, one word after the other, so that no other process is meant that
    ///     was given the same number.
    ///   - onExit: as for `spawn`, without how it ended: only its parent is told that.
    /// - Returns: nil if there is no such process, or no way to watch it.
    public static func adopt(
        pid: Int32, words: [String], reaper: ProcessReaper = .shared, onExit: @escaping @Sendable () -> Void
    ) -> LocalProcess? {
        let descriptor = hayate_pidfd_open(pid)
        guard descriptor >= 0 else { return nil }
        // Looked at with the descriptor in hand: from now on the number can be nobody else's.
        guard let line = commandLine(of: pid), isPart(words, of: line) else {
            close(descriptor)
            return nil
        }
        let process = LocalProcess(
            pid: pid, descriptor: descriptor, program: line.first ?? "", reaper: reaper, isAdopted: true)
        reaper.watch(process) { _ in onExit() }
        return process
    }

    private static func commandLine(of pid: Int32) -> [String]? {
        let file = open("/proc/\(pid)/cmdline", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isPart(_ words: [String], of line: [String]) -> Bool {
        guard words.count <= line.count else { return false }
        return (0...(line.count - words.count)).contains { Array(line[$0..<$0 + words.count]) == words }
    }

    /// Whether it has not been waited for yet.
    public var isRunning: Bool { descriptor.withLock { $0 != nil } }

    /// Sends a signal to the process alone. Returns `false` once it has ended.
    @discardableResult
    public func send(signal: Int32) -> Bool {
        descriptor.withLock { number in
            guard let number else { return false }
            // Without a descriptor, the lock keeps the process from being waited for meanwhile, and
            // so its number from being given to another.
            if number < 0 { return kill(pid, signal) == 0 }
            return hayate_pidfd_send_signal(number, signal) == 0
        }
    }

    /// Asks the process to end by SIGTERM, and kills it when it has not after the grace.
    /// Does not wait: `onExit` tells the end.
    public func terminate(graceMilliseconds: UInt32) {
        guard send(signal: SIGTERM) else { return }
        // A stopped process acts on SIGTERM only once it continues.
        send(signal: SIGCONT)
        reaper.kill(self, afterMilliseconds: graceMilliseconds)
    }

    /// For `poll`: readable once the process has ended, −1 where the kernel has no such thing.
    var pollDescriptor: Int32 { descriptor.withLock { $0 ?? -1 } }

    /// Waits for the ended process; from then on its number means nothing.
    func reap() -> ProcessExit {
        descriptor.withLock { number in
            var status: Int32 = 0
            var waited: pid_t = 0
            if !isAdopted { repeat { waited = waitpid(pid, &status, 0) } while waited < 0 && errno == EINTR }
            if let present = number, present >= 0 { close(present) }
            number = nil
            // Somebody else in this program has taken the status: never call that a success.
            return waited == pid ? ProcessExit(waitStatus: status) : .exited(code: 255)
        }
    }
}
