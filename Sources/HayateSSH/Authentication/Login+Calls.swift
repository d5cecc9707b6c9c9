import CLibSSH
import Glibc
import HayateLaunch

extension Login {
    /// Calls a function of libssh until it has come to something, and what that is.
    ///
    /// Without blocking in libssh, which goes on waiting for an answer when the other side has ended the connection.
    /// - Throws: if the connection has ended, or the time for logging in is over.
    mutating func call(_ body: () -> Int32) throws(RemoteError) -> Int32 {
        let began = ContinuousClock.now
        defer { timeLeft -= ContinuousClock.now - began }
        while true {
            let code = body()
            if code == SSH_AUTH_ERROR.rawValue || code == SSH_AUTH_AGAIN.rawValue {
                guard isConnected else { throw broken() }
            }
            guard code == SSH_AUTH_AGAIN.rawValue else { return code }
            let left = timeLeft - (ContinuousClock.now - began)
            guard left > .zero else { throw tooSlow() }
            var events = Int16(POLLIN)
            if ssh_get_poll_flags(session) & SSH_WRITE_PENDING != 0 { events |= Int16(POLLOUT) }
            var descriptor = pollfd(fd: ssh_get_fd(session), events: events, revents: 0)
            // An interruption is as good as an event.
            _ = poll(&descriptor, 1, Int32(min(left, .seconds(10)) / .milliseconds(1)) + 1)
        }
    }

    private var isConnected: Bool {
        ssh_is_connected(session) != 0 && ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR) == 0
    }

    /// What a call has come to, where only the other side can refuse.
    mutating func outcome(_ body: () -> Int32) throws(RemoteError) -> Outcome {
        try outcome(of: call(body))
    }

    func outcome(of code: Int32) throws(RemoteError) -> Outcome {
        switch code {
        case SSH_AUTH_SUCCESS.rawValue: return .done
        case SSH_AUTH_PARTIAL.rawValue: return .partly
        case SSH_AUTH_DENIED.rawValue: return .refused
        default: throw broken()
        }
    }
}
