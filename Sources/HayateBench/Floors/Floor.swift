import CNNG
import Glibc

/// What the system and the library can do without us: the floors that figures are divided by.
///
/// The echoing side is a process of its own: this executable again, with `serveFlag` and the
/// address.
enum Floor {
    static let serveFlag = "--floor-serve"

    /// A round trip of `bytes` bytes.
    struct RoundTrip {
        var medianMicroseconds: Double
        var p99Microseconds: Double
    }

    /// Runs the echoing side if the arguments ask for it; it ends with its peer. First thing in
    /// `main`.
    static func serveIfAsked(_ arguments: [String]) {
        guard arguments.count == 4, arguments[1] == serveFlag else { return }
        let path = arguments[3]
        switch arguments[2] {
        case "socket": serveSocket(path)
        case "stream": serveStream(path)
        case "sink": serveSink(path)
        default: exit(2)
        }
        exit(0)
    }

    /// Blocking reads and writes on a Unix socket.
    static func socketRoundTrip(bytes: Int = 64, rounds: Int = 20_000) -> RoundTrip? {
        withServer("socket") { path in
            guard let descriptor = connectSocket(path) else { return nil }
            defer { close(descriptor) }
            let buffer = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 8)
            buffer.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
            defer { buffer.deallocate() }
            var samples: [Double] = []
            samples.reserveCapacity(rounds)
            for _ in 0..<rounds {
                let start = microseconds()
                guard write(descriptor, buffer, bytes) == bytes else { return nil }
                var got = 0
                while got < bytes {
                    let count = read(descriptor, buffer + got, bytes - got)
                    guard count > 0 else { return nil }
                    got += count
                }
                samples.append(microseconds() - start)
            }
            return summary(samples)
        }
    }

    /// Bare NNG byte streams over a Unix socket, callbacks on both sides.
    static func streamRoundTrip(bytes: Int = 64, rounds: Int = 20_000) -> RoundTrip? {
        withServer("stream") { path in
            guard let stream = BareStream.dial(path) else { return nil }
            let pinger = BarePinger(stream, bytes: bytes, rounds: rounds)
            return pinger.run().flatMap(summary)
        }
    }

    /// Megabytes per second of one transfer of `bytes` over a bare NNG byte stream to a process
    /// that receives into one buffer of that size, until it says that it has everything.
    static func streamTransfer(bytes: Int = 100_000_000) -> Double? {
        withServer("sink") { path in
            guard let stream = BareStream.dial(path), let operation = BareStream.operation() else {
                return nil
            }
            let payload = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
            payload.initializeMemory(as: UInt8.self, repeating: 1, count: bytes)
            defer { payload.deallocate() }
            var header = UInt64(bytes).littleEndian
            guard BareStream.all(nng_stream_send, stream, operation, &header, 8) else { return nil }
            var ready: UInt8 = 0
            guard BareStream.all(nng_stream_recv, stream, operation, &ready, 1) else { return nil }
            let start = microseconds()
            guard BareStream.all(nng_stream_send, stream, operation, payload, bytes),
                BareStream.all(nng_stream_recv, stream, operation, &ready, 1)
            else { return nil }
            let elapsed = microseconds() - start
            BareStream.end(stream, operation)
            return Double(bytes) / elapsed
        }
    }
}

// MARK: - The echoing sides

extension Floor {
    private static func serveSocket(_ path: String) {
        guard let listener = listenSocket(path) else { exit(1) }
        let descriptor = accept(listener, nil, nil)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: 65_536, alignment: 8)
        while true {
            let count = read(descriptor, buffer, 65_536)
            guard count > 0, write(descriptor, buffer, count) == count else { return }
        }
    }

    private static func serveStream(_ path: String) {
        guard let stream = BareStream.accept(path) else { exit(1) }
        BareEcho(stream).run()
    }

    private static func serveSink(_ path: String) {
        guard let stream = BareStream.accept(path), let operation = BareStream.operation() else {
            exit(1)
        }
        var size: UInt64 = 0
        guard BareStream.all(nng_stream_recv, stream, operation, &size, 8), size < 1 << 32 else {
            exit(1)
        }
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: Int(size), alignment: 16)
        var ready: UInt8 = 1
        guard BareStream.all(nng_stream_send, stream, operation, &ready, 1),
            BareStream.all(nng_stream_recv, stream, operation, buffer, Int(size)),
            BareStream.all(nng_stream_send, stream, operation, &ready, 1),
            // Waits until the other side has read it and gone.
            !BareStream.all(nng_stream_recv, stream, operation, &ready, 1)
        else { exit(1) }
    }
}

// MARK: - Processes, sockets, times

extension Floor {
    /// Starts the echoing side, waits until its socket is there, and collects the process at the
    /// end.
    private static func withServer<Result>(_ kind: String, _ body: (String) -> Result?) -> Result? {
        var template = Array("/tmp/hayate-floor-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        let directory = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
        let path = directory + "/socket"
        defer {
            unlink(path)
            rmdir(directory)
        }
        let arguments = ["/proc/self/exe", serveFlag, kind, path]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        guard posix_spawn(&process, "/proc/self/exe", nil, nil, &words, environ) == 0 else {
            return nil
        }
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        var status = stat()
        for _ in 0..<5000 where lstat(path, &status) != 0 { usleep(1000) }
        return body(path)
    }

    private static func socketAddress(_ path: String) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return address
    }

    private static func connectSocket(_ path: String) -> Int32? {
        // Between bind and listen of the other side nobody answers yet.
        for _ in 0..<5000 {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = socketAddress(path)
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return descriptor }
            close(descriptor)
            usleep(1000)
        }
        return nil
    }

    private static func listenSocket(_ path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = socketAddress(path)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 && listen(descriptor, 1) == 0 ? descriptor : nil
    }

    static func microseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    static func summary(_ samples: [Double]) -> RoundTrip? {
        // The first tenth warms up.
        let sorted = samples.dropFirst(samples.count / 10).sorted()
        guard !sorted.isEmpty else { return nil }
        return RoundTrip(
            medianMicroseconds: sorted[sorted.count / 2],
            p99Microseconds: sorted[min(sorted.count - 1, sorted.count * 99 / 100)])
    }
}
