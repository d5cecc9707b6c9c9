import CNNG
import Synchronization

/// One attempt to connect, with a deadline.
///
/// The result comes exactly once, from a thread of the transport: a connection, which its receiver
/// must `start` or close, or an error (`.timedOut`, `.cancelled`, `.connectionRefused`, …). How
/// often and when to try again is the caller's matter (`Backoff`). It lives until the result is
/// given.
///
/// It is safe to share: `state` is a `Mutex`, the rest is constant; the library's handles are freed
/// once, by the reaper, after the gate is closed and left by all.
public final class Dialer: @unchecked Sendable {
    private struct State {
        var gate = UseGate()
        var timer: TimerQueue.Timer?
        var isFinished = false
        /// Keeps the dialer alive while the library may call it.
        var itself: Dialer?
    }

    public let endpoint: Endpoint
    private let limits: TransportLimits
    private let security: @Sendable () -> Security
    private let onResult: @Sendable (Result<Connection, TransportError>) -> Void
    private let handle: OpaquePointer
    private let operation: OpaquePointer
    private let argument: Unmanaged<Target>
    private let state = Mutex(State())

    private final class Target {
        weak var dialer: Dialer?
    }

    /// Starts to dial. Throws only when the address or the memory does not allow to try.
    @discardableResult
    public init(
        _ endpoint: Endpoint, deadline: Duration, limits: TransportLimits = TransportLimits(),
        security: @escaping @Sendable () -> Security = { .plain },
        onResult: @escaping @Sendable (Result<Connection, TransportError>) -> Void
    ) throws(TransportError) {
        self.endpoint = endpoint
        self.limits = limits
        self.security = security
        self.onResult = onResult
        let subject = "Dialing \(endpoint)"
        try endpoint.demand(security())
        var handle: OpaquePointer?
        var result = nng_stream_dialer_alloc(&handle, endpoint.streamAddress)
        guard result == 0, let handle else { throw .library(result, subject) }
        if !endpoint.isLocalSocket {
            result = nng_stream_dialer_set_bool(handle, NNG_OPT_TCP_NODELAY, true)
        }
        let target = Target()
        let argument = Unmanaged.passRetained(target)
        var operation: OpaquePointer?
        if result == 0 {
            result = nng_aio_alloc(
                &operation,
                { argument in
                    guard let argument else { return }
                    Unmanaged<Target>.fromOpaque(argument).takeUnretainedValue().dialer?.dialed()
                }, argument.toOpaque())
        }
        guard result == 0, let operation else {
            argument.release()
            nng_stream_dialer_free(handle)
            throw .library(result, subject)
        }
        self.handle = handle
        self.operation = operation
        self.argument = argument
        target.dialer = self
        state.withLock { state in
            state.itself = self
            _ = state.gate.enter()
        }
        let timer = TimerQueue.shared.schedule(after: deadline) { [weak self] in
            guard let self else { return }
            finish(
                .failure(
                    TransportError(
                        .timedOut,
                        "Dialing \(endpoint): no answer within \(deadline); check the network and "
                            + "the firewall.")))
        }
        nng_stream_dialer_dial(handle, operation)
        let isLate = state.withLock { state in
            state.timer = timer
            return state.isFinished
        }
        if isLate { TimerQueue.shared.cancel(timer) }
        leaveGate()
    }

    /// Gives up; the result is then `.cancelled` unless it was given before.
    public func cancel() {
        finish(
            .failure(TransportError(.cancelled, "Dialing \(endpoint): it was cancelled.")))
    }

    /// Gives the result if none was given, and has the rest taken apart.
    private func finish(_ result: Result<Connection, TransportError>) {
        let (isFirst, isFree, timer) = state.withLock { state -> (Bool, Bool, TimerQueue.Timer?) in
            guard !state.isFinished else { return (false, false, nil) }
            state.isFinished = true
            // Before anyone can hand it over.
            Reaper.shared.announce()
            return (true, state.gate.close() ?? false, state.timer)
        }
        guard isFirst else {
            if case .success(let connection) = result { connection.close(.requested) }
            return
        }
        if let timer { TimerQueue.shared.cancel(timer) }
        onResult(result)
        if isFree { handToReaper() }
    }

    private func leaveGate() {
        if state.withLock({ $0.gate.leave() }) { handToReaper() }
    }

    private func handToReaper() {
        Reaper.shared.perform { self.tearDown() }
    }

    private func tearDown() {
        nng_stream_dialer_close(handle)
        // A dial that succeeded after all calls back before this returns.
        nng_aio_stop(operation)
        nng_stream_dialer_free(handle)
        nng_aio_free(operation)
        argument.release()
        let itself = state.withLock { state in
            defer { state.itself = nil }
            return state.itself
        }
        withExtendedLifetime(itself) {}
    }

    /// Called by the library when the dial succeeded or failed.
    private func dialed() {
        let result = nng_aio_result(operation)
        guard result == 0, let stream = nng_aio_get_output(operation, 0).map(OpaquePointer.init)
        else {
            finish(.failure(.library(result, "Dialing \(endpoint)")))
            return
        }
        let peer = Peer(stream: stream, endpoint: endpoint)
        guard !peer.isForeign(at: endpoint) else {
            Reaper.shared.discard(stream)
            finish(
                .failure(
                    TransportError(
                        .foreignPeer,
                        "Dialing \(endpoint): \(peer) listens there and not one of ours; "
                            + "use a private directory.")))
            return
        }
        do throws(TransportError) {
            finish(
                .success(
                    try Connection(
                        stream: stream, peer: peer, limits: limits, security: security())))
        } catch {
            finish(.failure(error))
        }
    }
}
