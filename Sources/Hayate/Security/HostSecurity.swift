import HayateCore
import HayateDaemon
import HayateTLS
import HayateTransport
import Logging
import Synchronization

/// What protects a pool's connections, and how its daemons get what they need to come in.
final class HostSecurity: Sendable {
    /// For the listener.
    let server: ServerSecurity
    private let keys: PoolKeys?
    /// What daemons need beside a key.
    private let expected: DaemonCredentials
    private let published: Published

    /// The daemons' key where they look for it.
    private final class Published: Sendable {
        private struct State {
            var place: (host: String, port: UInt16)?
            var file: PublishedKey?
        }

        private let state = Mutex(State())

        var path: String? { state.withLock { $0.file?.path } }

        func publish(_ key: RoleKey, host: String, port: UInt16) throws(KeyFileError) {
            let file = try KeyDirectory.default().publish(key, host: host, port: port)
            state.withLock { state in
                state.place = (host, port)
                state.file = file
            }
        }

        /// The key was replaced.
        func replace(_ key: RoleKey) {
            guard let place = state.withLock({ $0.place }) else { return }
            do throws(KeyFileError) {
                try publish(key, host: place.host, port: place.port)
            } catch {
                Logger(label: "hayate.security").warning(
                    "the daemons' new key could not be published: \(error.message)")
            }
        }

        func withdraw() {
            let file = state.withLock { state in
                defer {
                    state.file = nil
                    state.place = nil
                }
                return state.file
            }
            do throws(KeyFileError) {
                try file?.withdraw()
            } catch {
                // The next host of this machine that publishes a key removes it.
                Logger(label: "hayate.security").warning("\(error.message)")
            }
        }
    }

    /// Reads or makes what the pool's settings ask for.
    init(_ daemons: Daemons, at endpoint: Endpoint) throws(HayateError) {
        let published = Published()
        self.published = published
        var server = ServerSecurity()
        let expected = DaemonCredentials()
        var keys: PoolKeys?
        if endpoint.needsCredentials(allowingPlaintext: daemons.allowsPlaintext) {
            switch daemons.security {
            case .ownKeys:
                keys = try PoolKeys(file: nil) { published.replace($0) }
            case .keyFile(let path):
                keys = try PoolKeys(file: path) { published.replace($0) }
            case .certificate, .selfSigned:
                throw HayateError(.transport, "certificates are not there yet")
            }
            if let keys {
                server.keys = try Self.make { () throws(TLSFailure) in
                    try TLSServer(.keys { keys.accepted() })
                }
            }
        }
        self.server = server
        self.keys = keys
        self.expected = expected
    }

    private static func make(
        _ body: () throws(TLSFailure) -> TLSServer
    ) throws(HayateError) -> TLSServer {
        do throws(TLSFailure) { return try body() } catch { throw HayateError(.transport, error.message) }
    }

    /// Puts the daemons' key where daemons look that are told the address alone. A pool whose secret is in
    /// a file can do without.
    func publish(at endpoint: Endpoint, of daemons: Daemons) throws(HayateError) {
        guard let keys, let host = endpoint.host, let port = endpoint.port else { return }
        do throws(KeyFileError) {
            try published.publish(keys.daemonKey, host: host, port: port)
        } catch {
            if case .keyFile = daemons.security { return }
            throw HayateError(.transport, "the daemons' key could not be published: \(error.message)")
        }
    }

    /// The pool is closed.
    func withdraw() { published.withdraw() }

    /// The file with the daemons' key, where one was published.
    var daemonKeyFile: String? { published.path }

    /// What daemons of this machine that the pool starts are told: the key comes on standard input.
    var forOwnDaemons: DaemonCredentials {
        var credentials = expected
        if keys != nil { credentials.keyFile = "-" }
        return credentials
    }

    /// What daemons are told that are started by hand or elsewhere.
    var forOtherDaemons: DaemonCredentials {
        var credentials = expected
        credentials.keyFile = published.path
        return credentials
    }

    /// What a daemon in this process gets.
    var forGuest: DaemonCredentials {
        var credentials = expected
        credentials.key = keys?.daemonKey
        return credentials
    }

    /// What is written to the standard input of the pool's own daemons; nil: nothing.
    func keyText() -> SecretBytes? { keys.map { KeyFile(keys: [$0.daemonKey]).text } }
}
