import CLibSSH
import Glibc
import HayateLaunch

extension SSHSession {
    /// A connection from the other machine to a third one. Keeps the calling thread, which is another session's.
    /// - Returns: this machine's end.
    func connect(
        to host: String, port: UInt16, until deadline: UInt64, errorName: String
    ) throws(RemoteError) -> Int32 {
        let outcome = BlockingOutcome<Result<Int32, RemoteError>>()
        // Whoever comes first: a descriptor that nobody waits for any more must be closed.
        let bring: @Sendable (Result<Int32, RemoteError>) -> Void = { result in
            if !outcome.set(result), case .success(let descriptor) = result { close(descriptor) }
        }
        post { session in
            HopChannel(session, to: host, port: port, errorName: errorName, done: bring).begin()
        } orElse: { error in
            bring(.failure(error))
        }
        let late = RemoteError(
            host: errorName, .connect,
            "\(self.host) did not reach \(host) port \(port) in time: see whether the machine is up, and whether a "
                + "firewall lets SSH through", isTransient: true)
        if let result = outcome.wait(until: deadline) { return try result.get() }
        if outcome.set(.failure(late)) { throw late }
        return try (outcome.wait() ?? .failure(late)).get()
    }
}

/// A channel that is being connected to a third machine, and then becomes a `Pump`.
final class HopChannel: ChannelOwner {
    private unowned let session: SSHSession
    private let host: String
    private let port: UInt16
    private let errorName: String
    private let done: (Result<Int32, RemoteError>) -> Void
    private var channel: Channel?

    init(
        _ session: SSHSession, to host: String, port: UInt16, errorName: String,
        done: @escaping (Result<Int32, RemoteError>) -> Void
    ) {
        self.session = session
        self.host = host
        self.port = port
        self.errorName = errorName
        self.done = done
    }

    func begin() {
        session.setAttentive(self, true)
        session.add(self)
    }

    /// The channel's bytes stay in it until there is a pump.
    func received(_ bytes: UnsafeRawBufferPointer, isErrors: Bool) -> Int { 0 }

    func advance() {
        if channel == nil { channel = Channel(session, owner: self) }
        guard let channel else { return fail("there is no memory for another channel") }
        switch channel.openConnection(to: host, port) {
        case SSH_OK: pump(channel)
        case SSH_AGAIN: break
        default:
            fail(
                "\(session.host) does not reach \(host) port \(port) (\(session.lastError)): see whether the machine "
                    + "is up, whether that one may connect to it, and whether AllowTcpForwarding there is yes or local")
        }
    }

    private func pump(_ channel: Channel) {
        guard let (inner, outer) = HostSocket.pair(nonBlockingFirst: true) else {
            return fail("no descriptors are left: see how many files are open here")
        }
        session.remove(self)
        let pump = Pump(session, socket: inner)
        channel.handOver(to: pump)
        pump.use(channel)
        self.channel = nil
        pump.begin()
        done(.success(outer))
    }

    private func fail(_ reason: String) {
        channel?.free()
        session.remove(self)
        done(.failure(RemoteError(host: errorName, .connect, reason, isTransient: true)))
    }

    func sessionEnded() {
        channel?.free()
        done(
            .failure(
                RemoteError(
                    host: errorName, .connect, "the connection to \(session.host) broke: see its own error",
                    isTransient: true)))
    }
}
