import CSystem
import Glibc

/// Runs commands, one at a time on the calling thread.
///
/// The calling thread must be one that lives as long as the daemon: the kernel kills the command
/// when the thread that started it ends. That, and the whole life of a command otherwise:
///
/// 1. It starts in a process group of its own, with default signal dispositions, without any of the
///    daemon's descriptors but the three standard ones.
/// 2. Its output is read as it comes, however much and on whichever stream.
/// 3. When the stop signal is raised, its group gets SIGTERM, and SIGKILL after the grace.
/// 4. When the program itself ends, what is left of its group gets SIGKILL at once. Then output is
///    read to its end, for one second at most: a process that left the group and still holds
///    a stream open cannot keep the command from ending.
public enum CommandRunner {
    /// Receives output while the command runs: the stream, and bytes that are valid only during the
    /// call. It runs on the calling thread, and the command waits while it does.
    public typealias OutputHandler = (CommandStream, UnsafeRawBufferPointer) -> Void

    /// Runs a command and returns how it ended. An exit code other than 0 is a result, not an
    /// error.
    ///
    /// - Throws: `CommandError` if it could not be started, or `stop` was raised before.
    public static func run(
        _ command: Command, stop: StopSignal, onOutput: OutputHandler? = nil
    ) throws(CommandError) -> CommandResult {
        try run(command, stop: stop, usingProcessDescriptor: true, onOutput: onOutput)
    }

    /// The same, on request as on a kernel without process descriptors (before Linux 5.2).
    package static func run(
        _ command: Command, stop: StopSignal, usingProcessDescriptor: Bool,
        onOutput: OutputHandler? = nil
    ) throws(CommandError) -> CommandResult {
        let request = try SpawnRequest(command)
        if stop.isRaised { throw .stopped(request.program) }
        var streams = try CommandStreams(opening: command)
        let begin = Clock.nanoseconds()
        let child = try request.start(streams, usingProcessDescriptor: usingProcessDescriptor)
        streams.closeChildEnds()
        let run = CommandRun(command, child, streams, stop: stop, begin: begin)
        return try run.finish(onOutput: onOutput)
    }
}

/// An output stream of a command.
public enum CommandStream: String, Codable, Hashable, Sendable, CaseIterable {
    case standardOutput
    case standardError
}

/// A process that has been started and not been waited for yet.
struct StartedProcess {
    var pid: pid_t
    /// Readable once the process has ended; −1 on a kernel without such descriptors.
    var descriptor: Int32
}

/// The monotonic clock.
enum Clock {
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
