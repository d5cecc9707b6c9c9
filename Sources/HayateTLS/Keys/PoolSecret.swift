import CMbedTLS

/// The secret of a pool: 32 random bytes, from which the keys of its roles are made.
///
/// It stays with the host. A daemon gets the daemons' key alone, from which neither the secret nor another
/// role's key can be found (HKDF, RFC 5869, with SHA-256).
public struct PoolSecret: Sendable {
    /// Bytes of a secret.
    public static let size = 32

    let bytes: SecretBytes

    /// A new one, from the system's random numbers.
    public init() {
        bytes = SecretBytes(count: Self.size) { SystemRandom.fill($0) }
    }

    /// From a file or another store.
    /// - Returns: nil unless there are 32 bytes.
    public init?(_ bytes: SecretBytes) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = bytes
    }

    /// The bytes, for the file that keeps them.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withBytes(body)
    }

    /// What names the secret without giving it away: 16 hexadecimal digits.
    public var id: String { KeyDerivation.id(of: bytes, label: "pool") }

    /// The key of a role.
    public func key(for role: KeyRole) -> RoleKey {
        RoleKey(role, KeyDerivation.derive(from: bytes, label: role.rawValue))
    }
}

/// A pre-shared key: who has it may be in the pool what its role says.
public struct RoleKey: Sendable, Hashable {
    public let role: KeyRole
    /// What names the key without giving it away: 16 hexadecimal digits.
    public let id: String
    let bytes: SecretBytes

    fileprivate init(_ role: KeyRole, _ bytes: SecretBytes) {
        self.role = role
        self.bytes = bytes
        id = KeyDerivation.id(of: bytes, label: role.rawValue)
    }

    /// From a file or another store.
    /// - Returns: nil unless there are 32 bytes.
    public init?(role: KeyRole, bytes: SecretBytes) {
        guard bytes.count == PoolSecret.size else { return nil }
        self = RoleKey(role, bytes)
    }

    /// The bytes, for the file that keeps them.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withBytes(body)
    }

    /// What a peer says in the open to tell which key it has.
    var identity: String { "hayate/\(role.rawValue)/\(id)" }

    public static func == (left: RoleKey, right: RoleKey) -> Bool {
        left.role == right.role && left.bytes.isEqual(to: right.bytes)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

enum KeyDerivation {
    private static let salt = Array("hayate key 1".utf8)

    static func derive(from secret: SecretBytes, label: String) -> SecretBytes {
        SecretBytes(count: PoolSecret.size) { output in
            expand(secret, "key/" + label, into: output)
        }
    }

    /// A name for a key. It is made like another key, so it says nothing about this one.
    static func id(of secret: SecretBytes, label: String) -> String {
        var name = [UInt8](repeating: 0, count: 8)
        name.withUnsafeMutableBytes { expand(secret, "id/" + label, into: $0) }
        return Hexadecimal.text(name)
    }

    private static func expand(
        _ secret: SecretBytes, _ label: String, into output: UnsafeMutableRawBufferPointer
    ) {
        let info = Array(label.utf8)
        let result = secret.withBytes { secret in
            mbedtls_hkdf(
                mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), salt, salt.count,
                secret.bindMemory(to: UInt8.self).baseAddress, secret.count, info, info.count,
                output.bindMemory(to: UInt8.self).baseAddress, output.count)
        }
        // It fails only for lengths that are not ours.
        precondition(result == 0, "HKDF-SHA256 failed with \(result)")
    }
}
