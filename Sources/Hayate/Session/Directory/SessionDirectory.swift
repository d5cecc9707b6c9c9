import Glibc
import HayateCore
import HayateLaunch
import HayateTLS

/// Where a session keeps what it is: `NAME` in the directory of sessions, mode 0700.
///
/// `journal.sqlite` and what belongs to it, `results/`, `pool.key` (0600), `log`, `session.json` (who hosts it, while
/// somebody does), and two sockets: `client.sock` for clients, `pool.sock` for local daemons.
public struct SessionDirectory: Hashable, Sendable {
    public let name: String
    public let path: String

    /// - Parameter directory: where sessions are kept; nil: `sessions` in `$HAYATE_STATE`, else in `~/.hayate`.
    /// - Throws: `HayateError.invalidArgument` for a name that is none: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning
    ///   with a dot or a hyphen.
    public init(_ name: String, in directory: String? = nil) throws(HayateError) {
        guard Self.isName(name) else {
            throw HayateError(
                .invalidArgument,
                "\(PathText.word(String(name.prefix(80)))) is no name of a session: use 1 to 64 of A-Z, a-z, 0-9, dot, "
                    + "underscore and hyphen, not beginning with a dot or a hyphen")
        }
        self.name = name
        path = try Self.parent(directory) + "/" + name
    }

    /// All sessions of this user by name, with who hosts them.
    public static func all(in directory: String? = nil) throws(HayateError) -> [SessionEntry] {
        let parent = try parent(directory)
        guard let entries = opendir(parent) else {
            if errno == ENOENT { return [] }
            throw HayateError(
                .invalidArgument, "\(PathText.word(parent)) cannot be listed (\(systemMessage())): chmod 700 it")
        }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            // Read where it is: an entry is only as long as its name, shorter than the structure.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            names.append(String(cString: start.assumingMemoryBound(to: CChar.self)))
        }
        return names.sorted().compactMap { name in
            guard isName(name), let place = try? SessionDirectory(name, in: directory),
                let record = try? place.record()
            else { return nil }
            return SessionEntry(
                name: name, path: place.path, state: record.state(), host: record.host.machine,
                process: record.host.process)
        }
    }

    static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, first != 0x2e, first != 0x2d else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
    }

    private static func parent(_ directory: String?) throws(HayateError) -> String {
        func variable(_ name: String) -> String? {
            guard let value = getenv(name), value.pointee != 0 else { return nil }
            return String(cString: value)
        }
        if let directory {
            guard directory.hasPrefix("/") else {
                throw HayateError(
                    .invalidArgument, "\(PathText.word(directory)) is no absolute path: begin it with /")
            }
            return directory
        }
        if let state = variable("HAYATE_STATE") {
            guard state.hasPrefix("/") else {
                throw HayateError(
                    .invalidArgument,
                    "HAYATE_STATE is \(PathText.word(state)), which is no absolute path: begin it with /")
            }
            return state + "/sessions"
        }
        guard let home = variable("HOME"), home.hasPrefix("/") else {
            throw HayateError(
                .invalidArgument, "the home directory of this user is not known: set HOME or HAYATE_STATE")
        }
        return home + "/.hayate/sessions"
    }
}

/// A session in a list.
public struct SessionEntry: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        /// A host of this machine runs it.
        case running
        /// A host of another machine says that it runs it.
        case elsewhere
        /// Nobody runs it; `session start` goes on with it.
        case stopped
    }

    public var name: String
    public var path: String
    public var state: State
    /// The machine and process of its host, the last one if it is stopped.
    public var host: String
    public var process: Int32

    public init(name: String, path: String, state: State, host: String, process: Int32) {
        self.name = name
        self.path = path
        self.state = state
        self.host = host
        self.process = process
    }
}
