import HayateCore

/// What a command that started has come to: its end, its output and what it used.
public struct CommandResult: Codable, Hashable, Sendable {
    /// How the program ended.
    public var exit: ProcessExit

    /// What it wrote to standard output.
    public var standardOutput: CapturedOutput

    /// What it wrote to standard error.
    public var standardError: CapturedOutput

    /// Nanoseconds from start to end.
    public var wallNanoseconds: UInt64

    /// Nanoseconds of processor time in the program and the children it waited for.
    public var userNanoseconds: UInt64

    /// Nanoseconds of processor time in the kernel for the program and the children it waited for.
    public var systemNanoseconds: UInt64

    /// The largest resident size that one process of it had; see `peakMemoryIsBound`.
    public var peakMemoryBytes: UInt64

    /// Whether `peakMemoryBytes` is only an upper bound. The kernel counts the daemon's own size
    /// for the moment of the start, so the peak of a program smaller than its daemon is not known.
    public var peakMemoryIsBound: Bool

    /// The process id it had.
    public var pid: Int32

    /// Whether it was ended because its `StopSignal` was raised.
    public var wasStopped: Bool

    /// Whether it was ended because it ran longer than its `timeLimitMilliseconds`.
    public var timedOut = false

    /// Which start of the task this was, from 1; more than 1 when daemons were lost.
    public var attempt = 1

    /// The daemon that ran it, as machine and process: `host:pid`.
    public var daemon = ""

    /// Whether it ended by itself with exit code 0.
    public var succeeded: Bool { exit.succeeded && !wasStopped }

    /// What probably happened and what to do about it, in one sentence; `nil` after success and
    /// where there is nothing to add to the exit code.
    public var hint: String? {
        if timedOut { return "It ran longer than its time limit and was stopped (\(exit))." }
        return wasStopped ? "Stopped on request (\(exit))." : exit.hint
    }
}

/// What a command wrote to one of its output streams.
public struct CapturedOutput: Codable, Hashable, Sendable {
    /// The first bytes, as many as the capture limit allows; none where the stream was not
    /// captured.
    public var bytes: [UInt8] = []

    /// How many bytes came in all; 0 where the stream was not captured.
    public var totalCount: UInt64 = 0

    /// The file with the complete stream, where it exceeded the limit and there was a place to
    /// spill.
    public var spillPath: String?

    /// Why nothing more could be spilled, in one sentence; the file, if any, is then incomplete.
    public var spillFailure: String?

    /// Whether the stream was still held open by a process outside the command's group when the
    /// runner stopped listening; what that process writes later is not here.
    public var wasHeldOpen = false

    /// Nothing, as of a stream that was not captured.
    public init() {}

    /// Whether there was more than `bytes` holds.
    public var isTruncated: Bool { totalCount > UInt64(bytes.count) }

    /// Whether some of the stream is neither in `bytes` nor in the spill file.
    public var isIncomplete: Bool { isTruncated && (spillPath == nil || spillFailure != nil) }

    /// The bytes as text; what is not UTF-8 is replaced by U+FFFD.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
