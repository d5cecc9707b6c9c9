import CLibSSH
import HayateLaunch

/// Logging in, in OpenSSH's order: keys of the agent, keys of files, questions, password.
enum Authentication {
    /// On a blocking session whose host key was checked. Waits for people's answers.
    /// - Throws: `RemoteError` at `.authenticate`: what was tried, what the other side offers, and the remedy.
    static func logIn(
        _ session: ssh_session, _ destination: SSHDestination, _ ssh: SSH
    ) throws(RemoteError) {
        fatalError("comes next")
    }
}
