/// Which types of host keys a machine is asked for, and in which order.
enum HostKeyAlgorithms {
    /// What libssh can check, without SHA-1. Certificates of machines are not among it.
    static let all = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256",
    ]

    /// The types that are known come first: otherwise a machine that is known by one key and shows another, as it has
    /// several, would look changed.
    /// - Parameters:
    ///   - setting: the value of `HostKeyAlgorithms`, with its `+`, `-` or `^` first; nil: `all`.
    ///   - known: the names of the types of known keys.
    static func ordered(_ setting: String?, known: Set<String>) -> String {
        let wanted = chosen(setting)
        let first = wanted.filter { known.contains(type(of: $0)) }
        return (first + wanted.filter { !first.contains($0) }).joined(separator: ",")
    }

    /// The type of key that an algorithm signs with.
    private static func type(of algorithm: String) -> String {
        algorithm.hasPrefix("rsa-sha2-") ? "ssh-rsa" : algorithm
    }

    private static func chosen(_ setting: String?) -> [String] {
        guard let setting, let sign = setting.first else { return all }
        func names(_ text: Substring) -> [String] {
            text.split(separator: ",").map(String.init).filter { !$0.contains("-cert-v0") }
        }
        switch sign {
        case "+": return all + names(setting.dropFirst()).filter { !all.contains($0) }
        case "-":
            let without = names(setting.dropFirst())
            return all.filter { name in !without.contains { NamePattern.matches(name, $0) } }
        case "^":
            let first = names(setting.dropFirst())
            return first + all.filter { !first.contains($0) }
        default:
            let names = names(Substring(setting))
            return names.isEmpty ? all : names
        }
    }
}
