import CSystem
import Glibc
import HayateCore
import Synchronization

/// Waits for local processes and leaves nothing behind of those that have ended.
///
/// It has one thread, which lives while there are processes. It waits for each process by its
/// number, never for any child, so that it takes no exit status from anybody else in this program.
/// Before it lets go of a process it kills all others of its session: what a killed daemon had
/// started dies with it, process groups of their own or not. Only what made itself a session of its
/// own escapes.
public final class ProcessReaper: Sendable {
    /// The one that processes use unless told otherwise.
    public static let shared = ProcessReaper()

    private struct Entry {
        var process: LocalProcess
        var onExit: @Sendable (ProcessExit) -> Void
        var killAt: UInt64?
    }

    private struct State {
        var entries: [Int32: Entry] = [:]
        var hasThread = false
    }

    /// How long the killed members of a session may take to die. Only a process that hangs in the
    /// kernel, as on a file server that does not answer, takes longer.
    private static let sweepNanoseconds: UInt64 = 2_000_000_000
    /// How often processes are looked at where the kernel gives no descriptors for them.
    private static let pollMilliseconds: Int32 = 10

    private let state = Mutex(State())
    /// Readable when the thread shall look at the state again.
    private let wakeDescriptor: Int32

    /// Creates a reaper without a thread.
    public init() {
        // −1 (no descriptors left) means that the thread looks at the state regularly instead.
        wakeDescriptor = hayate_event()
    }

    deinit {
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
    }

    func watch(_ process: LocalProcess, onExit: @escaping @Sendable (ProcessExit) -> Void) {
        let needsThread = state.withLock { state in
            state.entries[process.pid] = Entry(process: process, onExit: onExit)
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if needsThread { startThread() } else { wake() }
    }

    func kill(_ process: LocalProcess, afterMilliseconds grace: UInt32) {
        let deadline = Self.now() + UInt64(grace) * 1_000_000
        state.withLock { state in
            guard let entry = state.entries[process.pid], entry.process === process else { return }
            state.entries[process.pid]?.killAt = min(entry.killAt ?? deadline, deadline)
        }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, MemoryLayout.size(ofValue: one))
    }

    // MARK: the thread

    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let failure = pthread_create(&thread, nil, { context in
            if let context {
                Unmanaged<ProcessReaper>.fromOpaque(context).takeRetainedValue().run()
            }
            return nil
        }, context.toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            // The next process tries again; until then, nobody waits for this one.
            context.release()
            state.withLock { $0.hasThread = false }
        }
    }

    private func run() {
        while true {
            let processes: [(process: LocalProcess, killAt: UInt64?)]? = state.withLock { state in
                guard !state.entries.isEmpty else {
                    state.hasThread = false
                    return nil
                }
                return state.entries.values.map { ($0.process, $0.killAt) }
            }
            guard let processes else { return }
            wait(for: processes)
            for (process, _) in processes where Self.hasEnded(process) {
                release(process)
            }
        }
    }

    /// Returns when a process may have ended or the state changed; kills what is due meanwhile.
    private func wait(for processes: [(process: LocalProcess, killAt: UInt64?)]) {
        let now = Self.now()
        var timeout: Int32 = wakeDescriptor < 0 ? Self.pollMilliseconds : -1
        var entries = [pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        for (process, killAt) in processes {
            let descriptor = process.pollDescriptor
            entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            var due: Int32?
            if let killAt {
                if killAt <= now {
                    process.send(signal: SIGKILL)
                    forgetKill(process)
                } else {
                    due = Int32(clamping: (killAt - now + 999_999) / 1_000_000)
                }
            }
            if descriptor < 0 { due = min(due ?? Self.pollMilliseconds, Self.pollMilliseconds) }
            if let due { timeout = timeout < 0 ? due : min(timeout, due) }
        }
        guard poll(&entries, nfds_t(entries.count), timeout) > 0 else { return }
        if entries[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wakeDescriptor, &count, MemoryLayout.size(ofValue: count))
        }
    }

    private func forgetKill(_ process: LocalProcess) {
        state.withLock { $0.entries[process.pid]?.killAt = nil }
    }

    /// Whether the process has ended; leaves it to be waited for.
    private static func hasEnded(_ process: LocalProcess) -> Bool {
        guard !process.isAdopted else {
            var entry = pollfd(fd: process.pollDescriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, 0) > 0
        }
        let pid = process.pid
        var information = siginfo_t()
        let options = WEXITED | WNOHANG | WNOWAIT
        // Without an ended child, the call succeeds and leaves the signal number at 0.
        guard waitid(P_PID, id_t(pid), &information, options) == 0 else { return errno == ECHILD }
        return information.si_signo != 0
    }

    /// The process is a zombie until it is waited for, so that its session's number cannot be
    /// another's while the session is swept.
    private func release(_ process: LocalProcess) {
        Self.sweepSession(process.pid)
        // Out of the table first: the number is free for a new process once it is waited for.
        let entry = state.withLock { $0.entries.removeValue(forKey: process.pid) }
        let exit = process.reap()
        entry?.onExit(exit)
    }

    private static func sweepSession(_ session: Int32) {
        let deadline = now() + sweepNanoseconds
        var pause: Int32 = 0
        while hayate_signal_members(HAYATE_MEMBERS_OF_SESSION, session, session, SIGKILL) > 0,
            now() < deadline
        {
            poll(nil, 0, pause)
            pause = min(pause + 1, 20)
        }
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
