import CNNG
import Glibc

/// Accepts connections at an address until it is closed.
///
/// Each accepted connection has a place in the admission queue until `Connection.admitted()`;
/// without it the connection is closed at the deadline, or earlier when newer ones need the place.
/// On a Unix socket, peers of other users are closed at once and counted.
///
/// It lives until it is closed, whoever refers to it.
///
/// It is safe to share: `state` is a `Monitor`, the rest is constant; the library's handles are
/// freed once, after `isClosing` is set, nobody issues operations and the accepting operation is
/// stopped.
public final class Listener: @unchecked Sendable {
    private struct State {
        var isClosing = false
        var isClosed = false
        /// How many threads are just issuing an operation.
        var issuing = 0
        /// The thread that is inside `admit`, which cannot wait for itself.
        var callbackThread: UInt?
        var admission: AdmissionQueue
        var unadmitted: [UInt64: Connection] = [:]
        var expiryTimer: TimerQueue.Timer?
        var refusedPeers = 0
        var evictedConnections = 0
        var acceptFailures = 0
        /// Keeps the listener alive while the library may call it.
        var itself: Listener?
    }

    /// Where it really listens: port 0 is replaced by the port that the system chose.
    public let endpoint: Endpoint

    private let limits: TransportLimits
    private let security: @Sendable () -> Security
    private let turnedAway: @Sendable (Peer) -> Void
    private let admit: @Sendable (Connection) -> Void
    private let handle: OpaquePointer
    private let operation: OpaquePointer
    private let state: Monitor<State>

    /// Binds, listens and accepts. `admit` gets each connection, one after the other, on a thread
    /// of the transport; it must be short and either `start` the connection or close it. `security`
    /// makes the cipher of each connection. `turnedAway` hears of other users at a Unix socket, likewise.
    public init(
        _ endpoint: Endpoint, limits: TransportLimits = TransportLimits(),
        security: @escaping @Sendable () -> Security = { .plain },
        turnedAway: @escaping @Sendable (Peer) -> Void = { _ in },
        admit: @escaping @Sendable (Connection) -> Void
    ) throws(TransportError) {
        self.limits = limits
        self.security = security
        self.turnedAway = turnedAway
        self.admit = admit
        state = Monitor(
            State(
                admission: AdmissionQueue(
                    capacity: limits.unadmittedConnections, deadline: limits.admissionDeadline)))
        try endpoint.demand(security())
        (handle, self.endpoint) = try Self.listen(endpoint)
        let target = WeakListener()
        var operation: OpaquePointer?
        let argument = Unmanaged.passRetained(target)
        let result = nng_aio_alloc(&operation, { WeakListener.accepted($0) }, argument.toOpaque())
        guard result == 0, let operation else {
            argument.release()
            nng_stream_listener_free(handle)
            throw .library(result, "Listening at \(endpoint)")
        }
        self.operation = operation
        self.argument = argument
        target.listener = self
        state.withLock { $0.itself = self }
        issue { nng_stream_listener_accept(handle, operation) }
    }

    private let argument: Unmanaged<WeakListener>

    private final class WeakListener {
        weak var listener: Listener?

        static func accepted(_ argument: UnsafeMutableRawPointer?) {
            guard let argument else { return }
            Unmanaged<WeakListener>.fromOpaque(argument).takeUnretainedValue().listener?.accepted()
        }
    }

    /// The library takes whatever is at the path for a socket that was left over, and removes it.
    private static func checkPlace(_ path: String, _ subject: String) throws(TransportError) {
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw TransportError(
                    .addressInUse,
                    "\(subject) failed: there is a file at that path that is no socket; choose another path")
            }
            return
        }
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        guard stat(directory.isEmpty ? "/" : directory, &status) != 0 else { return }
        throw TransportError(
            .addressUnavailable,
            "\(subject) failed: the directory \(directory) is not there; make it, with access for its owner "
                + "alone")
    }

    private static func listen(
        _ endpoint: Endpoint
    ) throws(TransportError) -> (OpaquePointer, Endpoint) {
        let subject = "Listening at \(endpoint)"
        if let path = endpoint.path { try checkPlace(path, subject) }
        var handle: OpaquePointer?
        var result = nng_stream_listener_alloc(&handle, endpoint.streamAddress)
        guard result == 0, let handle else { throw .library(result, subject) }
        if endpoint.isLocalSocket {
            // The directory is private already; the socket is too, should the directory be opened.
            result = nng_stream_listener_set_int(handle, NNG_OPT_IPC_PERMISSIONS, 0o600)
        } else {
            result = nng_stream_listener_set_bool(handle, NNG_OPT_TCP_NODELAY, true)
        }
        if result == 0 { result = nng_stream_listener_listen(handle) }
        guard result == 0 else {
            nng_stream_listener_free(handle)
            throw .library(result, subject)
        }
        guard endpoint.port == 0 else { return (handle, endpoint) }
        var port: Int32 = 0
        result = nng_stream_listener_get_int(handle, NNG_OPT_TCP_BOUND_PORT, &port)
        guard result == 0, let port = UInt16(exactly: port) else {
            nng_stream_listener_free(handle)
            throw .library(result, subject)
        }
        return (handle, endpoint.with(port: port))
    }

    /// Peers of other users that were turned away at the Unix socket.
    public var refusedPeers: Int { state.withLock { $0.refusedPeers } }

    /// Connections closed before admission to make place.
    public var evictedConnections: Int { state.withLock { $0.evictedConnections } }

    /// How often accepting failed, for want of descriptors or otherwise; each was tried again.
    public var acceptFailures: Int { state.withLock { $0.acceptFailures } }

    /// Connections that wait for admission.
    public var unadmittedConnections: Int { state.withLock { $0.admission.count } }
}

extension Listener {
    /// Stops listening and closes the connections that were not admitted. Idempotent. When it
    /// returns, `admit` is not running and will not be called, and a Unix socket's file is gone.
    /// Called from inside `admit`, it returns before that.
    public func close() {
        enum Part { case closer, closerInside, waiter, nothing }
        let part = state.withLock { state -> Part in
            let isInside = state.callbackThread == UInt(pthread_self())
            if state.isClosing { return isInside || state.isClosed ? .nothing : .waiter }
            state.isClosing = true
            return isInside ? .closerInside : .closer
        }
        switch part {
        case .nothing: break
        case .waiter: state.wait { $0.isClosed ? .done(()) : .wait }
        case .closer:
            Reaper.shared.announce()
            tearDown()
            Reaper.shared.withdraw()
        case .closerInside:
            Reaper.shared.announce()
            Reaper.shared.perform { self.tearDown() }
        }
    }

    private func tearDown() {
        nng_stream_listener_close(handle)
        state.wait { $0.issuing == 0 ? .done(()) : .wait }
        nng_aio_stop(operation)
        nng_stream_listener_free(handle)
        nng_aio_free(operation)
        argument.release()
        let (left, timer, itself) = state.withLock { state in
            let left = Array(state.unadmitted.values)
            state.unadmitted = [:]
            defer { state.itself = nil }
            return (left, state.expiryTimer, state.itself)
        }
        if let timer { TimerQueue.shared.cancel(timer) }
        for connection in left { connection.close(.requested) }
        state.update { $0.isClosed = true }
        withExtendedLifetime(itself) {}
    }

    /// Issues an operation unless the listener is closing.
    private func issue(_ body: () -> Void) {
        let isOpen = state.withLock { state in
            guard !state.isClosing else { return false }
            state.issuing += 1
            return true
        }
        guard isOpen else { return }
        body()
        state.update { $0.issuing -= 1 }
    }

    /// Called by the library when a connection is there or accepting failed.
    private func accepted() {
        let result = nng_aio_result(operation)
        let stream = result == 0 ? nng_aio_get_output(operation, 0).map(OpaquePointer.init) : nil
        let isOpen = state.withLock { state in
            if !state.isClosing { state.callbackThread = UInt(pthread_self()) }
            return !state.isClosing
        }
        guard isOpen else {
            if let stream { Self.discard(stream) }
            return
        }
        if let stream { serve(stream) }
        state.withLock { $0.callbackThread = nil }
        if result == 0 {
            issue { nng_stream_listener_accept(handle, operation) }
        } else {
            acceptFailed(result)
        }
    }

    private func acceptFailed(_ result: Int32) {
        guard result != NNG.closed else { return }
        // Whoever has not shown who it is gives its descriptor back first.
        let isExhausted = result == NNG.noFiles || result == NNG.noMemory
        let victim = state.withLock { state -> Connection? in
            state.acceptFailures += 1
            guard isExhausted, let id = state.admission.evictOldest() else { return nil }
            state.evictedConnections += 1
            return state.unadmitted.removeValue(forKey: id)
        }
        victim?.close(.evicted)
        // Other failures are those of one connection that went away before it was accepted.
        let delay = isExhausted ? limits.acceptRetryDelay : .milliseconds(1)
        TimerQueue.shared.schedule(after: delay) { [weak self] in
            guard let self else { return }
            issue { nng_stream_listener_accept(handle, operation) }
        }
    }

    private func serve(_ stream: OpaquePointer) {
        let peer = Peer(stream: stream, endpoint: endpoint)
        guard !peer.isForeign(at: endpoint) else {
            state.withLock { $0.refusedPeers += 1 }
            Self.discard(stream)
            turnedAway(peer)
            return
        }
        let connection: Connection
        do throws(TransportError) {
            connection = try Connection(
                stream: stream, peer: peer, limits: limits, security: security(),
                leaveAdmission: { [weak self] id in self?.leave(id) })
        } catch {
            // No memory for it: the connection was dropped, the listener goes on.
            state.withLock { $0.acceptFailures += 1 }
            return
        }
        let id = connection.identifier
        let (victim, mustArm) = state.withLock { state -> (Connection?, Bool) in
            let evicted = state.admission.add(id, at: MonotonicClock.now)
            state.unadmitted[id] = connection
            let victim = evicted.flatMap { state.unadmitted.removeValue(forKey: $0) }
            if victim != nil { state.evictedConnections += 1 }
            return (victim, state.expiryTimer == nil)
        }
        victim?.close(.evicted)
        if mustArm { armExpiry() }
        admit(connection)
    }

    /// Closes a stream that became no connection, away from the library's threads.
    private static func discard(_ stream: OpaquePointer) {
        Reaper.shared.discard(stream)
    }

    private func leave(_ id: UInt64) {
        let connection = state.withLock { state in
            state.admission.remove(id)
            return state.unadmitted.removeValue(forKey: id)
        }
        withExtendedLifetime(connection) {}
    }

    private func armExpiry() {
        state.withLock { state in
            guard !state.isClosing, state.expiryTimer == nil,
                let expiry = state.admission.nextExpiry
            else { return }
            let delay = expiry - MonotonicClock.now
            state.expiryTimer = TimerQueue.shared.schedule(after: delay) { [weak self] in
                self?.expire()
            }
        }
    }

    private func expire() {
        let expired = state.withLock { state in
            state.expiryTimer = nil
            let ids = state.admission.expire(at: MonotonicClock.now)
            return ids.compactMap { state.unadmitted.removeValue(forKey: $0) }
        }
        for connection in expired { connection.close(.notAdmitted) }
        armExpiry()
    }
}
