import CNNG
import Glibc
import HayateTLS
import Synchronization

/// What the consumer of bytes wishes to get next.
public enum ReadHint: Sendable, Hashable {
    /// Whatever arrives.
    case any
    /// The last `buffered` bytes of what was just given are the beginning of `count` bytes that
    /// shall come as one array through `onLarge`; the rest of them is received straight into it.
    /// The caller has checked `count` against its limit; the memory is allocated at once.
    case large(count: Int, buffered: Int)
}

/// One byte stream to a peer.
///
/// It lives from its creation until it is closed, whoever refers to it; `close` is its only end, so
/// somebody has to call it (the listener does for those never admitted, the peer's end does for all
/// that were started). Callbacks come from threads of the transport and must be short:
///
/// - `onBytes`, `onLarge` and nothing else of the two at the same time, in the order of the bytes;
/// - `onDrain` when a producer that saw `isAboveHighWater` may go on, from any of these threads;
/// - `onClose` once, after the last of the others, from the thread that takes connections apart.
///
/// It is safe to share: `state` is a `Mutex`; `sending` and the three fields before it belong to
/// whoever holds the sender's role, that is the one who set `state.isSending` or whom the
/// completion of an operation in flight has given it; `receiving` belongs to the chain of receives,
/// of which at most one is in flight, started by `start`; everything else is constant or set before
/// the first receive. The handles of the library are freed once, by the reaper, after the gate is
/// closed and left by all and every operation has been stopped.
public final class Connection: @unchecked Sendable {
    /// What `start` takes.
    struct Handlers: Sendable {
        var onBytes: @Sendable (UnsafeRawBufferPointer) -> ReadHint
        var onLarge: @Sendable ([UInt8]) -> Void
        var onDrain: @Sendable () -> Void
        var onClose: @Sendable (CloseReason) -> Void
    }

    struct State: ~Copyable {
        var outbox: Outbox
        /// Bytes appended and not yet taken by the system.
        var pending = 0
        /// How many of them, at most, are memory that others keep anyway: the bound on bytes is one on
        /// memory, and does not count these. Forgotten when little is pending.
        var foreign = 0
        var isSending = false
        var isAboveHighWater = false
        /// Set by `drainAndClose`: close for this reason when nothing is pending.
        var drainReason: CloseReason?
        /// The system refuses bytes; the receiving side may still hold what the peer said last.
        var hasFailedToSend = false
        var gate = UseGate()
        var closeReason: CloseReason?
        /// Closes the connection when draining or the peer's last words take too long.
        var endTimer: TimerQueue.Timer?
        var handlers: Handlers?
        var isGone = false
        var chain = ReceiveChain()
    }

    private static let lastIdentifier = Atomic<UInt64>(0)

    /// A number that no other connection of this process has.
    public let identifier: UInt64
    /// Who is at the other end.
    public let peer: Peer
    /// What bounds it.
    public let limits: TransportLimits

    let stream: OpaquePointer
    let cipher: (any StreamCipher)?
    let state: Mutex<State>
    /// The library's operations: `trySend` and `tryReceive` have no callback (see `attempt`).
    let operations: Operations
    /// Tells the listener that this one needs no place in its queue any more.
    let leaveAdmission: (@Sendable (UInt64) -> Void)?

    // Belong to the holder of the sender's role.
    var sealing: Outbox
    var unaccounted = 0
    var sealedPlain = 0
    var sending: Outbox

    // Belong to the chain of receives.
    var receiving = Receiving()

    struct Operations {
        var send: OpaquePointer
        /// Two, so that receiving can go on while a callback of the other is still busy.
        var receive: [OpaquePointer]
        var trySend: OpaquePointer
        var tryReceive: OpaquePointer
    }

    /// Takes over the stream; frees it when it throws.
    init(
        stream: OpaquePointer, peer: Peer, limits: TransportLimits, security: Security,
        leaveAdmission: (@Sendable (UInt64) -> Void)? = nil
    ) throws(TransportError) {
        identifier = Self.lastIdentifier.wrappingAdd(1, ordering: .relaxed).newValue
        self.peer = peer
        self.limits = limits
        self.stream = stream
        self.cipher = security.cipher
        self.leaveAdmission = leaveAdmission
        state = Mutex(State(outbox: Outbox(largeBytes: limits.largeBytes)))
        sealing = Outbox(largeBytes: limits.largeBytes)
        sending = Outbox(largeBytes: limits.largeBytes)

        var made: [OpaquePointer] = []
        // The callbacks hold a plain pointer; the reference that keeps it valid is taken below and
        // given back by the reaper after the operations are stopped.
        let box = Unmanaged<CallbackTarget>.passRetained(CallbackTarget())
        let callbacks: [(@convention(c) (UnsafeMutableRawPointer?) -> Void)?] = [
            { CallbackTarget.connection($0)?.sendCompleted() },
            { CallbackTarget.connection($0)?.receiveCompleted(0) },
            { CallbackTarget.connection($0)?.receiveCompleted(1) },
            nil, nil,
        ]
        for callback in callbacks {
            var operation: OpaquePointer?
            let result = nng_aio_alloc(&operation, callback, box.toOpaque())
            guard result == 0, let operation else {
                for operation in made { nng_aio_free(operation) }
                box.release()
                // A stream without operations has nothing to stop; freeing closes it.
                nng_stream_free(stream)
                throw .library(result, "Setting up a connection to \(peer)")
            }
            made.append(operation)
        }
        operations = Operations(
            send: made[0], receive: [made[1], made[2]], trySend: made[3], tryReceive: made[4])
        target = box
        box.takeUnretainedValue().connection = self
    }

    /// What the callbacks point to; holds the connection alive until the reaper has finished.
    private let target: Unmanaged<CallbackTarget>

    /// Lets go of what kept the connection alive. By the reaper alone, at the very end.
    func releaseTarget() {
        target.takeUnretainedValue().connection = nil
        target.release()
    }

    private final class CallbackTarget {
        var connection: Connection?

        static func connection(_ argument: UnsafeMutableRawPointer?) -> Connection? {
            guard let argument else { return nil }
            return Unmanaged<CallbackTarget>.fromOpaque(argument).takeUnretainedValue().connection
        }
    }
}

extension Connection {
    /// Starts to receive. To be called once; a second call is ignored. On a connection that was
    /// closed before, `onClose` is all that is called.
    public func start(
        onBytes: @escaping @Sendable (UnsafeRawBufferPointer) -> ReadHint,
        onLarge: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        onDrain: @escaping @Sendable () -> Void = {},
        onClose: @escaping @Sendable (CloseReason) -> Void
    ) {
        let handlers = Handlers(
            onBytes: onBytes, onLarge: onLarge, onDrain: onDrain, onClose: onClose)
        enum Outcome { case go, ignored, gone(CloseReason) }
        let outcome = state.withLock { state -> Outcome in
            guard state.handlers == nil else { return .ignored }
            if state.isGone { return .gone(state.closeReason ?? .requested) }
            state.handlers = handlers
            return state.gate.enter() ? .go : .ignored
        }
        switch outcome {
        case .ignored: return
        case .gone(let reason): onClose(reason)
        case .go:
            receiving.prepare(handlers, bytes: limits.receiveBufferBytes)
            guard beginCipher() else { return leaveGate() }
            postReceive(0)
            leaveGate()
            // A cipher may have something to say first.
            if cipher != nil { flush() }
        }
    }

    private func beginCipher() -> Bool {
        guard let cipher else { return true }
        do throws(CipherFailure) {
            try cipher.start()
            return true
        } catch {
            close(.cipherFailed(error.message))
            return false
        }
    }

    /// Who the peer has shown to be; `.anonymous` without a cipher and before its handshake is over.
    public var identity: TLSPeer { cipher?.peer ?? .anonymous }

    /// Whether the two sides have yet to show each other who they are.
    public var isHandshaking: Bool { cipher?.isHandshaking ?? false }

    /// Whether anything protects the connection but the peer's user and the machine's borders.
    public var isProtected: Bool { cipher != nil }

    /// Whether it is closed or about to be.
    public var isClosed: Bool { state.withLock { $0.gate.isClosing } }

    /// Says that the peer has shown who it is: the listener's deadline and eviction end.
    public func admitted() {
        leaveAdmission?(identifier)
    }

    func leaveGate() {
        if state.withLock({ $0.gate.leave() }) { handToReaper() }
    }
}
