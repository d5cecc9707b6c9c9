import CLibSSH
import HayateLaunch

/// Whether the machine that answered is the one that was meant.
enum HostKeyCheck {
    /// Compares the key of a session that has just connected with the known hosts. Takes a new one down if
    /// `SSH.acceptsNew`.
    /// - Throws: `RemoteError` at `.hostKey`: unknown, changed or revoked, with the fingerprints and the remedy.
    static func check(
        _ session: ssh_session, _ destination: SSHDestination, _ ssh: SSH
    ) throws(RemoteError) {
        fatalError("comes next")
    }
}
