import CLibSSH
import Glibc
import HayateLaunch

/// A port at which the other machine listens for us.
struct Forward {
    /// As the other side was asked for it.
    var address: String
    var port: UInt16
    /// Where connections go, in the order of trying.
    var targets: [HostAddress]
}

extension SSHSession {
    /// Has the other machine listen, and calls back on the session's thread.
    func listen(
        _ address: String, _ port: UInt16, to targets: [HostAddress],
        done: @escaping @Sendable (Result<UInt16, RemoteError>) -> Void
    ) {
        ask({ raw in
            var bound: Int32 = 0
            let result = ssh_channel_listen_forward(raw, address, Int32(port), &bound)
            // The answer to a port that was asked for does not repeat it.
            if result == SSH_OK { self.boundPort = port == 0 ? UInt16(truncatingIfNeeded: bound) : port }
            return result
        }, done: { result in
            if result == SSH_OK {
                self.forwards.append(Forward(address: address, port: self.boundPort, targets: targets))
                done(.success(self.boundPort))
            } else {
                done(.failure(self.refusal(address, port)))
            }
        })
    }

    private func refusal(_ address: String, _ port: UInt16) -> RemoteError {
        guard ssh_is_connected(raw) != 0 else {
            return RemoteError(host: errorName, .tunnel, "the connection broke", isTransient: true)
        }
        let common = "its server does not listen for us: AllowTcpForwarding in its sshd_config must be yes or remote, "
            + "PermitListen must not leave this out, and DisableForwarding must be no; where that cannot be had, let "
            + "its daemons dial this machine directly"
        if port == 0 { return RemoteError(host: errorName, .tunnel, common) }
        return RemoteError(
            host: errorName, .tunnel,
            "port \(port) of \(address) was refused there: it may be in use, so try another one, or 0 for a free one; "
                + "or \(common)",
            isTransient: true)
    }

    /// Has channels that the other side opens for our ports taken, and all others refused.
    func acceptForwards() {
        ssh_set_message_callback(
            raw,
            { _, message, context in
                guard let message, let context else { return 1 }
                let session = Unmanaged<SSHSession>.fromOpaque(context).takeUnretainedValue()
                return session.accept(message) ? 0 : 1
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func accept(_ message: ssh_message) -> Bool {
        guard ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN.rawValue,
            ssh_message_subtype(message) == SSH_CHANNEL_FORWARDED_TCPIP.rawValue
        else { return false }
        let port = ssh_message_channel_request_open_destination_port(message)
        let address = ssh_message_channel_request_open_destination(message).map { String(cString: $0) }
        // Servers may say the address in other words than ours, as for "localhost".
        let fitting = forwards.filter { Int32($0.port) == port }
        guard let forward = fitting.first(where: { $0.address == address }) ?? fitting.first,
            let raw = ssh_message_channel_request_open_reply_accept(message)
        else { return false }
        guard let pump = Pump(self, raw: raw, to: forward.targets) else {
            ssh_channel_free(raw)
            return true
        }
        pump.begin()
        return true
    }
}

extension SSHSession {
    /// The addresses of a name of this machine, on whatever thread.
    func resolve(
        _ host: String, port: UInt16, done: @escaping @Sendable (Result<[HostAddress], RemoteError>) -> Void
    ) {
        let errorName = errorName
        HostAddress.find(host, port: port) { result in
            done(
                result.mapError { _ in
                    RemoteError(
                        host: errorName, .tunnel,
                        "\(host), where its connections should go, has no address here: check the name")
                })
        }
    }
}
