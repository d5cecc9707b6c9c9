import CLibSSH
import Glibc
import HayateLaunch

/// Whether the machine that answered is the one that was meant.
enum HostKeyCheck {
    /// Compares the key of a session that has just connected with the known hosts. Takes a new one down if
    /// `SSH.acceptsNew`.
    /// - Throws: `RemoteError` at `.hostKey`: unknown, changed or revoked, with the fingerprints and the remedy.
    static func check(
        _ session: ssh_session, _ destination: SSHDestination, _ ssh: SSH
    ) throws(RemoteError) {
        var pointer: ssh_key?
        guard ssh_get_server_publickey(session, &pointer) == SSH_OK, let pointer else {
            let text = String(cString: ssh_get_error(UnsafeMutableRawPointer(session)))
            throw RemoteError(
                host: destination.named.description, .hostKey, "it has shown no key (\(Asking.printable(text)))",
                isTransient: true)
        }
        try check(SSHKey(pointer), destination, ssh)
    }

    static func check(_ key: SSHKey, _ destination: SSHDestination, _ ssh: SSH) throws(RemoteError) {
        let known = try KnownHosts(destination)
        if try judge(key, known, destination) { return }
        guard ssh.acceptsNew else { throw unknown(key, known, destination) }
        try NewHostKey(key: key, name: known.name, destination: destination).write()
        ssh.onNewKey?("\(destination.named) was not known: its key \(key.label) was taken and written down")
    }

    /// - Returns: whether the key is known; false if nothing is known of the machine.
    /// - Throws: what speaks against the key.
    static func judge(
        _ key: SSHKey, _ known: KnownHosts, _ destination: SSHDestination
    ) throws(RemoteError) -> Bool {
        func refuse(_ reason: String) -> RemoteError {
            RemoteError(host: destination.named.description, .hostKey, reason)
        }
        if let file = destination.revokedHostKeys, try RevokedKeys(file, destination).contains(key) {
            throw refuse("its key \(key.label) is revoked in \(file): ask who runs the machine for its new key")
        }
        if let entry = known.revoked.first(where: { $0.key.isSamePublicKey(as: key) }) {
            throw refuse(
                "its key \(key.label) is revoked in \(entry.file), line \(entry.line): ask who runs the machine "
                    + "for its new key")
        }
        if known.isKnown(key) { return true }
        let sameType = known.keys.first { $0.key.type == key.type }
        guard let entry = sameType ?? known.keys.first else { return false }
        let forget = "ssh-keygen -R '\(known.name)' -f '\(entry.file)'"
        if sameType != nil {
            throw refuse(
                "its key has changed: \(entry.file), line \(entry.line), has \(entry.key.label), and the machine that "
                    + "answered has \(key.label). Somebody may stand in between. Ask who runs the machine, and only if "
                    + "its key is new: \(forget)")
        }
        throw refuse(
            "it is known by another type of key: \(entry.file), line \(entry.line), has \(entry.key.label), and the "
                + "machine that answered only shows \(key.label). Somebody may stand in between. Ask who runs the "
                + "machine, and only if its key is new: \(forget)")
    }

    private static func unknown(
        _ key: SSHKey, _ known: KnownHosts, _ destination: SSHDestination
    ) -> RemoteError {
        let port = destination.port == 22 ? "" : "-p \(destination.port) "
        let file = destination.knownHosts.first.map { " >> '\($0)'" } ?? ""
        var reason = "its key is not known: \(key.label). Compare that with `ssh-keygen -lf "
            + "/etc/ssh/ssh_host_\(key.generatorType)_key.pub` there, and then "
        reason += destination.hostKeyAlias == nil
            ? "take it: --accept-new once, or ssh-keyscan \(port)-t \(key.generatorType) \(destination.hostName)\(file)"
            : "take it under the name \(known.name): --accept-new once"
        if let authority = known.authorities.first {
            reason += " (the certificate authority of \(authority.file), line \(authority.line), is of no use here: "
                + "certificates of machines cannot be checked)"
        }
        return RemoteError(host: destination.named.description, .hostKey, reason)
    }
}
