extension SSHKey {
    /// Whether both have the same public key, one or both of them in a certificate for it: libssh compares only what is
    /// of one form.
    func hasSamePublicKey(as other: SSHKey) -> Bool {
        guard let own = blob.flatMap(PublicKeyFields.init), let others = other.blob.flatMap(PublicKeyFields.init) else {
            return false
        }
        return own == others
    }
}

/// The public key in a blob (RFC 4253, section 6.6; PROTOCOL.certkeys of OpenSSH).
struct PublicKeyFields: Hashable {
    /// Without what says that it is a certificate.
    let type: String
    let fields: [[UInt8]]

    /// How many fields the public key of a type has.
    private static let counts = [
        "ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 2,
        "sk-ssh-ed25519@openssh.com": 2, "sk-ecdsa-sha2-nistp256@openssh.com": 3,
    ]

    init?(_ blob: [UInt8]) {
        var rest = blob[...]
        guard let name = AgentMessage.takeString(&rest) else { return nil }
        var type = String(decoding: name, as: UTF8.self)
        let mark = "-cert-v01@openssh.com"
        if type.hasSuffix(mark) {
            type.removeLast(mark.count)
            if type.hasPrefix("sk-") { type += "@openssh.com" }
            // A random field comes before the key.
            guard AgentMessage.takeString(&rest) != nil else { return nil }
        }
        guard let count = Self.counts[type] else { return nil }
        var fields: [[UInt8]] = []
        for _ in 0..<count {
            guard let field = AgentMessage.takeString(&rest) else { return nil }
            fields.append(field)
        }
        self.type = type
        self.fields = fields
    }
}
