import HayateTLS

/// What a daemon shows its host, and how it knows its host.
///
/// On a command line there are names of files and fingerprints, never a key.
public struct DaemonCredentials: Hashable, Sendable {
    /// The file with the key of the pool; `-`: it comes on standard input. nil: it is looked for where the
    /// host publishes it (`KeyDirectory`).
    public var keyFile: String?
    /// A key that this process has already; not a part of the command line.
    public var key: RoleKey?
    /// The file with the certificates of the authorities whose signature makes a host's certificate good;
    /// `system`: those that this machine trusts.
    public var authority: String?
    /// The fingerprint of the host's certificate, as `SHA256:` and 64 hexadecimal digits.
    public var fingerprint: String?
    /// The file with the daemon's own certificate, for hosts that ask for one.
    public var certificate: String?
    /// The file with its private key; nil: it is in the same file.
    public var certificateKey: String?

    /// The file with lines for the request that opens a WebSocket, as `Name: value`: cookies and tokens that a
    /// site's proxy asks for.
    public var headerFile: String?

    public init() {}

    /// Whether the host shows a certificate.
    public var expectsCertificate: Bool { authority != nil || fingerprint != nil }

    private static let options: [(name: String, value: WritableKeyPath<DaemonCredentials, String?> & Sendable)] = [
        ("--key-file", \.keyFile), ("--ca", \.authority), ("--fingerprint", \.fingerprint),
        ("--certificate", \.certificate), ("--certificate-key", \.certificateKey),
        ("--header-file", \.headerFile),
    ]

    /// As words of a command line.
    public var arguments: [String] {
        Self.options.flatMap { option in self[keyPath: option.value].map { [option.name, $0] } ?? [] }
    }

    /// - Returns: false if there is no such option.
    mutating func set(_ option: String, to value: String) -> Bool {
        guard let known = Self.options.first(where: { $0.name == option }) else { return false }
        self[keyPath: known.value] = value
        return true
    }
}
