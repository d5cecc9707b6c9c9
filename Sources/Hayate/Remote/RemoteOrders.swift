import Glibc
import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTLS
import HayateTransport

/// What all machines of a pool have in common: what is started, and how it finds its host.
struct RemoteOrders: Sendable {
    let way: RemotePlace.Way
    /// Where the pool listens.
    let endpoint: Endpoint
    let program: RemoteProgram
    /// The pool's directory on other machines, but for the machine's place.
    let run: String
    let environment: [String: String]
    let gate: ConnectingGate
    let patience: Duration
    private let options: DaemonOptions
    private let keyText: @Sendable () -> SecretBytes?

    /// - Parameter run: nil: a new one.
    init(
        _ place: RemotePlace, _ daemons: Daemons, at endpoint: Endpoint, _ security: HostSecurity,
        run: String? = nil
    ) {
        way = place.way
        self.endpoint = endpoint
        program = place.program
            ?? .uploaded(daemons.executable ?? Entry.executablePath, arguments: daemons.arguments)
        self.run = run ?? Self.newRun()
        environment = daemons.environment.merging(DaemonOptions.startVariables) { own, _ in own }
        gate = ConnectingGate(place.parallel)
        patience = place.patience
        keyText = { [security] in security.keyText() }
        var options = daemons.options
        options.launch = 0
        options.capturesOutput = options.capturesOutput && daemons.taskOutput == .collected
        options.allowsPlaintext = daemons.allowsPlaintext
        // It shall say what stood in its way before it is ended.
        options.connectWithin = daemons.replacement.joinWithin * 3 / 4
        options.credentials = security.forOtherDaemons()
        if security.keyText() != nil { options.credentials.keyFile = RemoteScripts.keyFileWord }
        if let lease = daemons.durability?.lease {
            options.lease = lease
            options.reconnectWithin = options.reconnectWithin ?? lease
        }
        if case .tunnel = place.way {
            // A cut connection of SSH is noticed late, and rebuilt after pauses of up to half a minute.
            if options.lease == DaemonOptions(url: "").lease { options.lease = .seconds(120) }
            options.reconnectWithin = options.reconnectWithin ?? options.lease
        }
        self.options = options
    }

    /// How long daemons stay that have lost their host.
    var lease: Duration { options.lease }

    /// What starts these launches on a machine.
    /// - Parameters:
    ///   - words: the program there.
    ///   - address: where its daemons dial.
    ///   - areReplaced: whether the pool follows them by their numbers, and starts others for those it loses.
    func start(
        _ launches: [(number: UInt64, index: Int)], in run: String, words: [String], address: String,
        areReplaced: Bool
    ) -> RemoteScripts.Start {
        var options = options
        options.url = address
        options.isReplaceable = areReplaced
        let key = keyText().map { text in
            text.withBytes { String(decoding: UnsafeRawBufferPointer($0), as: UTF8.self) }
        }
        return RemoteScripts.Start(
            run: run, launches: launches, words: words + [DaemonOptions.marker] + options.arguments,
            environment: environment, key: key, linger: Int(min(max(2, lease.components.seconds), 30)),
            tellsNumbers: areReplaced)
    }

    /// Where daemons of this machine dial.
    /// - Parameter former: the port there at which daemons of the last host dial.
    /// - Throws: what stands in the way, with the remedy.
    func address(
        of machine: RemoteMachine, over connection: any RemoteConnection, former: UInt16? = nil
    ) async throws(RemoteError) -> String {
        switch way {
        case .tunnel(let ports):
            let local = (host: "127.0.0.1", port: endpoint.port ?? 0)
            let port: UInt16
            do throws(RemoteError) {
                port = try await machine.tunnel(ports: former.map { [$0] } ?? ports, to: local)
            } catch {
                guard let former, !error.isTransient else { throw error }
                throw RemoteError(
                    host: error.host, error.step,
                    "port \(former) there, where the last host's daemons dial, is not free yet: \(error.reason)",
                    isTransient: true)
            }
            return "\(endpoint.scheme.rawValue)://127.0.0.1:\(port)"
        case .direct:
            guard endpoint.isWildcard else { return endpoint.description }
            let remedy =
                "name one that it can dial, with --listen or as the pool's url (tls+tcp://HOST:0), or take the "
                + "tunnel, with --tunnel or tunnelled()"
            func refuse(_ reason: String) -> RemoteError {
                RemoteError(host: machine.host.description, .launch, "\(reason): \(remedy)")
            }
            guard var own = connection.ownAddress else {
                throw refuse("which address of this machine it can reach is unknown, since others are on the way")
            }
            if own.hasPrefix("::ffff:"), own.contains(".") { own = String(own.dropFirst("::ffff:".count)) }
            guard !own.contains(":") || endpoint.host == "::" else {
                throw refuse("it is reached from the IPv6 address \(own), where this pool does not listen")
            }
            return endpoint.with(host: own).description
        }
    }

    /// A name that no other pool has, which says whose it is.
    private static func newRun() -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let plain = host.unicodeScalars.prefix(40).map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": String(scalar)
            default: "-"
            }
        }
        return "\(plain.joined())-\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }
}
