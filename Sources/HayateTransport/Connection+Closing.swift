import CNNG

extension Connection {
    /// Ends the connection; what is pending is dropped. Idempotent, from any thread and any
    /// callback; returns at once. `onClose` tells when it is done.
    public func close(_ reason: CloseReason = .requested) {
        let isFree = state.withLock { state -> Bool? in
            guard let isFree = state.gate.close() else { return nil }
            state.closeReason = reason
            // Before anyone can hand it over.
            Reaper.shared.announce()
            return isFree
        }
        guard let isFree else { return }
        leaveAdmission?(identifier)
        // Otherwise the last one to leave the gate hands it over.
        if isFree { handToReaper() }
    }

    /// Sends what was appended, then closes; after `deadline` it closes with the rest unsent.
    /// Appending ends now.
    public func drainAndClose(
        deadline: Duration, _ reason: CloseReason = .requested
    ) {
        let isDrained = state.withLock { state in
            guard state.drainReason == nil else { return false }
            state.drainReason = reason
            return !state.isSending && state.outbox.byteCount == 0 && cipher?.hasOutput != true
        }
        guard !isDrained else {
            close(reason)
            return
        }
        closeLater(after: deadline, reason)
        flush()
    }

    /// Sends what was appended and leaves it to the peer to close, which was told to; closes after
    /// `deadline` if it has not.
    ///
    /// A TCP socket that is closed with unread bytes takes back what the peer has not read yet, the
    /// farewell included.
    public func awaitPeersClose(deadline: Duration, _ reason: CloseReason = .requested) {
        closeLater(after: deadline, reason)
        flush()
    }

    /// Closes after a while, unless something else closes it before.
    func closeLater(after delay: Duration, _ reason: CloseReason) {
        let timer = TimerQueue.shared.schedule(after: delay) { [weak self] in self?.close(reason) }
        let useless = state.withLock { state -> TimerQueue.Timer? in
            if state.isGone { return timer }
            defer { state.endTimer = timer }
            return state.endTimer
        }
        if let useless { TimerQueue.shared.cancel(useless) }
    }

    func handToReaper() {
        Reaper.shared.perform { self.tearDown() }
    }

    /// On the reaper's thread: nobody issues operations any more.
    private func tearDown() {
        nng_stream_close(stream)
        for operation in operations.receive { nng_aio_stop(operation) }
        nng_aio_stop(operations.send)
        nng_stream_free(stream)
        for operation in operations.receive { nng_aio_free(operation) }
        nng_aio_free(operations.send)
        nng_aio_free(operations.tryReceive)
        nng_aio_free(operations.trySend)
        receiving.tearDown()
        let (handlers, reason, timer) = state.withLock { state in
            state.isGone = true
            state.outbox.reset()
            state.pending = 0
            defer { state.handlers = nil }
            return (state.handlers, state.closeReason ?? .requested, state.endTimer)
        }
        if let timer { TimerQueue.shared.cancel(timer) }
        sending.reset()
        sealing.reset()
        handlers?.onClose(reason)
        releaseTarget()
    }
}
