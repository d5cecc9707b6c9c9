import Glibc
import HayateCore

extension RemoteMachine {
    /// Under the lock: has somebody connect, unless somebody does already.
    func keep(_ state: inout State) {
        guard state.keeper == nil else { return }
        state.keeper = Task { await keepConnected() }
    }

    private enum Step: Sendable {
        case connect
        case pause(nanoseconds: Int64)
        case rest
    }

    private func keepConnected() async {
        while true {
            let step = state.withLock { state -> Step in
                let now = Self.now
                state.plan.resume(at: now)
                switch state.plan.phase {
                case .connecting: return .connect
                case .pausing(let until): return .pause(nanoseconds: max(1_000_000, until.since(now)))
                case .idle, .holding, .failed, .closed:
                    state.keeper = nil
                    return .rest
                }
            }
            switch step {
            case .rest: return
            // Closing ends the pause; the phase says so then.
            case .pause(let time): try? await Task.sleep(for: .nanoseconds(time))
            case .connect: await connect()
            }
        }
    }

    private func connect() async {
        let connection: any RemoteConnection
        do throws(RemoteError) {
            connection = try await connector.connect(to: host)
        } catch {
            return failed(error)
        }
        // Before the tunnels: it may break meanwhile.
        do throws(RemoteError) {
            try await reopenTunnels(on: connection)
        } catch {
            await connection.close()
            return failed(error)
        }
        let outcome = state.withLock { state in
            let wasMissed = state.plan.connected(at: Self.now)
            guard let wasMissed else { return (isWanted: false, [Waiter](), [@Sendable () -> Void]()) }
            state.connection = connection
            defer { state.waiting.removeAll() }
            return (true, Array(state.waiting.values), wasMissed ? state.restored : [])
        }
        guard outcome.isWanted else { return await connection.close() }
        connection.whenEnded { [weak self] in self?.noteEnd(of: connection) }
        for waiter in outcome.1 { waiter.resume(returning: .success(connection)) }
        for body in outcome.2 { body() }
    }

    private typealias Waiter = CheckedContinuation<Result<any RemoteConnection, RemoteError>, Never>

    private func failed(_ error: RemoteError) {
        let waiting = state.withLock { state -> [Waiter] in
            state.plan.failed(error, at: Self.now, jitter: .random(in: 0..<1))
            guard case .failed = state.plan.phase else { return [] }
            defer { state.waiting.removeAll() }
            return Array(state.waiting.values)
        }
        for waiter in waiting { waiter.resume(returning: .failure(error)) }
    }

    /// A connection has broken, or was closed by somebody else.
    func noteEnd(of connection: any RemoteConnection) {
        let failure = connection.failure
        let broken = state.withLock { state -> [@Sendable (RemoteError?) -> Void] in
            guard state.connection === connection else { return [] }
            state.connection = nil
            state.plan.broke(failure, at: Self.now, jitter: .random(in: 0..<1))
            keep(&state)
            return state.broken
        }
        for body in broken { body(failure) }
    }

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
