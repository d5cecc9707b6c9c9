import HayateCluster
import HayateCore
import HayateDaemon
import HayateLaunch
import HayateTLS
import HayateTransport
import Logging
import Synchronization

/// A cluster whose scheduler's commands are on another machine: the way there, and what the pool has on that side.
///
/// Daemons of its compute nodes dial a relay on that machine. It hands their bytes on to a port of its own loopback,
/// from where the connection that also carries the commands leads to the host.
final class FarCluster: CommandTransport {
    struct State {
        var machine: RemoteMachine
        /// Something of ours may be there.
        var hasBegun = false
        var side: FarSide?
        var relayWords: [String] = []
        /// The port there that leads here, while this machine has it.
        var port: UInt16?
        /// The same of an earlier time, to which a relay and daemons may hold on; nil: none does.
        var formerPort: UInt16?
        var timer: TimerQueue.Timer?
        var isOver = false
    }

    let host: RemoteHost
    /// The run's directory there: absolute, or from the home directory.
    let directory: String
    private let connector: any RemoteConnector
    /// Called with what is wrong with the relay; nil: nothing.
    private let told: @Sendable (String?) -> Void
    let state: Mutex<State>

    /// How long the relay lives without a sign of life, and how often it gets one.
    private let lease: Duration
    static let shortestLease = Duration.seconds(300)
    private static let interval = Duration.seconds(60)

    /// - Parameters:
    ///   - lease: how long daemons wait for a host that is gone.
    ///   - formerPort: that of the host before, whose relay may still be there.
    init(
        _ host: RemoteHost, directory: String, by connector: any RemoteConnector, lease: Duration = .zero,
        formerPort: UInt16? = nil, told: @escaping @Sendable (String?) -> Void
    ) {
        self.host = host
        self.directory = directory
        self.connector = connector
        self.told = told
        self.lease = max(lease, Self.shortestLease)
        state = Mutex(State(machine: Self.machine(host, by: connector), formerPort: formerPort))
    }

    private static func machine(_ host: RemoteHost, by connector: any RemoteConnector) -> RemoteMachine {
        let machine = RemoteMachine(host, by: connector)
        machine.whenBroken { error in
            let reason = error?.reason ?? "the connection was closed"
            ClusterLauncher.log.warning("\(host): \(reason); it is opened again, and tasks go on")
        }
        machine.whenRestored { ClusterLauncher.log.warning("\(host): it is connected again") }
        return machine
    }

    var machine: RemoteMachine { state.withLock { $0.machine } }

    /// A machine that could not be reached for good is not tried again by itself.
    func forget() async {
        let old = state.withLock { state in
            defer {
                state.machine = Self.machine(host, by: connector)
                state.formerPort = state.formerPort == nil ? nil : state.port ?? state.formerPort
                state.port = nil
            }
            return state.machine
        }
        await old.close()
    }

    // MARK: Commands

    func run(_ line: CommandLine) async -> CommandAnswer {
        await answer { await $0.run(line) }
    }

    func run(script: String, timeLimit: Duration = .seconds(60)) async -> CommandAnswer {
        await answer { await $0.run(script: script, timeLimit: timeLimit) }
    }

    /// What was not sent is said in the words by which readers of answers know that the scheduler has not heard it.
    private func answer(_ body: (any RemoteConnection) async -> CommandAnswer) async -> CommandAnswer {
        let connection: any RemoteConnection
        do throws(RemoteError) {
            connection = try await machine.connection()
        } catch {
            return Self.unreachable(error)
        }
        let answer = await body(connection)
        if case .notStarted = answer.end, let failure = connection.failure { return Self.unreachable(failure) }
        return answer
    }

    private static func unreachable(_ error: RemoteError) -> CommandAnswer {
        CommandAnswer(.process(.exited(code: 255)), errors: "ssh: connect to host \(error)\n")
    }

    /// A job's script, for schedulers that read it from a file.
    func upload(script: String, of name: String) async throws(RemoteError) -> String {
        let path = "\(state.withLock { $0.side?.directory } ?? directory)/\(name).sh"
        try await machine.connection().upload(.bytes(Array(script.utf8)), to: path, mode: 0o600)
        return path
    }

    // MARK: The other side

    /// Brings there what is needed: directory, program, key, tunnel and relay.
    /// - Parameters:
    ///   - endpoint: where the host listens.
    ///   - program: the daemon's.
    func prepare(
        _ target: ClusterTarget, _ endpoint: Endpoint, _ program: RemoteProgram, key: SecretBytes?,
        _ reader: any AnswerReader
    ) async throws(RemoteError) -> FarSide {
        let machine = machine
        let connection = try await machine.connection()
        state.withLock { $0.hasBegun = true }
        let script = FarScript(directory: directory)
        let said = await connection.run(script: script.begin, timeLimit: .seconds(60))
        guard let user = script.answer("user", in: said.output), let home = script.answer("home", in: said.output),
            let place = script.answer("directory", in: said.output), place.hasPrefix("/")
        else {
            throw failure(
                .deploy, "the directory \(directory) could not be made there (\(Self.words(of: said))): name another one "
                    + "with runtime.sharedDirectory of the site", connection)
        }
        let words = try await program.words(on: connection)
        if let key {
            let bytes = key.withBytes { Array($0) }
            try await connection.upload(.bytes(bytes), to: "\(place)/\(RelayOptions.keyFile)", mode: 0o600)
        }
        let local = (endpoint.isWildcard ? "127.0.0.1" : endpoint.host ?? "127.0.0.1", endpoint.port ?? 0)
        let port = try await tunnel(machine, to: (host: local.0, port: local.1))
        var options = RelayOptions(directory: place, target: port)
        options.dialBack = target.site.network.dialBack
        options.ports = target.site.network.ports.map {
            UInt16(clamping: $0.lowerBound)...UInt16(clamping: $0.upperBound)
        }
        options.lease = lease
        if case .route = options.dialBack, let query = reader.nodeQuery {
            options.nodes = Array(reader.readNodes(await run(query)).prefix(16))
        }
        let relayWords = words + [DaemonOptions.marker, RelayOptions.word] + options.arguments
        let relay = try await relay(relayWords)
        let side = FarSide(user: user, home: home, directory: place, program: words, port: port, relay: relay)
        state.withLock { state in
            state.side = side
            state.relayWords = relayWords
        }
        machine.whenRestored { [weak self] in self?.keepNow() }
        keepLater()
        return side
    }

    /// A port over there that leads to the host. That of the host before comes first: its relay hands on to it.
    private func tunnel(
        _ machine: RemoteMachine, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        let (present, former) = state.withLock { ($0.formerPort == nil ? nil : $0.port, $0.formerPort) }
        if let present { return present }
        let port: UInt16
        if let former {
            do throws(RemoteError) {
                port = try await machine.tunnel(ports: [former], to: local)
            } catch {
                var error = error
                error.reason =
                    "port \(former) there, through which the daemons of the last host dial, is not free yet: "
                    + error.reason
                error.isTransient = true
                throw error
            }
        } else {
            port = try await machine.tunnel(to: local)
        }
        state.withLock { $0.port = port }
        return port
    }

    /// Starts the relay, or finds it.
    private func relay(_ words: [String]) async throws(RemoteError) -> RelayAddress {
        let script = FarScript(directory: directory)
        let said = await run(script: script.relay(words))
        let line = script.answer("relay", in: said.output).map { "relay \($0)" }
        if let address = line.flatMap({ RelayAddress(text: $0) }) {
            guard let node = script.answer("node", in: said.output), node != address.node else { return address }
            throw failure(
                .tunnel, "the connection leads to \(node) now, and daemons dial \(address.node): name one login node as "
                    + "access.host of the cluster, and start again")
        }
        if script.answer("gone", in: said.output) != nil {
            throw failure(.tunnel, "the run's directory \(directory) is gone there: start again")
        }
        let fault = script.answer("fault", in: said.output) ?? Self.words(of: said)
        throw failure(.tunnel, "the relay for daemons does not start: \(fault)", try? await machine.connection())
    }

    /// Whoever looks for a reason finds that of the connection where it has one.
    private func failure(
        _ step: RemoteError.Step, _ reason: String, _ connection: (any RemoteConnection)? = nil
    ) -> RemoteError {
        connection?.failure ?? RemoteError(host: "\(host)", step, reason)
    }

    private static func words(of answer: CommandAnswer) -> String {
        let lines = (answer.errors + "\n" + answer.output).split(separator: "\n")
        return lines.first.map { String($0.prefix(300)) } ?? "it says nothing"
    }

    // MARK: The relay's life

    private func keepLater() {
        let timer = TimerQueue.shared.schedule(after: Self.interval) { [weak self] in
            self?.keepNow()
            self?.keepLater()
        }
        let isLate = state.withLock { state in
            guard !state.isOver else { return true }
            state.timer = timer
            return false
        }
        if isLate { TimerQueue.shared.cancel(timer) }
    }

    /// Gives the relay its sign of life, and starts it again where it is gone.
    private func keepNow() {
        let (words, known, isOver) = state.withLock { ($0.relayWords, $0.side?.relay, $0.isOver) }
        guard let known, !isOver else { return }
        Task {
            do throws(RemoteError) {
                let now = try await relay(words)
                guard (now.host, now.port) == (known.host, known.port) else {
                    throw failure(.tunnel, "the relay listens at \(now.host) port \(now.port), and daemons dial "
                        + "\(known.host) port \(known.port): start again")
                }
                told(machine.tunnelFailure(at: state.withLock { $0.side?.port } ?? 0)?.description)
            } catch {
                // A connection that is away comes back; its own sentence is told by those who need it.
                if !error.isTransient, !state.withLock({ $0.isOver }) { told(error.description) }
            }
        }
    }

    // MARK: Logs

    /// The last lines of logs, on one line each; nil: there are none, or they cannot be read.
    func tails(of logs: [(name: String, element: Int?)]) async -> [String?] {
        guard let place = state.withLock({ $0.side?.directory }) else { return logs.map { _ in nil } }
        let script = FarScript(directory: directory)
        let files = logs.map { RunDirectory.log(in: place, of: $0.name, element: $0.element) }
        let said = await run(script: script.tails(of: files), timeLimit: .seconds(20))
        var texts: [Int: String] = [:]
        var current: Int?
        for line in said.output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(script.mark) {
                current = script.answer("tail", in: String(line)).flatMap { Int($0) }
            } else if let current {
                texts[current, default: ""] += line + "\n"
            }
        }
        return files.indices.map { texts[$0].flatMap { RunDirectory.lastLines(of: $0) } }
    }

    // MARK: The end

    /// Ends the relay, and takes away what the pool has there.
    /// - Returns: whether nothing of it is left there but logs that people may want to read.
    func remove(_ removal: FarScript.Removal) async -> Bool {
        let hasBegun = state.withLock { state in
            state.isOver = true
            if let timer = state.timer { TimerQueue.shared.cancel(timer) }
            return state.hasBegun
        }
        let isClean = hasBegun ? await removeNow(removal) : true
        await machine.close()
        return isClean
    }

    private func removeNow(_ removal: FarScript.Removal) async -> Bool {
        let script = FarScript(directory: directory)
        let said = await run(script: script.remove(removal), timeLimit: .seconds(20))
        if script.answer("removed", in: said.output) != nil { return true }
        if script.answer("kept", in: said.output) != nil { return removal == .allButLogs }
        Logger(label: "hayate.cluster").warning(
            """
            what the pool has on \(host) could not be removed (\(Self.words(of: said))): run 'hayate allocations \
            clean' when it can be reached again
            """)
        return false
    }
}
