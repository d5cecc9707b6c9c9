import Glibc
import HayateCluster
import HayateCore
import HayateLaunch
import HayateTestTasks
import Synchronization

/// Other machines that are this one: each has a home of its own, `/bin/sh`, and tunnels that are real sockets.
final class TestMachines: RemoteConnector {
    let directory: TemporaryDirectory
    private let machines = Mutex<[String: TestMachine]>([:])
    private let mostConnecting = Mutex((now: 0, ever: 0))

    init() throws { directory = try TemporaryDirectory() }

    subscript(name: String) -> TestMachine {
        machines.withLock { machines in
            if let machine = machines[name] { return machine }
            let home = directory(name)
            mkdir(home, 0o700)
            let machine = TestMachine(name, home: home)
            machines[name] = machine
            return machine
        }
    }

    /// The most that were connected to at the same time.
    var mostAtOnce: Int { mostConnecting.withLock { $0.ever } }

    func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection {
        mostConnecting.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
        // Long enough for others to come in, if they may.
        try? await Task.sleep(for: .milliseconds(20))
        mostConnecting.withLock { $0.now -= 1 }
        return try self[host.host].connect(as: host)
    }

    /// What is left in the homes.
    var remains: [String] {
        machines.withLock { machines in
            machines.values.flatMap { machine in
                TemporaryDirectory.names(in: machine.home).map { "\(machine.name)/\($0)" }
            }
        }
    }
}

/// One of them, whose faults are made on order.
final class TestMachine: Sendable {
    private struct State {
        var refusal: RemoteError?
        var connections: [TestConnection] = []
        var dials = 0
        var ownAddress: String? = "127.0.0.1"
        var lostAnswer: String?
    }

    let name: String
    let home: String
    private let state = Mutex(State())

    init(_ name: String, home: String) {
        self.name = name
        self.home = home
    }

    /// How often somebody has connected, or tried to.
    var dials: Int { state.withLock { $0.dials } }

    /// From now on nobody gets in; nil: everybody does again.
    func refuse(_ error: RemoteError?) { state.withLock { $0.refusal = error } }

    /// The machine cannot be reached now.
    func goAway() {
        refuse(RemoteError(host: name, .connect, "connection refused", isTransient: true))
    }

    /// The connection of the next script that holds this text breaks when it has run, and before its answer comes.
    func loseAnswer(to text: String) { state.withLock { $0.lostAnswer = text } }

    fileprivate func isLost(_ script: String) -> Bool {
        state.withLock { state in
            guard let text = state.lostAnswer, script.contains(text) else { return false }
            state.lostAnswer = nil
            return true
        }
    }

    func hideOwnAddress() { state.withLock { $0.ownAddress = nil } }

    fileprivate func connect(as host: RemoteHost) throws(RemoteError) -> TestConnection {
        let (refusal, own) = state.withLock { state in
            state.dials += 1
            return (state.refusal, state.ownAddress)
        }
        if let refusal { throw refusal }
        let connection = TestConnection(host, self, ownAddress: own)
        state.withLock { $0.connections.append(connection) }
        return connection
    }

    private var open: [TestConnection] { state.withLock { $0.connections.filter { $0.failure == nil } } }

    /// All connections break, and both sides see it.
    func cut() { for connection in open { connection.breakOff() } }

    /// Nothing comes through any more, and nobody notices; the ports over there stay taken.
    func die() { for connection in open { connection.die() } }

    /// This side notices at last.
    func notice() { for connection in open { connection.breakOff(leavingPorts: true) } }

    /// The other side notices, too.
    func freePorts() { for connection in state.withLock({ $0.connections }) { connection.freePorts() } }
}

/// A connection to such a machine.
final class TestConnection: RemoteConnection {
    private typealias Answer = CheckedContinuation<CommandAnswer, Never>

    private struct State {
        var failure: RemoteError?
        var isDead = false
        var proxies: [Proxy] = []
        var ends: [@Sendable () -> Void] = []
        var pending: [UInt64: Answer] = [:]
        var next: UInt64 = 0
    }

    let host: RemoteHost
    let ownAddress: String?
    private let machine: TestMachine
    private let state = Mutex(State())

    init(_ host: RemoteHost, _ machine: TestMachine, ownAddress: String?) {
        self.host = host
        self.machine = machine
        self.ownAddress = ownAddress
    }

    var failure: RemoteError? { state.withLock { $0.failure } }

    private func error(_ step: RemoteError.Step, _ reason: String) -> RemoteError {
        RemoteError(host: host.description, step, reason, isTransient: true)
    }

    func run(_ line: CommandLine) async -> CommandAnswer {
        var line = line
        line.environment["HOME"] = machine.home
        // Another machine knows nothing of this one's.
        line.unset.append("HAYATE_STATE")
        return await withCheckedContinuation { continuation in
            let number = state.withLock { state -> UInt64? in
                guard state.failure == nil else { return nil }
                defer { state.next += 1 }
                state.pending[state.next] = continuation
                return state.next
            }
            guard let number else {
                return continuation.resume(returning: CommandAnswer(.notStarted("the connection is broken")))
            }
            Task { [line] in
                let answer = await CommandRunner.run(line)
                if machine.isLost(line.standardInput ?? "") { breakOff() }
                let waiter = state.withLock { $0.isDead ? nil : $0.pending.removeValue(forKey: number) }
                waiter?.resume(returning: answer)
            }
        }
    }

    func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        var line = CommandLine(["/bin/sh"])
        line.standardInput = script
        line.timeLimit = timeLimit
        return await run(line)
    }

    func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError) {
        guard case .bytes(let bytes) = content else { throw error(.upload, "these machines take no programs") }
        if let failure { throw failure }
        let place = path.hasPrefix("/") ? path : "\(machine.home)/\(path)"
        let file = open(place + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode_t(mode))
        guard file >= 0 else { throw error(.upload, "\(place): \(String(cString: strerror(errno)))") }
        defer { Glibc.close(file) }
        guard write(file, bytes, bytes.count) == bytes.count, rename(place + ".part", place) == 0 else {
            throw error(.upload, "\(place): \(String(cString: strerror(errno)))")
        }
    }

    func forward(
        _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        if let failure { throw failure }
        do {
            let proxy = try Proxy(to: local.port, at: port)
            state.withLock { $0.proxies.append(proxy) }
            return proxy.port
        } catch {
            throw self.error(.tunnel, "port \(port): \(error)")
        }
    }

    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if state.failure == nil { state.ends.append(body) }
            return state.failure != nil
        }
        if isOver { body() }
    }

    func close() async {
        breakOff(as: RemoteError(host: host.description, .command, "the connection was closed"))
    }

    // MARK: Faults

    func breakOff(leavingPorts: Bool = false) {
        breakOff(as: error(.command, "the connection broke"), leavingPorts: leavingPorts)
    }

    private func breakOff(as error: RemoteError, leavingPorts: Bool = false) {
        let (ends, pending) = state.withLock { state in
            guard state.failure == nil else { return ([@Sendable () -> Void](), [Answer]()) }
            state.failure = error
            defer {
                state.ends.removeAll()
                state.pending.removeAll()
            }
            return (state.ends, Array(state.pending.values))
        }
        if !leavingPorts { freePorts() }
        for waiter in pending { waiter.resume(returning: CommandAnswer(.timedOut, errors: error.reason)) }
        for end in ends { end() }
    }

    func die() {
        let proxies = state.withLock { state in
            state.isDead = true
            return state.proxies
        }
        for proxy in proxies { proxy.stop() }
    }

    func freePorts() {
        let proxies = state.withLock { state in
            defer { state.proxies.removeAll() }
            return state.proxies
        }
        for proxy in proxies { proxy.end() }
    }
}
