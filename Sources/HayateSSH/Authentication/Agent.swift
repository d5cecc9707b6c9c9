import CLibSSH
import Glibc

/// The agent that holds keys, at its socket.
///
/// libssh offers all its keys one after the other. As not all may be meant, and as a machine counts what it refuses,
/// libssh is connected with a relay instead, which knows one key and hands what shall be signed on to the agent.
struct Agent {
    struct Key {
        var key: SSHKey
        var identity: AgentMessage.Identity

        /// How it is called in errors.
        var label: String { "\(Asking.printable(identity.comment)) of the agent (\(key.label))" }
    }

    let path: String

    /// What it holds, in its order, without what libssh cannot use.
    /// - Returns: nil if it does not answer.
    func keys() -> [Key]? {
        guard let descriptor = connect() else { return nil }
        defer { close(descriptor) }
        guard AgentMessage.write([AgentMessage.requestIdentities], descriptor),
            let answer = AgentMessage.read(descriptor), let identities = AgentMessage.identities(in: answer)
        else { return nil }
        return identities.compactMap { identity in
            var rest = identity.blob[...]
            guard let type = AgentMessage.takeString(&rest),
                let key = SSHKey(type: String(decoding: type, as: UTF8.self), base64: Base64.encode(identity.blob))
            else { return nil }
            return Key(key: key, identity: identity)
        }
    }

    /// Has libssh use the agent in this session, one key at a time.
    /// - Returns: nil if the agent does not answer.
    func relay(for session: ssh_session) -> AgentRelay? {
        guard let descriptor = connect() else { return nil }
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            close(descriptor)
            return nil
        }
        let relay = AgentRelay(client: pair[1], agent: descriptor)
        // libssh closes its end with the session.
        guard ssh_set_agent_socket(session, pair[0]) == SSH_OK else {
            close(pair[0])
            relay.end()
            return nil
        }
        relay.start()
        return relay
    }

    private func connect() -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { field in
            guard name.count < field.count else { return false }
            field.copyBytes(from: name)
            return true
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let rc = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                isShort ? Glibc.connect(descriptor, $0, size) : -1
            }
        }
        guard rc == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
