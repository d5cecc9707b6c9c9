import HayateTLS
import Synchronization

/// The layers of one connection as one cipher.
///
/// Safe to share: everything but the lock is used while it is held.
final class EngineStack: StreamCipher, @unchecked Sendable {
    /// Outermost first; never empty.
    private let layers: [any ByteEngine]
    private let lock = Mutex(())
    /// How many of them have begun.
    private var started = 0
    private let handshaking = Atomic(true)
    /// Bytes that receiving alone may cause to be sent: handshakes, pongs. Nobody else counts them.
    private static let mostAnswers = 1 << 20

    init(_ layers: [any ByteEngine]) {
        precondition(!layers.isEmpty, "a stack has at least one layer")
        self.layers = layers
    }

    var isHandshaking: Bool { handshaking.load(ordering: .acquiring) }

    var hasOutput: Bool { lock.withLock { _ in layers[0].hasOutput } }

    var hasEnded: Bool { lock.withLock { _ in layers.contains { $0.phase == .ended } } }

    var peer: TLSPeer {
        lock.withLock { _ in
            // Keys inside say more than a certificate outside.
            layers.reversed().lazy.map(\.peer).first { $0 != .anonymous } ?? .anonymous
        }
    }

    func start() throws(CipherFailure) {
        let failure = lock.withLock { _ in attempt { () throws(CipherFailure) in try begin() } }
        if let failure { throw failure }
    }

    func open(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer {
        var plain = UnsafeRawBufferPointer(start: nil, count: 0)
        let failure = lock.withLock { _ -> CipherFailure? in
            let waiting = layers[0].outputCount
            let failure = attempt { () throws(CipherFailure) in plain = try pass(sealed) }
            // What a layer says as it fails is for the peer's person.
            let late = attempt { () throws(CipherFailure) in try collect() }
            // What was sent while the handshake went on may be much, and leaves at its end.
            if waiting > Self.mostAnswers, layers[0].outputCount > waiting {
                return CipherFailure("the other side asks for answers and does not read them")
            }
            return failure ?? late
        }
        if let failure { throw failure }
        return plain
    }

    func seal(_ plain: UnsafeRawBufferPointer) throws(CipherFailure) {
        let failure = lock.withLock { _ in
            attempt { () throws(CipherFailure) in
                try layers[layers.count - 1].send(plain)
                try collect()
            }
        }
        if let failure { throw failure }
    }

    func takeOutput(into outbox: inout Outbox) {
        lock.withLock { _ in layers[0].takeOutput { outbox.append($0) } }
    }

    // MARK: With the lock held

    private func begin() throws(CipherFailure) {
        while started < layers.count, started == 0 || layers[started - 1].phase == .established {
            started += 1
            try layers[started - 1].start()
        }
        try collect()
    }

    private func pass(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer {
        var bytes = sealed
        for index in layers.indices {
            if index >= started {
                guard index == 0 || layers[index - 1].phase == .established else { break }
                started = index + 1
                try layers[index].start()
            }
            bytes = try layers[index].receive(bytes)
        }
        let last = layers[layers.count - 1].phase
        if last != .handshaking { handshaking.store(false, ordering: .releasing) }
        return last == .handshaking ? UnsafeRawBufferPointer(start: nil, count: 0) : bytes
    }

    /// Carries what the inner layers have to say through the outer ones.
    private func collect() throws(CipherFailure) {
        for index in layers.indices.dropFirst().reversed() where layers[index].hasOutput {
            var failure: CipherFailure?
            layers[index].takeOutput { bytes in
                failure = attempt { () throws(CipherFailure) in try layers[index - 1].send(bytes) }
            }
            if let failure { throw failure }
        }
    }

    private func attempt(_ body: () throws(CipherFailure) -> Void) -> CipherFailure? {
        do throws(CipherFailure) { try body() } catch { return error }
        return nil
    }
}
