import CNNG

extension Connection {
    /// Adds bytes to what will be sent, under the connection's lock: `body` must only append.
    /// Nothing goes out before `flush`. Returns false when the connection is closed or draining,
    /// and the bytes are then dropped.
    @discardableResult
    public func append(_ body: (inout Outbox) -> Void) -> Bool {
        enum Outcome { case added, dropped, tooMuch }
        let outcome = state.withLock { state -> Outcome in
            guard !state.gate.isClosing, state.drainReason == nil, !state.hasFailedToSend else {
                return .dropped
            }
            guard state.pending - state.foreign <= limits.outboxBytes else { return .tooMuch }
            let before = state.outbox.byteCount
            let foreign = state.outbox.foreignBytes
            body(&state.outbox)
            state.pending += state.outbox.byteCount - before
            state.foreign += state.outbox.foreignBytes - foreign
            if state.pending > limits.highWaterBytes { state.isAboveHighWater = true }
            return .added
        }
        if outcome == .tooMuch { close(.peerTooSlow) }
        return outcome == .added
    }

    /// Adds one array; a large one is not copied.
    @discardableResult
    public func append(bytes: [UInt8]) -> Bool {
        append { $0.append(bytes) }
    }

    /// Sends what was appended. When a send is in flight already, its completion sends the rest.
    /// The calling thread writes as much as the system takes without waiting.
    public func flush() {
        let isMine = state.withLock { state -> Bool in
            guard !state.isSending, !state.hasFailedToSend,
                state.outbox.byteCount > 0 || cipher?.hasOutput == true, state.gate.enter()
            else { return false }
            state.isSending = true
            return true
        }
        if isMine { pump() }
    }

    /// Bytes appended that the system has not taken yet.
    public var pendingBytes: Int { state.withLock { $0.pending } }

    /// Whether a producer should pause until `onDrain`.
    public var isAboveHighWater: Bool { state.withLock { $0.isAboveHighWater } }

    /// How many writes a thread makes for others before the library's threads take over: a thread
    /// that only wanted to add a frame must not become the writer of everybody's frames for long.
    private static let longestTurn = 16

    /// Writes until nothing is left or the system takes no more. The caller holds the sender's role
    /// and has entered the gate; both are given up or handed on.
    private func pump() {
        var turn = 0
        while true {
            if sending.unsentCount == 0 {
                guard refill() else { return }
                continue
            }
            turn += 1
            if turn <= Self.longestTurn {
                switch attempt() {
                case .wrote(let count):
                    sending.advance(count)
                    if cipher == nil { unaccounted += count }
                    continue
                case .failed(let result):
                    stopSending(result)
                    leaveGate()
                    return
                case .full:
                    break
                }
            }
            account()
            setVector(operations.send)
            nng_stream_send(stream, operations.send)
            // The role is the operation's now: nothing of it may be touched here any more.
            leaveGate()
            return
        }
    }

    /// Called by the library when a send that could not be done at once is done.
    func sendCompleted() {
        let result = nng_aio_result(operations.send)
        let count = nng_aio_count(operations.send)
        guard state.withLock({ $0.gate.enter() }) else { return }
        guard result == 0 else {
            stopSending(result)
            leaveGate()
            return
        }
        sending.advance(count)
        if cipher == nil { unaccounted += count }
        pump()
    }

    private enum Attempt { case wrote(Int), full, failed(Int32) }

    /// A write that does not wait, on this thread. The library writes at once if the system takes
    /// anything; if not, cancelling takes the operation back. The operation has no callback, so
    /// neither case wakes a thread of the library, which would cost more than the write.
    private func attempt() -> Attempt {
        setVector(operations.trySend)
        nng_stream_send(stream, operations.trySend)
        nng_aio_cancel(operations.trySend)
        nng_aio_wait(operations.trySend)
        switch nng_aio_result(operations.trySend) {
        case 0: return .wrote(nng_aio_count(operations.trySend))
        case NNG.cancelled: return .full
        case let result: return .failed(result)
        }
    }

    private func setVector(_ operation: OpaquePointer) {
        // The library takes eight pieces at most.
        withUnsafeTemporaryAllocation(of: nng_iov.self, capacity: 8) { vector in
            let count = sending.gather(into: vector)
            nng_aio_set_iov(operation, UInt32(count), vector.baseAddress)
        }
    }

    /// Takes what has been appended meanwhile; otherwise gives up the role and the gate.
    private func refill() -> Bool {
        sending.reset()
        unaccounted += sealedPlain
        sealedPlain = 0
        if let cipher {
            do throws(CipherFailure) {
                // Before the handshake is over nothing comes out.
                repeat { try seal(with: cipher) } while sealing.unsentCount > 0 && sending.unsentCount == 0
            } catch {
                account()
                state.withLock { $0.isSending = false }
                close(.cipherFailed(error.message))
                leaveGate()
                return false
            }
            if sending.unsentCount > 0 { return true }
        }
        let (hasMore, isDrained, drain) = state.withLock { state in
            let drain = settle(&state)
            let hasMore =
                !state.gate.isClosing
                && (state.outbox.byteCount > 0 || cipher?.hasOutput == true)
            if !hasMore {
                state.isSending = false
            } else if cipher == nil {
                swap(&state.outbox, &sending)
            }
            return (hasMore, !hasMore && state.drainReason != nil, drain)
        }
        drain?()
        if hasMore { return true }
        if isDrained { close(state.withLock { $0.drainReason } ?? .requested) }
        leaveGate()
        return false
    }

    /// The most plain bytes that are sealed before they are sent: three records. More would be memory for what
    /// cannot leave yet, and the peer opens these while the next are sealed.
    private static let sealedAtOnce = 48 << 10

    /// Gives plain bytes to the cipher and takes its output into `sending`.
    private func seal(with cipher: any StreamCipher) throws(CipherFailure) {
        if sealing.unsentCount == 0 {
            sealing.reset()
            state.withLock { swap(&$0.outbox, &sealing) }
        }
        var room = Self.sealedAtOnce
        while room > 0, let run = sealing.nextRun(atMost: room) {
            try cipher.seal(run)
            sealing.advance(run.count)
            sealedPlain += run.count
            room -= run.count
        }
        cipher.takeOutput(into: &sending)
        if sealing.unsentCount == 0 { sealing.reset() }
    }

    /// Subtracts what has gone; returns `onDrain` when it is to be called.
    private func settle(_ state: inout State) -> (@Sendable () -> Void)? {
        state.pending -= unaccounted
        unaccounted = 0
        if state.pending <= limits.lowWaterBytes { state.foreign = 0 }
        guard state.isAboveHighWater, state.pending <= limits.lowWaterBytes else { return nil }
        state.isAboveHighWater = false
        return state.handlers?.onDrain
    }

    private func account() {
        let drain = state.withLock { settle(&$0) }
        drain?()
    }

    /// The system takes no more bytes. What the peer has said before may still wait to be received,
    /// so the end comes from the receiving side; if that stays silent, from a timer.
    private func stopSending(_ result: Int32) {
        sending.reset()
        unaccounted = 0
        let error = TransportError.library(result, "Sending to \(peer)")
        let isStarted = state.withLock { state in
            state.isSending = false
            state.hasFailedToSend = true
            state.outbox.reset()
            state.pending = 0
            return state.handlers != nil && state.drainReason == nil
        }
        guard isStarted else {
            close(.lost(error))
            return
        }
        closeLater(after: .seconds(1), .lost(error))
    }
}
