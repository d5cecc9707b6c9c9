import CLibSSH
import HayateLaunch

extension SSHDestination {
    /// Sets everything but the socket and the time limits on a session that has not connected yet.
    func configure(_ session: ssh_session) throws(RemoteError) {
        func set(_ option: ssh_options_e, _ value: UnsafeRawPointer?, _ what: String) throws(RemoteError) {
            guard ssh_options_set(session, option, value) == 0 else {
                throw RemoteError(
                    host: named.description, .configuration,
                    "\(what) cannot be used (\(String(cString: ssh_get_error(UnsafeMutableRawPointer(session)))))")
            }
        }
        // Everything was read already, and by rules of more than libssh's.
        var no = false
        try set(SSH_OPTIONS_PROCESS_CONFIG, &no, "reading no files")
        // It has the socket already, and this name is only for its error texts. It refuses some that there are.
        if ssh_options_set(session, SSH_OPTIONS_HOST, hostName) != 0 {
            try set(SSH_OPTIONS_HOST, "other-machine", "the name \(hostName)")
        }
        var number = UInt32(port)
        try set(SSH_OPTIONS_PORT, &number, "port \(port)")
        try set(SSH_OPTIONS_USER, user, "the user \(user)")
        // Small messages go at once.
        var yes: Int32 = 1
        try set(SSH_OPTIONS_NODELAY, &yes, "TCP_NODELAY")
        // Keys of machines are checked by HostKeyCheck, which knows aliases, several files and revoked keys.
        try set(SSH_OPTIONS_KNOWNHOSTS, "/dev/null", "/dev/null")
        try set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null", "/dev/null")
        for (keyword, options) in Self.options {
            guard let value = algorithms[keyword] else { continue }
            for option in options { try set(option, value, "\(keyword) \(value)") }
        }
        let known = try KnownHosts(self).algorithms
        let wanted = HostKeyAlgorithms.ordered(algorithms["hostkeyalgorithms"], known: known)
        try set(SSH_OPTIONS_HOSTKEYS, wanted, "HostKeyAlgorithms \(wanted)")
    }

    private static let options: [(String, [ssh_options_e])] = [
        ("ciphers", [SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C]),
        ("macs", [SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C]),
        ("kexalgorithms", [SSH_OPTIONS_KEY_EXCHANGE]),
        ("pubkeyacceptedalgorithms", [SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES]),
    ]
}
