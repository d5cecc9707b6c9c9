/// A program to run as a task: its arguments, surroundings, streams and limits.
///
/// The program runs in a process group of its own, which is killed as a whole when the program ends
/// or is stopped: nothing that it leaves in the background outlives the task, unless it starts a
/// session of its own. Use a shell (`["sh", "-c", …]`) only where its syntax is wanted.
public struct Command: Codable, Hashable, Sendable {
    /// The program and its arguments. The first is looked up in `PATH` of the command's own
    /// environment; with a slash in it, it is a path, relative to `directory`.
    public var arguments: [String]

    /// Variables that are added to the daemon's environment, or replace those in it.
    public var environment: [String: String] = [:]

    /// Whether the command sees `environment` alone and nothing of the daemon's.
    public var clearsEnvironment = false

    /// Where it runs; `nil` means where the daemon runs.
    public var directory: String?

    /// What it reads.
    public var standardInput: Input = .none

    /// Where its standard output goes.
    public var standardOutput: Destination = .capture(limit: Self.defaultCaptureLimit)

    /// Where its standard error goes. The same path as standard output's means the same open file.
    public var standardError: Destination = .capture(limit: Self.defaultCaptureLimit)

    /// An existing directory for what exceeds a capture limit: the stream goes there complete, from
    /// its first byte, in a file of mode 0600. `nil` counts and drops what exceeds the limit.
    public var spillDirectory: String?

    /// Milliseconds from SIGTERM to SIGKILL when the command is stopped.
    public var killGraceMilliseconds: UInt32 = 2_000

    /// How long one run may take, in milliseconds, before it is stopped like that; `nil` for any time.
    /// (A task's `timeout` counts from submission; this counts from the start of the process.)
    public var timeLimitMilliseconds: UInt64?

    /// What is added to the attempt that the command finds in `HAYATE_ATTEMPT`: starts that whoever
    /// submits it counts by itself.
    public var earlierAttempts = 0

    /// What the process may use at most.
    public var limits = Limits()

    /// Added to the daemon's nice value, −40…39; a negative one needs the privilege for it.
    public var niceness: Int32 = 0

    /// 1 MiB: more than a person reads, and little enough to hold for thousands of results.
    public static let defaultCaptureLimit = 1 << 20

    /// Creates a command that reads nothing and whose output is captured.
    public init(_ arguments: [String]) {
        self.arguments = arguments
    }

    /// Creates a command that reads nothing and whose output is captured.
    public init(_ program: String, _ arguments: String...) {
        self.arguments = [program] + arguments
    }

    /// What a command reads on its standard input.
    public enum Input: Codable, Hashable, Sendable {
        /// Nothing: `/dev/null`.
        case none
        /// These bytes, as an unnamed file.
        case bytes([UInt8])
        /// A file, relative to the command's directory.
        case file(String)
    }

    /// Where an output stream of a command goes.
    public enum Destination: Codable, Hashable, Sendable {
        /// Into the result, of which the first `limit` bytes are kept.
        case capture(limit: Int)
        /// Into a file that is created or emptied first, relative to the command's directory.
        case file(String)
        /// To the end of a file, relative to the command's directory.
        case append(String)
        /// Nowhere: `/dev/null`.
        case discard

        /// Into the result, with the default limit.
        public static var capture: Destination { .capture(limit: Command.defaultCaptureLimit) }
    }

    /// Resource limits of one process; those it starts inherit them one by one, not as a sum. What
    /// is `nil` stays as it is for the daemon, and no limit exceeds the daemon's own.
    public struct Limits: Codable, Hashable, Sendable {
        /// Bytes of address space; allocations beyond it fail.
        public var addressSpaceBytes: UInt64?
        /// Seconds of processor time; SIGXCPU at the limit, SIGKILL one second later.
        public var processorSeconds: UInt64?
        /// The number of files open at once.
        public var openFiles: UInt64?
        /// Bytes of a core file. 0 by default: a crash of ten thousand tasks must not fill a disk.
        public var coreFileBytes: UInt64? = 0

        /// No limits but on core files.
        public init() {}
    }
}

extension Command {
    /// The same command with these variables added.
    public func environment(_ variables: [String: String], clearing: Bool = false) -> Command {
        var copy = self
        if clearing {
            copy.environment = [:]
            copy.clearsEnvironment = true
        }
        copy.environment.merge(variables) { _, new in new }
        return copy
    }

    /// The same command in another directory.
    public func directory(_ path: String) -> Command {
        var copy = self
        copy.directory = path
        return copy
    }

    /// The same command reading other input.
    public func standardInput(_ input: Input) -> Command {
        var copy = self
        copy.standardInput = input
        return copy
    }

    /// The same command with another place for its standard output.
    public func standardOutput(_ output: Destination) -> Command {
        var copy = self
        copy.standardOutput = output
        return copy
    }

    /// The same command with another place for its standard error.
    public func standardError(_ output: Destination) -> Command {
        var copy = self
        copy.standardError = output
        return copy
    }

    /// The same command with a place for output beyond the capture limits.
    public func spilling(into directory: String) -> Command {
        var copy = self
        copy.spillDirectory = directory
        return copy
    }

    /// The same command with another time between SIGTERM and SIGKILL.
    public func killGrace(milliseconds: UInt32) -> Command {
        var copy = self
        copy.killGraceMilliseconds = milliseconds
        return copy
    }

    /// The same command with changed limits.
    public func limits(_ change: (inout Limits) -> Void) -> Command {
        var copy = self
        change(&copy.limits)
        return copy
    }

    /// The same command, nicer by so much.
    public func niceness(_ increment: Int32) -> Command {
        var copy = self
        copy.niceness = increment
        return copy
    }
}
