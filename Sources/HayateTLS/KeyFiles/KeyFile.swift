/// A file with keys: a pool's secrets, or keys of roles.
///
/// It is text with one key per line and comments after `#`:
///
///     hayate-secret-1 <id> <64 hexadecimal digits>
///     hayate-key-1 <role> <id> <64 hexadecimal digits>
///
/// The id follows from the key, so a changed digit is noticed. The first line is the current key; those after
/// it are still accepted, until everybody has the current one.
public struct KeyFile: Sendable {
    /// What a file may hold: one or the other.
    public enum Content: Sendable {
        /// Of a pool, for its host.
        case secrets([PoolSecret])
        /// For daemons, clients or monitors.
        case keys([RoleKey])
    }

    /// Keys that a file may have.
    public static let maximumKeys = 16

    /// At least one, the current one first.
    public let content: Content
    /// Where it was read, for sentences.
    public let source: String

    init(_ content: Content, source: String) {
        self.content = content
        self.source = source
    }

    /// A host's file.
    /// - Parameter secrets: at least one, the current one first.
    public init(secrets: [PoolSecret]) {
        precondition(!secrets.isEmpty, "a key file holds at least one key")
        self.init(.secrets(secrets), source: "the key file")
    }

    /// A file for those who join.
    /// - Parameter keys: at least one, the current one first.
    public init(keys: [RoleKey]) {
        precondition(!keys.isEmpty, "a key file holds at least one key")
        self.init(.keys(keys), source: "the key file")
    }

    /// What names the current key without giving it away: 16 hexadecimal digits.
    public var id: String { ids[0] }

    /// The same of all keys.
    public var ids: [String] {
        switch content {
        case .secrets(let secrets): secrets.map(\.id)
        case .keys(let keys): keys.map(\.id)
        }
    }

    /// The roles that its keys are for, each once.
    public var roles: [KeyRole] {
        switch content {
        case .secrets: KeyRole.allCases
        case .keys(let keys): KeyRole.allCases.filter { role in keys.contains { $0.role == role } }
        }
    }

    /// The current key of a role, derived if the file holds the pool's secret.
    public func key(for role: KeyRole) -> RoleKey? {
        switch content {
        case .secrets(let secrets): secrets.first?.key(for: role)
        case .keys(let keys): keys.first { $0.role == role }
        }
    }

    /// Every key with which somebody may come in: of a host's file, all roles of all secrets.
    public var acceptedKeys: [RoleKey] {
        switch content {
        case .secrets(let secrets): secrets.flatMap { secret in KeyRole.allCases.map(secret.key(for:)) }
        case .keys(let keys): keys
        }
    }

    /// Like `key(for:)`; throws `.wrongRole` with a sentence for who gave the file.
    public func requiredKey(for role: KeyRole) throws(KeyFileError) -> RoleKey {
        if let key = key(for: role) { return key }
        throw KeyFileError(
            .wrongRole,
            "\(source) holds a \(roleNames) key, and a \(role.rawValue) needs a \(role.rawValue) key: make "
                + "one where the pool's secret is, with hayate keys export --role \(role.rawValue)")
    }

    /// The secrets of a host's file; throws `.secretNeeded` with a sentence for who gave the file.
    public func requiredSecrets() throws(KeyFileError) -> [PoolSecret] {
        if case .secrets(let secrets) = content { return secrets }
        throw KeyFileError(
            .secretNeeded,
            "\(source) holds a \(roleNames) key, and the secret of the pool is needed here: give the file "
                + "that hayate keys make has made")
    }
}
