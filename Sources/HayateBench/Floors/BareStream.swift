import CNNG
import Glibc

/// Blocking helpers over bare NNG byte streams, for `Floor` alone.
enum BareStream {
    typealias Function = (OpaquePointer?, OpaquePointer?) -> Void

    static func operation() -> OpaquePointer? {
        var operation: OpaquePointer?
        return nng_aio_alloc(&operation, nil, nil) == 0 ? operation : nil
    }

    static func dial(_ path: String) -> OpaquePointer? {
        var dialer: OpaquePointer?
        guard nng_stream_dialer_alloc(&dialer, "ipc://" + path) == 0, let operation = operation()
        else { return nil }
        // Between bind and listen of the other side nobody answers yet.
        for _ in 0..<5000 {
            nng_stream_dialer_dial(dialer, operation)
            nng_aio_wait(operation)
            if nng_aio_result(operation) == 0 {
                let stream = nng_aio_get_output(operation, 0).map(OpaquePointer.init)
                nng_aio_free(operation)
                nng_stream_dialer_free(dialer)
                return stream
            }
            usleep(1000)
        }
        return nil
    }

    static func accept(_ path: String) -> OpaquePointer? {
        var listener: OpaquePointer?
        guard nng_stream_listener_alloc(&listener, "ipc://" + path) == 0,
            nng_stream_listener_listen(listener) == 0, let operation = operation()
        else { return nil }
        nng_stream_listener_accept(listener, operation)
        nng_aio_wait(operation)
        defer { nng_aio_free(operation) }
        guard nng_aio_result(operation) == 0 else { return nil }
        return nng_aio_get_output(operation, 0).map(OpaquePointer.init)
    }

    /// Sends or receives all of it and waits.
    static func all(
        _ function: Function, _ stream: OpaquePointer, _ operation: OpaquePointer,
        _ base: UnsafeMutableRawPointer, _ count: Int
    ) -> Bool {
        var done = 0
        while done < count {
            var vector = nng_iov(iov_buf: base + done, iov_len: count - done)
            nng_aio_set_iov(operation, 1, &vector)
            function(stream, operation)
            nng_aio_wait(operation)
            guard nng_aio_result(operation) == 0 else { return false }
            done += nng_aio_count(operation)
        }
        return true
    }

    static func end(_ stream: OpaquePointer, _ operation: OpaquePointer) {
        nng_stream_close(stream)
        nng_aio_stop(operation)
        nng_stream_free(stream)
        nng_aio_free(operation)
    }
}

/// One operation each way, the next issued by the callback of the one before, so one thread at a
/// time uses the buffer although it is never the same.
private class BarePeer {
    let stream: OpaquePointer
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: 65_536, alignment: 8)
    var sending: OpaquePointer?
    var receiving: OpaquePointer?
    let finished = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ stream: OpaquePointer) {
        self.stream = stream
        buffer.initializeMemory(as: UInt8.self, repeating: 1, count: 65_536)
        sem_init(finished, 0, 0)
    }

    func prepare() -> Bool {
        let argument = Unmanaged.passUnretained(self).toOpaque()
        return nng_aio_alloc(&sending, { BarePeer.of($0)?.sent() }, argument) == 0
            && nng_aio_alloc(&receiving, { BarePeer.of($0)?.received() }, argument) == 0
    }

    static func of(_ argument: UnsafeMutableRawPointer?) -> BarePeer? {
        argument.map { Unmanaged<BarePeer>.fromOpaque($0).takeUnretainedValue() }
    }

    func send(_ count: Int) {
        var vector = nng_iov(iov_buf: buffer, iov_len: count)
        nng_aio_set_iov(sending, 1, &vector)
        nng_stream_send(stream, sending)
    }

    func receive() {
        var vector = nng_iov(iov_buf: buffer, iov_len: 65_536)
        nng_aio_set_iov(receiving, 1, &vector)
        nng_stream_recv(stream, receiving)
    }

    func sent() {}
    func received() {}

    func wait() {
        while sem_wait(finished) != 0 {}
    }

    func end() {
        nng_stream_close(stream)
        nng_aio_stop(sending)
        nng_aio_stop(receiving)
        nng_stream_free(stream)
        nng_aio_free(sending)
        nng_aio_free(receiving)
        sem_destroy(finished)
        finished.deallocate()
        buffer.deallocate()
    }
}

/// Sends back what comes until the other side is gone.
final class BareEcho {
    private final class Peer: BarePeer {
        override func received() {
            guard nng_aio_result(receiving) == 0 else {
                sem_post(finished)
                return
            }
            send(nng_aio_count(receiving))
        }

        override func sent() {
            guard nng_aio_result(sending) == 0 else {
                sem_post(finished)
                return
            }
            receive()
        }
    }

    private let peer: Peer

    init(_ stream: OpaquePointer) { peer = Peer(stream) }

    func run() {
        guard peer.prepare() else { return }
        peer.receive()
        peer.wait()
        peer.end()
    }
}

/// Sends and measures how long the answer takes.
final class BarePinger {
    private final class Peer: BarePeer {
        var bytes = 0
        var rounds = 0
        var start = 0.0
        var samples: [Double] = []
        var hasFailed = false

        func next() {
            start = Floor.microseconds()
            send(bytes)
        }

        override func sent() {
            if nng_aio_result(sending) == 0 { receive() } else { fail() }
        }

        override func received() {
            guard nng_aio_result(receiving) == 0 else { return fail() }
            samples.append(Floor.microseconds() - start)
            if samples.count < rounds { next() } else { sem_post(finished) }
        }

        func fail() {
            hasFailed = true
            sem_post(finished)
        }
    }

    private let peer: Peer

    init(_ stream: OpaquePointer, bytes: Int, rounds: Int) {
        peer = Peer(stream)
        peer.bytes = bytes
        peer.rounds = rounds
        peer.samples.reserveCapacity(rounds)
    }

    /// The time of each round, in microseconds.
    func run() -> [Double]? {
        guard peer.prepare() else { return nil }
        peer.next()
        peer.wait()
        let samples = peer.hasFailed ? nil : peer.samples
        peer.end()
        return samples
    }
}
