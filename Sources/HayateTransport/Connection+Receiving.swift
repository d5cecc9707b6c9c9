import CNNG
import Glibc
import Synchronization

/// What the chain of receives holds.
struct Receiving {
    fileprivate var handlers: Connection.Handlers?
    private(set) var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// The array being received, and how much of it is there.
    fileprivate var large: [UInt8] = []
    fileprivate var filled = 0
    fileprivate var isLarge: Bool { !large.isEmpty }

    /// How often lingering may be in vain before it stops.
    fileprivate static let fullPatience = 8
    fileprivate var patience = fullPatience
    private var skipped = 0

    /// Whether to linger this time: while it succeeds, and once in 32 times otherwise.
    fileprivate mutating func isPatient() -> Bool {
        if patience > 0 { return true }
        skipped += 1
        guard skipped == 32 else { return false }
        skipped = 0
        patience = 1
        return true
    }

    mutating func prepare(_ handlers: Connection.Handlers, bytes: Int) {
        self.handlers = handlers
        // malloc touches no page of it, so an idle connection costs no memory for it.
        let count = max(1, bytes)
        guard let base = malloc(count) else { fatalError("out of memory") }
        buffer = UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    /// Frees what it holds; by the reaper after the last receive was stopped.
    mutating func tearDown() {
        free(buffer.baseAddress)
        buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        large = []
        handlers = nil
    }

    /// The part of the array that is still to come. The storage of an array that is referred to
    /// from here alone does not move, so the library may write to it until it is delivered.
    fileprivate mutating func rest() -> UnsafeMutableRawBufferPointer {
        let filled = filled
        return large.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
        }
    }
}

extension Connection {
    /// The caller is in the gate and is the chain of receives, with this one of its two operations.
    func postReceive(_ operation: Int) {
        setReceiveVector(operations.receive[operation])
        nng_stream_recv(stream, operations.receive[operation])
    }

    private func setReceiveVector(_ operation: OpaquePointer) {
        // With a cipher large arrays are filled from what it opens.
        let space = receiving.isLarge && cipher == nil ? receiving.rest() : receiving.buffer
        var vector = nng_iov(iov_buf: space.baseAddress, iov_len: space.count)
        nng_aio_set_iov(operation, 1, &vector)
    }

    /// Called by the library when bytes have arrived or none will. The next receive is posted after
    /// the bytes were handed over, so that an answer leaves before anything else is done.
    func receiveCompleted(_ index: Int) {
        defer { state.withLock { $0.chain.isBusy[index] = false } }
        if handToHandshakes(index) { return }
        var operation = operations.receive[index]
        while true {
            let result = nng_aio_result(operation)
            let count = nng_aio_count(operation)
            guard result == 0, count > 0 else {
                receiveFailed(result)
                return
            }
            state.withLock { $0.chain.begin(index) }
            guard take(count) else { return }
            // Once the role is handed on, nothing of the chain may be touched here.
            guard state.withLock({ $0.chain.end(index) && $0.gate.enter() }) else { return }
            // A large array comes in many pieces: while more of it is there already, it is taken
            // without a detour over the threads of the library.
            guard receiving.isLarge && cipher == nil ? tryReceive() : linger(after: count) else {
                postReceive(index)
                leaveGate()
                return
            }
            leaveGate()
            operation = operations.tryReceive
        }
    }

    /// What a peer says before it has shown who it is may take milliseconds to answer: not here. False if this
    /// is not such a case.
    private func handToHandshakes(_ index: Int) -> Bool {
        guard cipher?.isHandshaking == true, nng_aio_result(operations.receive[index]) == 0 else {
            return false
        }
        let count = nng_aio_count(operations.receive[index])
        guard count > 0 else { return false }
        enum Way { case dropped, here, handed(Int) }
        // The other operation receives next: this one's callback may still be on its way out.
        let way = state.withLock { state -> Way in
            guard !state.gate.isClosing else { return .dropped }
            state.chain.begin(index)
            guard let next = state.chain.handOn() else { return .here }
            state.chain.begin(next)
            return state.gate.enter() ? .handed(next) : .dropped
        }
        switch way {
        case .here: return false
        case .dropped: break
        case .handed(let next):
            HandshakeThread.shared.perform { [self] in shakeHands(count, next) }
        }
        return true
    }

    /// On the thread of handshakes, in the gate.
    private func shakeHands(_ count: Int, _ next: Int) {
        // One that was closed while it waited for its turn costs no key exchange.
        guard !isClosed, let plain = opened(count) else { return goOn(next, if: false) }
        guard plain.count > 0 else { return goOn(next, if: true) }
        // What the peer's first words cause is not for a thread of low priority: locks would be held there, and
        // processes started, which inherit it.
        let words = Array(plain)
        TimerQueue.shared.schedule(after: .zero) { [self] in
            words.withUnsafeBytes { deliver($0) }
            goOn(next, if: !endIfOver())
        }
    }

    /// Ends what `handToHandshakes` began.
    private func goOn(_ next: Int, if goesOn: Bool) {
        let isMine = state.withLock { state in
            state.chain.isBusy[next] = false
            return state.chain.end(next) && !state.gate.isClosing
        }
        if goesOn, isMine { postReceive(next) }
        leaveGate()
    }

    /// Lets the next bytes be received although `onBytes` has not returned: by another thread, which
    /// calls `onBytes` again. For a consumer that does its work inside `onBytes` and finds that it takes
    /// long. `onBytes` must be done with the bytes it was given, and must return `.any`. Does nothing
    /// where it is not possible.
    public func receiveMeanwhile() {
        let next = state.withLock { state -> Int? in
            guard let next = state.chain.handOn() else { return nil }
            guard state.gate.enter() else { return nil }
            return next
        }
        guard let next else { return }
        postReceive(next)
        leaveGate()
    }

    /// A receive that does not wait; false when nothing is there yet.
    private func tryReceive() -> Bool {
        setReceiveVector(operations.tryReceive)
        nng_stream_recv(stream, operations.tryReceive)
        nng_aio_cancel(operations.tryReceive)
        nng_aio_wait(operations.tryReceive)
        return nng_aio_result(operations.tryReceive) != NNG.cancelled
    }

    /// Looks for the next bytes for a short while before it sleeps; whether there are some.
    ///
    /// Sleeping costs two wake-ups (the library's poller, then its worker), more than a whole round
    /// trip. So while a conversation goes on, it pays to look again. It must not cost much when it
    /// does not pay: one thread of the process at a time does it, it gives its core to whoever
    /// wants it, and a connection on which it was in vain stops doing it but for a try now and
    /// then. After more than a few small frames nobody waits for a single answer: then sleeping is
    /// better, since the core is needed elsewhere and more arrives meanwhile.
    private func linger(after count: Int) -> Bool {
        guard limits.receiveLinger > .zero, count <= Self.conversation, receiving.isPatient(),
            Self.isLingering.compareExchange(expected: false, desired: true, ordering: .relaxed)
                .exchanged
        else { return false }
        defer { Self.isLingering.store(false, ordering: .relaxed) }
        let end = MonotonicClock.now + limits.receiveLinger
        repeat {
            if tryReceive() {
                receiving.patience = min(Receiving.fullPatience, receiving.patience + 2)
                return true
            }
            sched_yield()
        } while MonotonicClock.now < end
        receiving.patience -= 1
        return false
    }

    private static let isLingering = Atomic(false)
    /// The most bytes that one side of a conversation of single messages says at a time.
    private static let conversation = 192

    private func receiveFailed(_ result: Int32) {
        switch result {
        case 0, NNG.connectionShut, NNG.closed: close(.peerClosed)
        default: close(.lost(.library(result, "Receiving from \(peer)")))
        }
    }

    /// Hands over what the library has written; false when the connection cannot go on.
    private func take(_ count: Int) -> Bool {
        if receiving.isLarge, cipher == nil {
            receiving.filled += count
            finishLarge()
            return true
        }
        let bytes = UnsafeRawBufferPointer(rebasing: receiving.buffer[..<count])
        guard cipher != nil else {
            deliver(bytes)
            return true
        }
        guard let plain = opened(count) else { return false }
        if plain.count > 0 { deliver(plain) }
        return !endIfOver()
    }

    /// What was in the bytes that the library has written; nil when the connection cannot go on.
    private func opened(_ count: Int) -> UnsafeRawBufferPointer? {
        guard let cipher else { return nil }
        do throws(CipherFailure) {
            let plain = try cipher.open(UnsafeRawBufferPointer(rebasing: receiving.buffer[..<count]))
            if cipher.hasOutput { flush() }
            return plain
        } catch {
            // The peer's person shall read why, too.
            drainAndClose(deadline: .seconds(1), error.reason)
            return nil
        }
    }

    /// Closes when the peer has said that it will say no more.
    private func endIfOver() -> Bool {
        guard cipher?.hasEnded == true else { return false }
        close(.peerClosed)
        return true
    }

    private func deliver(_ bytes: UnsafeRawBufferPointer) {
        guard let handlers = receiving.handlers else { return }
        var rest = bytes
        while rest.count > 0 {
            if receiving.isLarge {
                let space = receiving.rest()
                let count = min(space.count, rest.count)
                space.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                receiving.filled += count
                finishLarge()
                continue
            }
            let hint = handlers.onBytes(rest)
            if case .large(let count, let buffered) = hint {
                precondition(
                    count > 0 && buffered >= 0 && buffered <= min(count, rest.count),
                    "a hint must speak of bytes that were given")
                beginLarge(count, with: UnsafeRawBufferPointer(rebasing: rest.suffix(buffered)))
            }
            return
        }
    }

    private func beginLarge(_ count: Int, with first: UnsafeRawBufferPointer) {
        // Not filled with zeros: every byte is written before the array is delivered.
        receiving.large = [UInt8](unsafeUninitializedCapacity: count) { space, initialized in
            HugePages.advise(UnsafeMutableRawBufferPointer(space))
            UnsafeMutableRawBufferPointer(space).copyMemory(from: first)
            initialized = count
        }
        receiving.filled = first.count
        finishLarge()
    }

    private func finishLarge() {
        guard receiving.filled == receiving.large.count else { return }
        var whole: [UInt8] = []
        swap(&whole, &receiving.large)
        receiving.filled = 0
        receiving.handlers?.onLarge(whole)
    }
}
