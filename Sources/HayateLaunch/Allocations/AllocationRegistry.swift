import CSystem
import Glibc
import HayateTLS

/// The runs of this user and their allocations, a file for each run: so that they can be listed, cancelled and
/// cleaned up when their host is no more.
///
/// Commands are run as the files say, so they are only taken from files and directories that nobody else can
/// write.
public struct AllocationRegistry: Hashable, Sendable {
    /// The directory with the files; absolute.
    public let path: String

    public init(path: String) { self.path = path }

    /// `allocations` in `$HAYATE_STATE`, else in `.hayate` in the home of this user.
    public static func `default`() throws(RegistryError) -> AllocationRegistry {
        try named(state: variable("HAYATE_STATE"), home: variable("HOME"))
    }

    static func named(state: String?, home: String?) throws(RegistryError) -> AllocationRegistry {
        if let state {
            guard state.hasPrefix("/") else {
                throw RegistryError(
                    "HAYATE_STATE is \(PathText.word(state)), which is no absolute path: begin it with /")
            }
            return AllocationRegistry(path: state + "/allocations")
        }
        guard let home, home.hasPrefix("/") else {
            throw RegistryError("The home directory of this user is not known: set HOME or HAYATE_STATE")
        }
        return AllocationRegistry(path: home + "/.hayate/allocations")
    }

    /// The file of a new run, which is locked until its journal is finished or this process ends.
    ///
    /// Blocks as the disk does.
    public func begin(_ run: AllocationRun) throws(RegistryError) -> AllocationJournal {
        let file = filePath(of: run.id)
        let directory = try safeDirectory(of: file, making: true)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(directory.descriptor, Self.fileName(of: run.id), flags, 0o600)
        guard descriptor >= 0 else {
            throw .failed("made", file, errno, "choose a directory of yours with room by HAYATE_STATE")
        }
        let journal = AllocationJournal(descriptor, registry: self, run: run.id)
        var run = run
        run.host.isLocking = hayate_file_lock(descriptor, RegistryLocks.host, 0) == 0
        do {
            try Self.check(descriptor, file)
            try journal.begin(run)
        } catch {
            unlinkat(directory.descriptor, Self.fileName(of: run.id), 0)
            throw error
        }
        directory.synchronize()
        return journal
    }

    /// Goes on with a run whose host is gone: this process is its host from now on, and has its file locked.
    ///
    /// Blocks as the disk does.
    /// - Returns: also what the file tells of the run until now.
    /// - Throws: also while its host lives. Where nobody can tell from here whether it does, it is taken for gone:
    ///   whoever calls this knows better.
    public func resume(
        _ id: String, by host: HostProcess = .current()
    ) throws(RegistryError) -> (journal: AllocationJournal, recorded: RecordedRun) {
        let (descriptor, file) = try open(id, flags: O_RDWR | O_APPEND)
        // Closes the file if this fails.
        let journal = AllocationJournal(descriptor, registry: self, run: id)
        let locked = hayate_file_is_locked(descriptor, RegistryLocks.host)
        var host = host
        host.isLocking = hayate_file_lock(descriptor, RegistryLocks.host, 0) == 0
        let isInUse = !host.isLocking && (errno == EAGAIN || errno == EACCES)
        let recorded = try RunFile.read(descriptor, file: file, isLocked: locked < 0 ? nil : locked == 1 || isInUse)
        guard recorded.life != .alive else {
            let last = recorded.run.host
            throw RegistryError(
                "\(PathText.word(file)) is in use by its host, process \(last.process) on \(last.machine): end that first")
        }
        try journal.write([.hosted(host)])
        return (journal, recorded)
    }

    /// Opens a run's file for another process than its host, which may add what it does.
    public func open(_ id: String) throws(RegistryError) -> AllocationJournal {
        let (descriptor, _) = try open(id, flags: O_RDWR | O_APPEND)
        return AllocationJournal(descriptor, registry: self, run: id)
    }

    /// All runs, the oldest first, and what is wrong with files that cannot be read.
    public func runs() throws(RegistryError) -> (runs: [RecordedRun], problems: [RegistryError]) {
        var status = stat()
        if lstat(path, &status) != 0, errno == ENOENT { return ([], []) }
        let directory = try safeDirectory(of: path + "/run", making: false)
        var runs: [RecordedRun] = []
        var problems: [RegistryError] = []
        for id in try ids(in: directory) {
            do {
                runs.append(try read(id))
            } catch {
                // It was finished meanwhile.
                if directory.status(of: Self.fileName(of: id)) == nil, errno == ENOENT { continue }
                problems.append(error)
            }
        }
        runs.sort { ($0.run.began, $0.run.id) < ($1.run.began, $1.run.id) }
        return (runs, problems)
    }

    public func read(_ id: String) throws(RegistryError) -> RecordedRun {
        let (descriptor, file) = try open(id, flags: O_RDONLY)
        defer { close(descriptor) }
        let locked = hayate_file_is_locked(descriptor, RegistryLocks.host)
        return try RunFile.read(descriptor, file: file, isLocked: locked < 0 ? nil : locked == 1)
    }

    /// Whether there is a run of this id.
    public func contains(_ id: String) throws(RegistryError) -> Bool {
        var status = stat()
        if lstat(filePath(of: id), &status) == 0 { return true }
        guard errno == ENOENT else { throw .failed("looked at", filePath(of: id), errno, "try again") }
        return false
    }

    /// Removes a run's file.
    /// - Throws: also while its host has it locked.
    public func remove(_ id: String) throws(RegistryError) {
        let (descriptor, file) = try open(id, flags: O_RDWR)
        defer { close(descriptor) }
        guard hayate_file_is_locked(descriptor, RegistryLocks.host) != 1 else {
            throw RegistryError("\(PathText.word(file)) is in use by its host: end that first")
        }
        try unlink(id)
    }

    func unlink(_ id: String) throws(RegistryError) {
        let file = filePath(of: id)
        let directory = try safeDirectory(of: file, making: false)
        guard unlinkat(directory.descriptor, Self.fileName(of: id), 0) == 0 || errno == ENOENT else {
            throw .failed("removed", file, errno, "rm \(PathText.word(file))")
        }
    }

    // MARK: files

    static func fileName(of id: String) -> String { id + ".jsonl" }

    func filePath(of id: String) -> String { path + "/" + Self.fileName(of: id) }

    private func open(_ id: String, flags: Int32) throws(RegistryError) -> (descriptor: Int32, file: String) {
        guard AllocationRun.isID(id) else {
            throw RegistryError("\(PathText.word(id)) is no run's id, 8 digits of 0-9 and a-f: see the list")
        }
        let file = filePath(of: id)
        let directory = try safeDirectory(of: file, making: false)
        // A pipe would be waited for.
        let descriptor = openat(
            directory.descriptor, Self.fileName(of: id), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw RegistryError("There is no run \(id) in \(PathText.word(path)): see the list")
            case ELOOP:
                throw RegistryError("\(PathText.word(file)) is a symbolic link, which could lead elsewhere: remove it")
            default: throw .failed("opened", file, errno, "chmod 600 \(PathText.word(file))")
            }
        }
        do {
            try Self.check(descriptor, file)
        } catch {
            close(descriptor)
            throw error
        }
        return (descriptor, file)
    }

    private static func check(_ descriptor: Int32, _ file: String) throws(RegistryError) {
        let word = PathText.word(file)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .failed("looked at", file, errno, "try again")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RegistryError("\(word) is no regular file: remove it")
        }
        guard status.st_uid == geteuid() else {
            throw RegistryError("\(word) belongs to user \(status.st_uid), who could write commands into it: remove it")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o7777, radix: 8)
            throw RegistryError(
                "\(word) has mode \(mode), which lets others in: chmod 600 \(word)")
        }
    }

    private func safeDirectory(of file: String, making: Bool) throws(RegistryError) -> SafeDirectory {
        do throws(KeyFileError) {
            let directory = try SafeDirectory(of: file, making: making)
            if let problem = directory.problems.first { throw problem }
            return directory
        } catch {
            throw RegistryError(error.message)
        }
    }

    private func ids(in directory: SafeDirectory) throws(RegistryError) -> [String] {
        let descriptor = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, let entries = fdopendir(descriptor) else {
            throw .failed("listed", path, errno, "chmod 700 \(PathText.word(path))")
        }
        defer { closedir(entries) }
        var ids: [String] = []
        while let entry = readdir(entries) {
            // Read where it is: an entry is only as long as its name, shorter than the structure.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name.hasSuffix(".jsonl"), AllocationRun.isID(String(name.dropLast(6))) {
                ids.append(String(name.dropLast(6)))
            }
        }
        return ids
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}

/// Which bytes of a file stand for what; they are beyond all content.
enum RegistryLocks {
    /// The host has it as long as it lives.
    static let host: Int64 = 1 << 40
    /// Whoever writes a line has it meanwhile.
    static let line = host + 1
}
