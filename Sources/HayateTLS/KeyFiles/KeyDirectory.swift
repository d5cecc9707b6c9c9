import Glibc

/// Where keys are when nobody says where: a host leaves its daemons' key there, and a daemon of the same
/// user that dials the same address finds it, on this machine and on all that share its home.
public struct KeyDirectory: Sendable, Hashable {
    /// Absolute.
    public let path: String

    public init(path: String) { self.path = path }

    /// `$HAYATE_KEYS`, else `.hayate/keys` in the home of this user.
    ///
    /// Throws `.missing` if neither is known, or if the variable is no absolute path.
    public static func `default`() throws(KeyFileError) -> KeyDirectory {
        try named(variable("HAYATE_KEYS"), home: variable("HOME") ?? homeOfUser())
    }

    static func named(_ given: String?, home: String?) throws(KeyFileError) -> KeyDirectory {
        if let given {
            // Two processes that shall find each other need not have the same working directory.
            guard given.hasPrefix("/") else {
                throw KeyFileError(
                    .missing, "HAYATE_KEYS is \(PathText.word(given)), which is no absolute path: "
                        + "begin it with /")
            }
            return KeyDirectory(path: given)
        }
        guard let home, home.hasPrefix("/") else {
            throw KeyFileError(
                .missing, "The home directory of this user is not known: set HOME or HAYATE_KEYS")
        }
        return KeyDirectory(path: home + "/.hayate/keys")
    }

    /// Leaves the daemons' key of a host that listens at an address. First removes what hosts of this
    /// machine have left there that are gone.
    ///
    /// A key that is there already for the address is replaced: only one host can listen at it.
    /// - Parameters:
    ///   - host: as the daemons will dial it: a name or an address, with or without brackets.
    public func publish(_ key: RoleKey, host: String, port: UInt16) throws(KeyFileError) -> PublishedKey {
        let publisher = Publisher.current()
        let file = filePath(host: host, port: port)
        let text = KeyFile(keys: [key]).text(comments: [publisher.line])
        // Before the lock, whose file is in it.
        try makeDirectory()
        try KeyDirectoryLock.with(path) { () throws(KeyFileError) in
            sweep(by: publisher)
            try SecretFile.write(text, to: file, replacing: true)
        }
        return PublishedKey(path: file, directory: path, text: text)
    }

    /// The path of the key that a host has left for an address; nil if there is none. It is still to be read,
    /// which checks who could have put it there.
    public func find(host: String, port: UInt16) -> String? {
        let file = filePath(host: host, port: port)
        var status = stat()
        return lstat(file, &status) == 0 ? file : nil
    }

    static let fileName = "daemon.key"

    func filePath(host: String, port: UInt16) -> String {
        "\(path)/\(Self.entryName(host: host, port: port))/\(Self.fileName)"
    }

    /// The name of the directory of an address. An address that each machine has for itself has the
    /// machine's name in it, as machines may share this directory.
    static func entryName(host: String, port: UInt16) -> String {
        var host = host.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
        let name = plain(host) + "_" + String(port)
        return isLoopback ? name + "_" + plain(Publisher.current().machine) : name
    }

    private static func plain(_ name: String) -> String {
        // A file name has room for 255 bytes.
        String(
            name.unicodeScalars.prefix(120).map { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": Character(scalar)
                default: "-"
                }
            })
    }

    private func makeDirectory() throws(KeyFileError) {
        let directory = try SafeDirectory(of: path + "/" + Self.fileName, making: true)
        if let problem = directory.problems.first { throw problem }
    }

    /// Removes what hosts of this machine have left and that are gone. Whatever is not understood stays.
    private func sweep(by publisher: Publisher) {
        for name in Self.names(in: path) where !name.hasPrefix(".") {
            let file = "\(path)/\(name)/\(Self.fileName)"
            guard let text = SecretFile.examine(file).readIfGood(),
                let other = Publisher(firstLineOf: text), publisher.knowsToBeGone(other)
            else { continue }
            unlink(file)
            rmdir("\(path)/\(name)")
        }
    }

    private static func names(in path: String) -> [String] {
        guard let entries = opendir(path) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            // Read where it is: an entry is only as long as its name, shorter than the structure.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            names.append(String(cString: start.assumingMemoryBound(to: CChar.self)))
        }
        return names
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func homeOfUser() -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var texts = [CChar](repeating: 0, count: 16 << 10)
        guard getpwuid_r(geteuid(), &entry, &texts, texts.count, &found) == 0, found != nil,
            let home = entry.pw_dir
        else { return nil }
        return String(cString: home)
    }
}

extension SecretFileReport {
    fileprivate func readIfGood() -> SecretBytes? { problems.isEmpty ? bytes : nil }
}

/// A key that a host has left for its daemons.
public final class PublishedKey: Sendable {
    /// The file.
    public let path: String
    private let directory: String
    private let text: SecretBytes

    init(path: String, directory: String, text: SecretBytes) {
        (self.path, self.directory, self.text) = (path, directory, text)
    }

    /// Removes it, unless another host has replaced it since. Idempotent.
    ///
    /// Throws if it cannot be removed. Nobody needs to do more about that than to say it: the next host of
    /// this machine that publishes a key removes it.
    public func withdraw() throws(KeyFileError) {
        try KeyDirectoryLock.with(directory) { () throws(KeyFileError) in
            // Its first line has a number of its own, so that no two are the same.
            guard let now = SecretFile.examine(path).readIfGood(), now.isEqual(to: text) else { return }
            guard unlink(path) == 0 || errno == ENOENT else {
                let number = errno
                throw KeyFileError(
                    .system(number),
                    "\(PathText.word(path)) cannot be removed (\(PathText.reason(number))): "
                        + "rm \(PathText.word(path))")
            }
            // Stays if there is something else in it.
            rmdir(PathText.split(path).directory)
        }
    }
}
