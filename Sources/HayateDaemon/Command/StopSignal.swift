import CSystem
import Glibc

/// Tells a running command to stop, from any thread.
///
/// It stays raised until `reset`: a command that is started meanwhile does not start at all. One
/// signal serves one runner at a time, and one command after the other.
public final class StopSignal: Sendable {
    /// Readable while the signal is raised.
    let descriptor: Int32

    /// Creates a lowered signal. Throws where the process is out of file descriptors.
    public init() throws(CommandError) {
        descriptor = hayate_event()
        guard descriptor >= 0 else { throw .system("make a stop signal", "commands", errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Raises the signal. Raising it twice is the same as once.
    public func stop() {
        // Fails only where the counter is full, which is raised as well.
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout.size(ofValue: one))
    }

    /// Lowers the signal, for the next command.
    public func reset() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout.size(ofValue: count))
    }

    /// Whether the signal is raised.
    public var isRaised: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }
}
