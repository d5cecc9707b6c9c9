import Glibc
import HayateLaunch

/// The file of `RevokedHostKeys`: public keys, one in a line.
struct RevokedKeys {
    private let keys: [SSHKey]

    /// - Throws: `RemoteError` if it cannot be read: then every key could be a revoked one.
    init(_ file: String, _ destination: SSHDestination) throws(RemoteError) {
        func refuse(_ reason: String) -> RemoteError {
            RemoteError(host: destination.named.description, .hostKey, reason)
        }
        guard let text = TextFile.text(of: file) else {
            throw refuse("\(file) of RevokedHostKeys cannot be read (\(String(cString: strerror(errno))))")
        }
        guard !text.hasPrefix("SSHKRL\n") else {
            throw refuse("\(file) of RevokedHostKeys is a KRL, which cannot be read here: write the keys as text")
        }
        var keys: [SSHKey] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count >= 2, let key = SSHKey(type: first, base64: words[1]) else {
                throw refuse("\(file), line \(index + 1), is no public key: write its type and its letters")
            }
            keys.append(key)
        }
        self.keys = keys
    }

    func contains(_ key: SSHKey) -> Bool { keys.contains { $0.isSamePublicKey(as: key) } }
}
