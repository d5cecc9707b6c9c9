import HayateCore

/// Where a session keeps what it is: `NAME` in the directory of sessions, mode 0700.
///
/// `journal.sqlite` and what belongs to it, `results/`, `pool.key` (0600), `log`, `session.json` (who hosts it, while
/// somebody does).
public struct SessionDirectory: Hashable, Sendable {
    public let name: String
    public let path: String

    /// - Throws: `HayateError.invalidArgument` for a name that is none: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning
    ///   with a dot or a hyphen.
    public init(_ name: String, in directory: String? = nil) throws(HayateError) { fatalError("comes next") }

    /// All sessions of this user, with who hosts them.
    public static func all(in directory: String? = nil) throws(HayateError) -> [SessionEntry] { fatalError("comes next") }
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
