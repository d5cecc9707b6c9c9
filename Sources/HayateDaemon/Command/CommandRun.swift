import CSystem
import Glibc
import HayateCore

/// One command from its start to its end.
///
/// running → stopping (the stop signal: SIGTERM) → killed (the grace is over: SIGKILL); from each
/// of them, the end of the program leads to draining, and the end of its streams to the result.
struct CommandRun: ~Copyable {
    private enum Phase {
        case running
        case stopping(killAt: UInt64)
        case killed
        case draining(until: UInt64)
    }

    /// How long a process outside the group may keep a stream open after the program's end.
    private static let drainNanoseconds: UInt64 = 1_000_000_000
    /// How long the killed members of the group may take to die. Only a process that hangs in the
    /// kernel, as on a file server that does not answer, takes longer.
    private static let groupNanoseconds: UInt64 = 1_000_000_000
    /// How often a process without a descriptor is looked at.
    private static let pollMilliseconds: Int32 = 5
    /// What one read takes at most: a pipe holds as much by default.
    private static let bufferSize = 65_536

    private let pid: pid_t
    private let process: Descriptor?
    private let stopDescriptor: Int32
    private let graceNanoseconds: UInt64
    private let begin: UInt64
    private var output: OutputCollector
    private var error: OutputCollector
    private var phase = Phase.running
    private var wasStopped = false

    init(
        _ command: Command, _ child: StartedProcess, _ streams: consuming CommandStreams,
        stop: StopSignal, begin: UInt64
    ) {
        pid = child.pid
        process = child.descriptor < 0 ? nil : Descriptor(owning: child.descriptor)
        stopDescriptor = stop.descriptor
        graceNanoseconds = UInt64(command.killGraceMilliseconds) * 1_000_000
        self.begin = begin
        output = OutputCollector(
            "stdout", limit: command.standardOutput.captureLimit,
            spillDirectory: command.spillDirectory, source: streams.outputSource)
        error = OutputCollector(
            "stderr", limit: command.standardError.captureLimit,
            spillDirectory: command.spillDirectory, source: streams.errorSource)
    }

    /// Waits for the end of the program and of its streams, and leaves no process behind.
    consuming func finish(
        onOutput: CommandRunner.OutputHandler?
    ) throws(CommandError) -> CommandResult {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferSize, alignment: 16)
        defer { buffer.deallocate() }
        while !isOver, let timeout = nextTimeout() {
            wait(timeout, buffer, onOutput)
        }
        output.abandon()
        error.abandon()
        return try reap()
    }

    private var isOver: Bool {
        if case .draining = phase { output.isClosed && error.isClosed } else { false }
    }

    /// Does what is due by now and returns the milliseconds until the next thing is; `nil` when no
    /// more is to be waited for.
    private mutating func nextTimeout() -> Int32? {
        let forever: Int32 = process == nil ? Self.pollMilliseconds : -1
        switch phase {
        case .running, .killed:
            return forever
        case .stopping(let killAt):
            if let left = milliseconds(until: killAt) {
                return process == nil ? min(left, forever) : left
            }
            kill(-pid, SIGKILL)
            phase = .killed
            return forever
        case .draining(let until):
            return milliseconds(until: until)
        }
    }

    private func milliseconds(until deadline: UInt64) -> Int32? {
        let now = Clock.nanoseconds()
        guard now < deadline else { return nil }
        return Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }

    private mutating func wait(
        _ timeout: Int32, _ buffer: UnsafeMutableRawBufferPointer,
        _ onOutput: CommandRunner.OutputHandler?
    ) {
        var watchesProcess = true
        var watchesStop = true
        switch phase {
        case .running: break
        case .stopping, .killed: watchesStop = false
        case .draining:
            watchesProcess = false
            watchesStop = false
        }
        let readable = Int16(POLLIN)
        var entries: (pollfd, pollfd, pollfd, pollfd) = (
            pollfd(fd: output.descriptor, events: readable, revents: 0),
            pollfd(fd: error.descriptor, events: readable, revents: 0),
            pollfd(fd: watchesProcess ? process.number : -1, events: readable, revents: 0),
            pollfd(fd: watchesStop ? stopDescriptor : -1, events: readable, revents: 0)
        )
        let count = withUnsafeMutableBytes(of: &entries) { bytes in
            poll(bytes.baseAddress?.assumingMemoryBound(to: pollfd.self), 4, timeout)
        }

        if count > 0 {
            if entries.0.revents != 0 {
                output.receive(into: buffer) { onOutput?(.standardOutput, $0) }
            }
            if entries.1.revents != 0 {
                error.receive(into: buffer) { onOutput?(.standardError, $0) }
            }
            if entries.3.revents != 0 { beginStop() }
        }
        if watchesProcess, entries.2.revents != 0 || (process == nil && hasEnded()) {
            programEnded()
        }
    }

    private mutating func beginStop() {
        wasStopped = true
        kill(-pid, SIGTERM)
        // A stopped process acts on SIGTERM only once it continues.
        kill(-pid, SIGCONT)
        phase = .stopping(killAt: Clock.nanoseconds() + graceNanoseconds)
    }

    /// The program is a zombie until `reap`, so that its group's number cannot be another's yet.
    private mutating func programEnded() {
        kill(-pid, SIGKILL)
        phase = .draining(until: Clock.nanoseconds() + Self.drainNanoseconds)
    }

    private func hasEnded() -> Bool {
        var information = siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        // Without an ended child, the call succeeds and leaves the signal number at 0.
        guard waitid(P_PID, id_t(pid), &information, options) == 0 else { return errno == ECHILD }
        return information.si_signo != 0
    }

    private consuming func reap() throws(CommandError) -> CommandResult {
        var status: Int32 = 0
        var usage = rusage()
        var waited: pid_t
        repeat { waited = wait4(pid, &status, 0, &usage) } while waited < 0 && errno == EINTR
        let failure = errno
        waitForGroup()
        // Somebody else in this program has taken the status: never call that a success.
        guard waited == pid else { throw .system("learn the end", "process \(pid)", failure) }
        let peak = UInt64(usage.ru_maxrss) * 1024
        return CommandResult(
            exit: ProcessExit(waitStatus: status),
            standardOutput: output.output, standardError: error.output,
            wallNanoseconds: Clock.nanoseconds() - begin,
            userNanoseconds: usage.ru_utime.nanoseconds,
            systemNanoseconds: usage.ru_stime.nanoseconds,
            peakMemoryBytes: peak, peakMemoryIsBound: ResidentHighWater.covers(peak),
            pid: pid, wasStopped: wasStopped)
    }

    /// Its members have been killed; this waits until they are dead. A group keeps its number while
    /// it has members, so the number is still this group's wherever there is something to wait for.
    private func waitForGroup() {
        guard kill(-pid, 0) == 0 else { return }
        let deadline = Clock.nanoseconds() + Self.groupNanoseconds
        var pause: Int32 = 0
        // Where nobody waits for orphans, they stay in the group as zombies.
        while kill(-pid, 0) == 0,
            hayate_signal_members(HAYATE_MEMBERS_OF_GROUP, pid, 0, 0) > 0,
            Clock.nanoseconds() < deadline
        {
            poll(nil, 0, pause)
            pause = min(pause + 1, 20)
        }
    }
}

extension Command.Destination {
    fileprivate var captureLimit: Int {
        if case .capture(let limit) = self { limit } else { 0 }
    }
}

extension timeval {
    fileprivate var nanoseconds: UInt64 {
        UInt64(tv_sec) * 1_000_000_000 + UInt64(tv_usec) * 1_000
    }
}
