import CLibSSH
import Glibc
import HayateLaunch

/// A file with a private key, and what lies beside it.
struct PrivateKeyFile {
    let path: String

    /// Why it cannot be used: a phrase for an error.
    struct Trouble: Error, Hashable {
        var reason: String
        /// What can be done about it; nil: nothing beyond what the reason says.
        var remedy: String?
    }

    /// Its public key, as far as that can be had without a passphrase. The path may be that of the public key alone.
    var publicKey: SSHKey? {
        for candidate in [path, path + ".pub"] {
            var key: ssh_key?
            if ssh_pki_import_pubkey_file(candidate, &key) == SSH_OK, let key { return SSHKey(key) }
        }
        return nil
    }

    /// The certificates for a key: the one beside it, and those of the configuration that are made for it.
    static func certificates(for key: SSHKey, beside path: String?, _ others: [String]) -> [SSHKey] {
        let files = (path.map { [$0 + "-cert.pub"] } ?? []) + others
        return files.compactMap { file in
            var certificate: ssh_key?
            guard ssh_pki_import_cert_file(file, &certificate) == SSH_OK, let certificate else { return nil }
            let found = SSHKey(certificate)
            return found.hasSamePublicKey(as: key) ? found : nil
        }
    }

    /// - Throws: `Trouble` if it is missing, readable by others, damaged or locked.
    func load(_ destination: SSHDestination, _ ssh: SSH) throws(Trouble) -> SSHKey {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Trouble(reason: errno == ENOENT ? "not there" : String(cString: strerror(errno)))
        }
        // As in OpenSSH: nobody's own key is for others. Keys that belong to others, such as root, are their matter.
        if status.st_uid == getuid(), status.st_mode & 0o077 != 0 {
            throw Trouble(reason: "not used, as others can read it", remedy: "chmod 600 \(path)")
        }
        var isLocked = false
        var key: ssh_key?
        let rc = withUnsafeMutablePointer(to: &isLocked) { flag in
            ssh_pki_import_privkey_file(path, nil, { _, _, _, _, _, flag in
                flag?.assumingMemoryBound(to: Bool.self).pointee = true
                return -1
            }, flag, &key)
        }
        if rc == SSH_OK, let key { return SSHKey(key) }
        guard isLocked else { throw Trouble(reason: "no private key that can be read") }
        guard ssh.ask != nil else {
            throw Trouble(
                reason: "locked, and nobody can be asked for its passphrase", remedy: "ssh-add \(path)")
        }
        let unlocked: SSHKey? = Passphrases.unlock(path, destination, ssh) { passphrase in
            var key: ssh_key?
            let rc = passphrase.withCString { ssh_pki_import_privkey_file(path, $0, nil, nil, &key) }
            return rc == SSH_OK ? key.map { SSHKey($0) } : nil
        }
        guard let unlocked else {
            throw Trouble(reason: "locked, and its passphrase was not given", remedy: "ssh-add \(path)")
        }
        return unlocked
    }
}
