import Dispatch
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
    private let watching = Mutex(Watching.nothing)

    /// The look at the file with the secret, once a second.
    private enum Watching {
        case nothing
        case waits(TimerQueue.Timer)
        case over
    }

    /// The daemons' key where they look for it.
    private final class Published: Sendable {
        private struct State {
            var place: (host: String, port: UInt16)?
            var file: PublishedKey?
            /// Of the key that was published.
            var id: String?
            var isWithdrawn = false
        }

        private let state = Mutex(State())

        var path: String? { state.withLock { $0.file?.path } }

        func publish(_ key: RoleKey, host: String, port: UInt16) throws(KeyFileError) {
            let file = try KeyDirectory.default().publish(key, host: host, port: port)
            let isLate = state.withLock { state in
                guard !state.isWithdrawn else { return true }
                state.place = (host, port)
                state.file = file
                state.id = key.id
                return false
            }
            // The pool was closed meanwhile.
            if isLate { try file.withdraw() }
        }

        /// Publishes the key if another one is there. Where that fails it is tried again.
        func keep(_ key: RoleKey) {
            let place = state.withLock { $0.id == key.id ? nil : $0.place }
            guard let place else { return }
            do throws(KeyFileError) {
                try publish(key, host: place.host, port: place.port)
            } catch {
                Logger(label: "hayate.security").warning(
                    "the daemons' new key could not be published: \(error.message)")
            }
        }

        func withdraw() {
            let file = state.withLock { state in
                state.isWithdrawn = true
                defer { state.file = nil }
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
        published = Published()
        var server = ServerSecurity()
        var expected = daemons.options.credentials
        var keys: PoolKeys?
        let settings = daemons.security
        if endpoint.needsCredentials(allowingPlaintext: daemons.allowsPlaintext) {
            // A certificate takes the place of keys on tls+tcp://, and is beside them on wss://.
            let shows = endpoint.scheme == .wss
                || (endpoint.scheme == .tlsTCP && settings.certificate != nil)
            if shows {
                let own = try Self.certificate(settings.certificate ?? .selfSigned, at: endpoint)
                let clients = try Self.clients(of: settings, at: endpoint)
                server.certificate = try Self.make { () throws(TLSFailure) in
                    try TLSServer(.certificate(own, clients: clients))
                }
                if !expected.expectsCertificate { expected.fingerprint = "\(own.fingerprint)" }
            }
            if !shows || endpoint.scheme == .wss {
                let pool = try PoolKeys(file: settings.keyFile)
                server.keys = try Self.make { () throws(TLSFailure) in
                    try TLSServer(.keys { pool.accepted() })
                }
                keys = pool
            }
        }
        self.server = server
        self.keys = keys
        self.expected = expected
    }

    private static func certificate(
        _ certificate: PoolSecurity.HostCertificate, at endpoint: Endpoint
    ) throws(HayateError) -> OwnCertificate {
        switch certificate {
        case .own(let own): return own
        case .selfSigned:
            return try make { () throws(TLSFailure) in
                try SelfSigned.make(for: endpoint.host ?? "localhost").own
            }
        }
    }

    /// Whose certificates daemons must show; nil: nobody asks.
    private static func clients(
        of settings: PoolSecurity, at endpoint: Endpoint
    ) throws(HayateError) -> Trust? {
        // Keys inside tell who may come in.
        if endpoint.scheme == .wss { return nil }
        switch settings.clients {
        case .anybody:
            Logger(label: "hayate.security").warning(
                "whoever reaches \(endpoint) may join as a daemon: it asks for no certificates of clients")
            return nil
        case nil:
            throw HayateError(
                .invalidArgument,
                "a host with a certificate has to know its daemons: set clients to .trusted(…), or to .anybody "
                    + "if whoever reaches the port may be one")
        case .trusted(let trust): return trust
        }
    }

    private static func make<Part>(_ body: () throws(TLSFailure) -> Part) throws(HayateError) -> Part {
        do throws(TLSFailure) { return try body() } catch { throw HayateError(.transport, error.message) }
    }

    /// Puts the daemons' key where daemons look that are told the address alone. A pool whose secret is in
    /// a file can do without.
    func publish(at endpoint: Endpoint, of daemons: Daemons) throws(HayateError) {
        guard let keys, let host = endpoint.host, let port = endpoint.port else { return }
        do throws(KeyFileError) {
            try published.publish(keys.daemonKey, host: host, port: port)
        } catch {
            guard daemons.security.keyFile != nil else {
                throw HayateError(
                    .transport, "the daemons' key could not be published: \(error.message)")
            }
        }
        if daemons.security.keyFile != nil { watch() }
    }

    /// How peers came in. With keys inside of another TLS, these count.
    var handshakes: (full: Int, resumed: Int) {
        let counted = (server.keys ?? server.certificate)?.handshakes
        return (counted?.full ?? 0, counted?.resumed ?? 0)
    }

    /// A secret that is replaced shall be seen before the next daemon dials, which finds the new key only
    /// when it was published. A file system may keep one waiting: not the thread of the timers.
    private func watch() {
        let next = TimerQueue.shared.schedule(after: .seconds(1)) { [weak self] in
            DispatchQueue.global(qos: .utility).async { [weak self] in
                guard let self, let keys else { return }
                keys.lookAtFile()
                published.keep(keys.daemonKey)
                watch()
            }
        }
        let isLate = watching.withLock { watching in
            if case .over = watching { return true }
            watching = .waits(next)
            return false
        }
        if isLate { TimerQueue.shared.cancel(next) }
    }

    /// The pool is closed.
    func withdraw() {
        let timer = watching.withLock { watching -> TimerQueue.Timer? in
            defer { watching = .over }
            if case .waits(let timer) = watching { return timer }
            return nil
        }
        if let timer { TimerQueue.shared.cancel(timer) }
        published.withdraw()
    }

    /// The file with the daemons' key, where one was published.
    var daemonKeyFile: String? { published.path }

    /// What daemons of this machine that the pool starts are told: the key comes on standard input.
    var forOwnDaemons: DaemonCredentials {
        var credentials = expected
        if keys != nil { credentials.keyFile = "-" }
        return credentials
    }

    /// What daemons are told that are started by hand or elsewhere.
    /// - Parameter key: where they find the key, if there is one.
    func forOtherDaemons(_ key: LaunchKey = .published) -> DaemonCredentials {
        var credentials = expected
        guard let path = published.path else { return credentials }
        switch key {
        case .published: credentials.keyFile = path
        case .file(let other): credentials.keyFile = other
        case .standardInput: credentials.keyFile = "-"
        }
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
