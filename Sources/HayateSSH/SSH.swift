import HayateLaunch

/// Other machines by SSH, with the user's own configuration, keys and known hosts, and without the program `ssh`.
///
/// ```swift
/// try await withDaemons(.remote(["ssh://me@node1", "node2"], 4, by: SSH())) { pool in … }
/// ```
public struct SSH: RemoteConnector {
    /// What somebody is asked for to log in.
    public struct Question: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// The passphrase of a private key, in this file.
            case passphrase(file: String)
            case password
            /// A question of the other side, such as for the number of a second factor.
            case challenge
        }
        public var kind: Kind
        /// The machine as it was named.
        public var host: String
        /// What to show: a question, with what the other side says before it.
        public var text: String
        /// Whether the answer may be seen while it is typed.
        public var isEchoed: Bool

        public init(_ kind: Kind, host: String, text: String, isEchoed: Bool) {
            self.kind = kind
            self.host = host
            self.text = text
            self.isEchoed = isEchoed
        }
    }

    /// The user's configuration; nil: `~/.ssh/config` and `/etc/ssh/ssh_config`, as far as they exist.
    public var configFile: String?
    /// nil: what the configuration says, or `~/.ssh/known_hosts`.
    public var knownHostsFile: String?
    /// Private keys that are tried before those of the configuration.
    public var identities: [String] = []
    /// Whether the key of a machine that is not known yet is taken and written down. A changed key is refused always.
    public var acceptsNew = false
    /// Hears of each key that was taken, in one sentence with its fingerprint.
    public var onNewKey: (@Sendable (String) -> Void)?
    /// How long connecting and logging in may take, people's answers not counted.
    public var connectTimeout: Duration = .seconds(15)
    /// Between two signs of life; after three without an answer the connection has broken.
    public var keepAlive: Duration = .seconds(15)
    /// Answers questions; nil for an answer ends the try. Called on a thread that may wait. nil: nobody is asked.
    public var ask: (@Sendable (Question) -> String?)?

    public init() {}

    public func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection {
        try await SSHConnection.open(host, self)
    }
}
