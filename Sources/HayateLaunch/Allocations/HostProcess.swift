import Glibc
import HayateTLS

/// The process of a host, so that another one can tell whether it still lives.
public struct HostProcess: Hashable, Sendable {
    /// The machine's host name.
    public var machine: String
    /// Of the machine's kernel, since it was started.
    public var boot: String
    /// Where the process number counts; containers have their own.
    public var processSpace: String
    public var process: Int32
    /// When it was started, in the kernel's ticks since its own start; 0 if that is not known.
    public var started: UInt64
    /// Whether it has been able to lock its file: without the lock, it is gone.
    public var isLocking = true

    package init(
        machine: String, boot: String, processSpace: String, process: Int32, started: UInt64, isLocking: Bool = true
    ) {
        self.machine = machine
        self.boot = boot
        self.processSpace = processSpace
        self.process = process
        self.started = started
        self.isLocking = isLocking
    }

    public static func current() -> HostProcess {
        let publisher = Publisher.current()
        return HostProcess(
            machine: publisher.machine, boot: publisher.boot, processSpace: publisher.processSpace,
            process: publisher.process, started: startTime(of: publisher.process) ?? 0)
    }

    /// - Parameter isLocked: whether somebody has its file locked; nil: the file system does not tell.
    func life(isLocked: Bool?, seenFrom here: HostProcess = .current()) -> HostLife {
        if isLocked == true { return .alive }
        guard machine == here.machine, !machine.hasPrefix("localhost") else {
            return .unknown("it ran on \(machine), and whether it still does can only be told there")
        }
        // The machine was started again, and with it everything ended.
        if boot != here.boot { return .gone }
        if isLocking, isLocked == false { return .gone }
        guard processSpace == here.processSpace else {
            return .unknown("it ran in another container of this machine, and there are no locks to tell by")
        }
        guard let present = Self.startTime(of: process) else { return .gone }
        // Another process may have been given its number.
        return started == 0 || present == started ? .alive : .gone
    }

    /// Nil if there is no such process.
    package static func startTime(of process: Int32) -> UInt64? {
        let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        // The program's name stands in parentheses and may itself hold some; its start is the 22nd field.
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
        return UInt64(fields[20])
    }
}

/// Whether the host of a run still lives.
public enum HostLife: Hashable, Sendable {
    case alive
    case gone
    /// Nobody here can tell: why, as a clause.
    case unknown(String)
}
