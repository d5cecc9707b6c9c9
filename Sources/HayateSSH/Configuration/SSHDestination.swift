import HayateLaunch

/// How one machine is reached and who logs in there: what the user said, and for all else the configuration of SSH.
struct SSHDestination: Sendable, Hashable {
    /// The machine as it was named.
    var named: RemoteHost
    /// A name of the network or an address.
    var hostName: String
    var port: UInt16
    var user: String
    /// The machines in between, the nearest first. Those that they need themselves are among them.
    var jumps: [RemoteHost] = []
    /// A command of `/bin/sh` whose standard input and output are the connection, with everything filled in; it is
    /// the way to the nearest machine, so nil where there are `jumps`.
    var proxyCommand: String?
    /// Under which name the known hosts have the machine's key.
    var hostKeyAlias: String?
    /// Files of private keys, in the order of trying. Those that everybody has by default are only among them if they
    /// are there.
    var identities: [String] = []
    /// Files of certificates besides those that lie beside their keys.
    var certificates: [String] = []
    /// Whether the agent offers only those keys that are among `identities` and `certificates`.
    var identitiesOnly = false
    /// The socket of the agent; nil: there is none to ask.
    var agent: String?
    /// Files of known machines. The first takes new ones.
    var knownHosts: [String] = []
    /// Files of known machines that belong to the computer.
    var globalKnownHosts: [String] = []
    /// The values of `Ciphers`, `MACs` and the like in the configuration, by the keyword in small letters.
    var algorithms: [String: String] = [:]
    /// Whether names are written down so that nobody can read them.
    var hashesKnownHosts = false
    /// A file of keys that no machine may have.
    var revokedHostKeys: String?
    /// The ways to log in that the configuration turns off.
    var refusedMethods: Set<SSHMethod> = []
}

/// A way to log in, by its name in the protocol.
enum SSHMethod: String, Sendable, Hashable, CaseIterable {
    case publicKey = "publickey"
    case keyboardInteractive = "keyboard-interactive"
    case password = "password"
}
