import Glibc

/// Large results, each a file of its own in a directory for each submission. A file is complete and on disk before the
/// transaction that names it; one that no outcome names is an orphan.
final class ResultFiles {
    struct Name: Hashable {
        var key: TaskKey
        var number: Int64

        init(key: TaskKey, number: Int64) {
            self.key = key
            self.number = number
        }

        init(_ outcome: JournalOutcome) { self.init(key: outcome.key, number: outcome.number) }

        var directory: String { "\(key.submission)" }
        var file: String { "\(key.element)-\(number)" }
    }

    private let path: String
    /// Bytes of all of them.
    private(set) var size: Int64 = 0
    /// Of the running transaction.
    private var written: [(path: String, length: Int64)] = []
    private var removed: [(path: String, length: Int64)] = []
    private var directories: Set<String> = []

    init(at path: String) { self.path = path }

    private func path(of name: Name) -> String { "\(path)/\(name.directory)/\(name.file)" }

    // MARK: in a transaction

    func write(_ body: [UInt8], as name: Name) throws(StoreFailure) {
        let directory = "\(path)/\(name.directory)"
        for (made, parent) in [(path, nil), (directory, path)] as [(String, String?)] {
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw Self.failure("made", made) }
            directories.insert(parent ?? String(path.dropLast("/results".count)))
        }
        directories.insert(directory)
        let file = path(of: name)
        written.append((file, Int64(body.count)))
        let descriptor = open(file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("made", file) }
        defer { close(descriptor) }
        // It may be there, from a commit that failed: then it has the same bytes and is never less than whole.
        guard body.withUnsafeBytes({ FileBytes.write($0, to: descriptor) }),
            ftruncate(descriptor, off_t(body.count)) == 0, fdatasync(descriptor) == 0
        else {
            throw Self.failure("written", file)
        }
    }

    /// The file goes when the transaction is on disk.
    func remove(_ name: Name, length: Int64) { removed.append((path(of: name), length)) }

    /// The names of new files are on disk afterwards.
    func synchronize() throws(StoreFailure) {
        for directory in directories.sorted() { try Self.synchronize(directory) }
    }

    func commit() {
        for file in written { size += file.length }
        for file in removed where unlink(file.path) == 0 { size -= file.length }
        forget()
    }

    /// - Parameter isUncertain: the commit was tried, and the next host may find it done: then files stay, and go at
    ///   its start if they are orphans.
    func rollBack(isUncertain: Bool) {
        if !isUncertain { for file in written { unlink(file.path) } }
        forget()
    }

    private func forget() {
        written = []
        removed = []
        directories = []
    }

    // MARK: reading

    /// Nil: it is not there, or is not as long.
    func read(_ name: Name, length: Int) -> [UInt8]? {
        let descriptor = open(path(of: name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == length else { return nil }
        return FileBytes.read(descriptor, count: length)
    }

    /// Removes what no outcome names, and adds up the others.
    func sweep(_ isWanted: (Name) throws(StoreFailure) -> Bool) throws(StoreFailure) {
        size = 0
        for submission in Self.names(in: path) {
            let directory = "\(path)/\(submission)"
            for file in Self.names(in: directory) {
                let parts = file.split(separator: "-", omittingEmptySubsequences: false)
                guard let number = UInt32(submission), parts.count == 2, let element = UInt32(parts[0]),
                    let outcome = Int64(parts[1])
                else { continue }
                let name = Name(key: TaskKey(submission: number, element: element), number: outcome)
                if try isWanted(name) {
                    var status = stat()
                    if stat("\(directory)/\(file)", &status) == 0 { size += Int64(status.st_size) }
                } else {
                    unlink("\(directory)/\(file)")
                }
            }
            // Fails while there are some.
            rmdir(directory)
        }
    }

    /// The directory of a submission that is gone.
    func removeDirectory(of submission: UInt32) { rmdir("\(path)/\(submission)") }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = Glibc.readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func synchronize(_ directory: String) throws(StoreFailure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opened", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronized", directory) }
    }

    private static func failure(_ action: String, _ path: String) -> StoreFailure {
        StoreFailure(system: errno, "\(path) could not be \(action)")
    }
}

/// Bytes of a file, however many calls it takes.
enum FileBytes {
    /// Otherwise `errno` is set.
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno != EINTR { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
        }
        return true
    }

    static func read(_ descriptor: Int32, count: Int) -> [UInt8]? {
        var isWhole = true
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count, let base = buffer.baseAddress {
                let got = Glibc.read(descriptor, base + initialized, count - initialized)
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    isWhole = false
                    return
                }
                initialized += got
            }
        }
        return isWhole ? bytes : nil
    }
}
