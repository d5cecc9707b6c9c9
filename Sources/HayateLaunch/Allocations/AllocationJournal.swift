import CSystem
import Glibc
import HayateCluster
import HayateCore
import Synchronization

/// Writes to a run's file what happens to its allocations.
///
/// Each call returns when its lines are on the disk, and so blocks as that does: not for threads that must not
/// wait. A line that cannot be written whole is taken back.
public final class AllocationJournal: Sendable {
    public let run: String
    public let registry: AllocationRegistry
    /// Nil once it is finished.
    private let descriptor: Mutex<Int32?>

    init(_ descriptor: Int32, registry: AllocationRegistry, run: String) {
        self.run = run
        self.registry = registry
        self.descriptor = Mutex(descriptor)
    }

    deinit {
        descriptor.withLock { Self.close(&$0) }
    }

    /// To be called before the submission is made.
    public func planned(_ submission: HayateCluster.Submission) throws(RegistryError) {
        try write([.planned(submission)])
    }

    public func accepted(_ number: UInt32, _ job: JobID) throws(RegistryError) {
        try write([.accepted(number, job)])
    }

    /// The scheduler does not have it.
    public func refused(_ number: UInt32, _ message: String) throws(RegistryError) {
        try write([.refused(number, message)])
    }

    public func ended(_ key: AllocationKey, _ end: JobEnd) throws(RegistryError) { try write([.ended(key, end)]) }

    /// The scheduler has been told to cancel it; an element of nil means the whole job.
    public func cancelled(_ key: AllocationKey) throws(RegistryError) { try write([.cancelled(key)]) }

    /// Several events at once, which take no longer than one.
    public func write(_ events: [AllocationEvent]) throws(RegistryError) {
        guard !events.isEmpty else { return }
        let time = Int64(Glibc.time(nil))
        var lines = JSONText()
        for event in events { AllocationRecord(event, at: time).write(to: &lines) }
        try append(lines.bytes)
    }

    /// The end of the run by its host: removes the file if all allocations have ended, else leaves it for
    /// `hayate allocations`. Idempotent.
    /// - Parameter keeping: whether the file stays in any case, for what `hayate allocations clean` has to remove.
    /// - Returns: whether it is removed.
    @discardableResult
    public func finish(keeping: Bool = false) throws(RegistryError) -> Bool {
        guard descriptor.withLock({ $0 != nil }) else { return false }
        defer { descriptor.withLock { Self.close(&$0) } }
        if !keeping, try registry.read(run).open.isEmpty {
            try registry.unlink(run)
            return true
        }
        try write([.finished])
        return false
    }

    func begin(_ run: AllocationRun) throws(RegistryError) {
        var line = JSONText()
        run.write(to: &line)
        try append(line.bytes)
    }

    // MARK: bytes

    private func append(_ bytes: [UInt8]) throws(RegistryError) {
        let path = registry.filePath(of: run)
        let failure: Int32? = descriptor.withLock { descriptor in
            guard let descriptor else { return nil }
            let isLocked = Self.lockLine(descriptor)
            defer { if isLocked { hayate_file_unlock(descriptor, RegistryLocks.line) } }
            return Self.append(bytes, to: descriptor, isLocked: isLocked)
        }
        guard let failure else { throw RegistryError("The run \(run) is finished, and nothing more is written of it") }
        guard failure == 0 else { throw .failed("written", path, failure, "make room there, or set HAYATE_STATE") }
    }

    /// Lines of two processes would otherwise mix where appending is not one step, as over NFS. Whoever keeps
    /// others waiting for two seconds has stopped; and where there are no locks, one goes on without.
    private static func lockLine(_ descriptor: Int32) -> Bool {
        for _ in 0..<400 {
            if hayate_file_lock(descriptor, RegistryLocks.line, 0) == 0 { return true }
            guard errno == EAGAIN || errno == EACCES else { return false }
            usleep(5_000)
        }
        return false
    }

    /// Returns 0, or the error's number.
    private static func append(_ bytes: [UInt8], to descriptor: Int32, isLocked: Bool) -> Int32 {
        guard var size = size(of: descriptor) else { return errno }
        var bytes = bytes
        let torn = RunFile.lastLine(of: descriptor, size: size)
        if !torn.isEmpty {
            // With the lock nobody is writing it: who began it is gone, and it says nothing.
            if isLocked, JSONFields(torn[...]) == nil {
                size -= torn.count
                guard ftruncate(descriptor, off_t(size)) == 0 else { return errno }
            } else {
                bytes.insert(UInt8(ascii: "\n"), at: 0)
            }
        }
        let failure: Int32 = bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count, let base = bytes.baseAddress {
                let count = Glibc.write(descriptor, base + written, bytes.count - written)
                if count < 0, errno != EINTR { return errno }
                written += max(0, count)
            }
            return fdatasync(descriptor) == 0 ? 0 : errno
        }
        // Without the lock, another's line may be behind it.
        if failure != 0, isLocked { ftruncate(descriptor, off_t(size)) }
        return failure
    }

    private static func size(of descriptor: Int32) -> Int? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func close(_ descriptor: inout Int32?) {
        guard let number = descriptor else { return }
        descriptor = nil
        // Closing is not enough: a process that is being started at this moment has a copy until its exec.
        hayate_file_unlock(number, RegistryLocks.host)
        Glibc.close(number)
    }
}
