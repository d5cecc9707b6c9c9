import HayateCluster
import HayateCore
import Synchronization

@testable import HayateLaunch

/// A machine that does what the test says, without any process.
final class ScriptedMachine: RemoteConnector {
    struct State {
        var refusals: [RemoteError] = []
        var connections: [ScriptedConnection] = []
        /// Ports that somebody else has, and how often they are still refused.
        var taken: [UInt16: Int] = [:]
        var isHanging = false
    }

    let state = Mutex(State())

    func connect(to host: RemoteHost) async throws(RemoteError) -> any RemoteConnection {
        while state.withLock({ $0.isHanging }) { try? await Task.sleep(for: .milliseconds(5)) }
        let connection = ScriptedConnection(host, self)
        let refusal = state.withLock { state -> RemoteError? in
            guard state.refusals.isEmpty else { return state.refusals.removeFirst() }
            state.connections.append(connection)
            return nil
        }
        if let refusal { throw refusal }
        return connection
    }

    var connections: [ScriptedConnection] { state.withLock { $0.connections } }
}

/// Answers commands when it is told to.
final class ScriptedConnection: RemoteConnection {
    struct State {
        var failure: RemoteError?
        var ends: [@Sendable () -> Void] = []
        var commands: [String] = []
        var scripts: [String] = []
        var ports: [UInt16] = []
        var waiting: [CheckedContinuation<CommandAnswer, Never>] = []
        /// How many commands are said not to have begun, as if the connection had broken just before.
        var unbegun = 0
        var isHolding = false
    }

    private typealias Waiter = CheckedContinuation<CommandAnswer, Never>

    let host: RemoteHost
    let ownAddress: String? = nil
    private let machine: ScriptedMachine
    let state = Mutex(State())

    init(_ host: RemoteHost, _ machine: ScriptedMachine) {
        self.host = host
        self.machine = machine
    }

    var failure: RemoteError? { state.withLock { $0.failure } }

    func run(_ line: CommandLine) async -> CommandAnswer {
        let isUnbegun = state.withLock { state in
            guard state.unbegun == 0 else {
                state.unbegun -= 1
                return true
            }
            state.commands.append(line.words.joined(separator: " "))
            return false
        }
        if isUnbegun {
            breakOff()
            return CommandAnswer(.notStarted("the connection broke"))
        }
        return await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHolding { state.waiting.append(continuation) }
                return state.isHolding
            }
            if !isHeld { continuation.resume(returning: CommandAnswer(.process(.exited(code: 0)), output: "done")) }
        }
    }

    func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        state.withLock { $0.scripts.append(script) }
        return CommandAnswer(.process(.exited(code: 0)), output: "hayate-server 4711 99\n")
    }

    func upload(_ content: RemoteContent, to path: String, mode: UInt32) async throws(RemoteError) {}

    func forward(
        _ port: UInt16, on address: String, to local: (host: String, port: UInt16)
    ) async throws(RemoteError) -> UInt16 {
        if let failure { throw failure }
        let isTaken = machine.state.withLock { state in
            guard let left = state.taken[port], left > 0 else { return false }
            state.taken[port] = left - 1
            return true
        }
        if isTaken { throw RemoteError(host: host.description, .tunnel, "port \(port) is taken", isTransient: true) }
        let given = port == 0 ? 40_000 : port
        state.withLock { $0.ports.append(given) }
        return given
    }

    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if state.failure == nil { state.ends.append(body) }
            return state.failure != nil
        }
        if isOver { body() }
    }

    func close() async { breakOff() }

    func breakOff() {
        let (ends, waiting) = state.withLock { state in
            guard state.failure == nil else { return ([@Sendable () -> Void](), [Waiter]()) }
            state.failure = RemoteError(host: host.description, .command, "the connection broke", isTransient: true)
            defer {
                state.ends.removeAll()
                state.waiting.removeAll()
            }
            return (state.ends, state.waiting)
        }
        for waiter in waiting { waiter.resume(returning: CommandAnswer(.timedOut, errors: "the connection broke")) }
        for end in ends { end() }
    }
}
