import Glibc
import Synchronization
import Testing

/// Bytes that are always the same and never alike.
enum Noise {
    static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                buffer[index] = UInt8(truncatingIfNeeded: state)
            }
            initialized = count
        }
    }
}

/// Runs something that waits on a thread of its own.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.start { continuation.resume(with: Result(catching: body)) }
    }
}

enum Thread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(Body(body)).toOpaque())
        pthread_detach(thread)
    }
}

struct SocketFailure: Error {
    var what: String
    var number: Int32
    init(_ what: String) {
        self.what = what
        number = errno
    }
}

/// A socket that waits.
enum SimpleSocket {
    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    static func withAddress<Result>(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = address(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    static func make() throws -> Int32 {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SocketFailure("socket") }
        return number
    }

    static func dial(_ port: UInt16) throws -> Int32 {
        let number = try make()
        guard withAddress(port, { connect(number, $0, $1) }) == 0 else {
            close(number)
            throw SocketFailure("connect")
        }
        return number
    }

    static func writeAll(_ number: Int32, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count, let base = buffer.baseAddress {
                let count = send(number, base + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count <= 0 { return false }
                sent += count
            }
            return true
        }
    }

    /// Everything until the end; nil where it broke.
    static func readAll(_ number: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = recv(number, &chunk, chunk.count, 0)
            if count == 0 { return bytes }
            if count < 0 { return nil }
            bytes += chunk[..<count]
        }
    }

    /// Sends all of it and then the end, and reads to the end meanwhile.
    static func exchange(_ port: UInt16, _ bytes: [UInt8]) throws -> [UInt8] {
        let number = try dial(port)
        defer { close(number) }
        Thread.start {
            _ = writeAll(number, bytes)
            shutdown(number, Int32(SHUT_WR))
        }
        guard let answer = readAll(number) else { throw SocketFailure("recv") }
        return answer
    }
}

/// A listening socket and what happens to those who connect, on threads.
class TestServer: @unchecked Sendable {
    let port: UInt16
    private let listener: Int32

    init() throws {
        let listener = try SimpleSocket.make()
        guard SimpleSocket.withAddress(0, { bind(listener, $0, $1) }) == 0, listen(listener, 512) == 0 else {
            close(listener)
            throw SocketFailure("listen")
        }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Thread.start { [weak self] in
            while true {
                let number = accept(listener, nil, nil)
                if number < 0 { return }
                let server = self
                Thread.start {
                    server?.serve(number)
                    close(number)
                }
            }
        }
    }

    func serve(_ number: Int32) {}

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// Sends back what comes, at once.
final class EchoServer: TestServer, @unchecked Sendable {
    override func serve(_ number: Int32) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = recv(number, &chunk, chunk.count, 0), count > 0 {
            guard SimpleSocket.writeAll(number, Array(chunk[..<count])) else { return }
        }
        shutdown(number, Int32(SHUT_WR))
    }
}

/// Reads nothing until it is started, then everything to the end, and sends it back then.
final class LazyServer: TestServer, @unchecked Sendable {
    private let gate = Gate()
    private let connections = Atomic(0)

    var hasConnection: Bool { connections.load(ordering: .relaxed) > 0 }

    func start() { gate.open() }

    override func serve(_ number: Int32) {
        connections.add(1, ordering: .relaxed)
        gate.wait()
        guard let bytes = SimpleSocket.readAll(number) else { return }
        _ = SimpleSocket.writeAll(number, bytes)
        shutdown(number, Int32(SHUT_WR))
    }
}

/// Threads wait here until it is open.
final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        while !isOpen.load(ordering: .acquiring) { usleep(2000) }
    }
}
