import Glibc
import HayateCluster
import HayateCore
import Synchronization

/// A machine that one works on for a long time: its connection is opened when it is first needed, and again with
/// growing pauses when it has broken, with the same tunnels.
///
/// `ReconnectionPlan` decides when; this is the shell around it.
public final class RemoteMachine: CommandTransport {
    public let host: RemoteHost
    /// How long whoever needs a connection waits for one.
    public let patience: Duration
    let connector: any RemoteConnector
    let state: Mutex<State>

    struct State {
        var plan: ReconnectionPlan
        var connection: (any RemoteConnection)?
        var waiting: [UInt64: CheckedContinuation<Result<any RemoteConnection, RemoteError>, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var tunnels: [Tunnel] = []
        /// What served the last connection over there, if its tunnels are ours.
        var server: ServerProcess?
        var restored: [@Sendable () -> Void] = []
        var broken: [@Sendable (RemoteError?) -> Void] = []
        /// Connects, and pauses between tries; nil while there is nothing to do.
        var keeper: Task<Void, Never>?
    }

    public convenience init(_ host: RemoteHost, by connector: any RemoteConnector, patience: Duration = .seconds(30)) {
        self.init(host, by: connector, patience: patience, limits: ReconnectionPlan.Limits())
    }

    init(
        _ host: RemoteHost, by connector: any RemoteConnector, patience: Duration, limits: ReconnectionPlan.Limits
    ) {
        self.host = host
        self.connector = connector
        self.patience = patience
        state = Mutex(State(plan: ReconnectionPlan(limits)))
    }

    // MARK: The connection

    /// The connection that holds now, or the next one.
    /// - Throws: why none can be had: at once for what another try would not better, otherwise after `patience`.
    public func connection() async throws(RemoteError) -> any RemoteConnection {
        try await connection(within: patience)
    }

    /// The same with another patience.
    public func connection(within patience: Duration) async throws(RemoteError) -> any RemoteConnection {
        let number = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        let timer = Task { [weak self] in
            do { try await Task.sleep(for: patience) } catch { return }
            self?.giveUp(number)
        }
        defer { timer.cancel() }
        let result = await withCheckedContinuation { continuation in
            let result = state.withLock { state -> Result<any RemoteConnection, RemoteError>? in
                switch state.plan.phase {
                case .failed(let error): return .failure(error)
                case .closed: return .failure(closedError)
                case .holding:
                    if let connection = state.connection, connection.failure == nil { return .success(connection) }
                case .idle, .connecting, .pausing: break
                }
                state.waiting[number] = continuation
                if state.plan.needed() { keep(&state) }
                return nil
            }
            if let result { continuation.resume(returning: result) }
        }
        return try result.get()
    }

    /// The connection if one holds now.
    public var present: (any RemoteConnection)? {
        state.withLock { state in
            guard case .holding = state.plan.phase, state.connection?.failure == nil else { return nil }
            return state.connection
        }
    }

    private func giveUp(_ number: UInt64) {
        let (waiter, reason) = state.withLock { ($0.waiting.removeValue(forKey: number), $0.plan.lastError) }
        let error = reason ?? RemoteError(
            host: host.description, .connect, "no answer within \(patience.readable)", isTransient: true)
        waiter?.resume(returning: .failure(error))
    }

    var closedError: RemoteError {
        RemoteError(host: host.description, .connect, "the way to it was closed")
    }

    /// Calls after each time that the connection was rebuilt, or built after somebody had waited in vain.
    public func whenRestored(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.restored.append(body) }
    }

    /// Calls each time that the connection has broken, with the reason.
    public func whenBroken(_ body: @escaping @Sendable (RemoteError?) -> Void) {
        state.withLock { $0.broken.append(body) }
    }

    // MARK: Commands

    public func run(_ line: CommandLine) async -> CommandAnswer {
        await run { await $0.run(line) }
    }

    public func run(script: String, timeLimit: Duration) async -> CommandAnswer {
        await run { await $0.run(script: script, timeLimit: timeLimit) }
    }

    /// Only what has certainly not begun is tried again on another connection. What a command did whose connection
    /// broke is unknown, and its answer says so.
    private func run(_ body: (any RemoteConnection) async -> CommandAnswer) async -> CommandAnswer {
        let deadline = ContinuousClock.now + patience
        while true {
            let connection: any RemoteConnection
            do {
                connection = try await self.connection(within: deadline - .now)
            } catch {
                return CommandAnswer(.notStarted(error.description))
            }
            let answer = await body(connection)
            guard case .notStarted = answer.end, connection.failure != nil, ContinuousClock.now < deadline else {
                return answer
            }
            // Its end is told at any moment; until then it would be handed out again.
            noteEnd(of: connection)
        }
    }

    // MARK: The end

    /// For good.
    public func close() async {
        let (connection, waiting, keeper) = state.withLock { state in
            state.plan.close()
            defer {
                state.waiting.removeAll()
                state.connection = nil
                state.tunnels.removeAll()
                state.restored.removeAll()
                state.broken.removeAll()
            }
            return (state.connection, Array(state.waiting.values), state.keeper)
        }
        keeper?.cancel()
        for waiter in waiting { waiter.resume(returning: .failure(closedError)) }
        await connection?.close()
    }
}

extension Duration {
    /// Whole seconds, for people.
    fileprivate var readable: String { "\(max(0, components.seconds)) s" }
}
