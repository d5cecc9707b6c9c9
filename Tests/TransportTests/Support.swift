import Glibc
import Synchronization
import Testing

@testable import HayateTransport

/// What callbacks have reported, to be waited for.
final class Events<Element: Sendable>: Sendable {
    private let seen = Monitor<[Element]>([])

    func add(_ element: Element) { seen.update { $0.append(element) } }

    var all: [Element] { seen.withLock { $0 } }

    /// Waits until there are `count`; after a long time gives what there is, so a test fails and
    /// does not hang.
    func wait(count: Int, atMost: Duration = .seconds(60)) -> [Element] {
        let limit = MonotonicClock.now + atMost
        return seen.wait { elements in
            elements.count >= count || MonotonicClock.now >= limit
                ? .done(elements) : .waitUntil(limit)
        }
    }
}

/// A number that callbacks change and tests wait for.
final class Counter: Sendable {
    private let value = Monitor(0)

    func add(_ count: Int = 1) { value.update { $0 += count } }

    var current: Int { value.withLock { $0 } }

    func wait(until isEnough: (Int) -> Bool, atMost: Duration = .seconds(60)) -> Bool {
        let limit = MonotonicClock.now + atMost
        return value.wait { value in
            if isEnough(value) { return .done(true) }
            return MonotonicClock.now >= limit ? .done(false) : .waitUntil(limit)
        }
    }
}

struct Failed: Error { var what: String }

/// Dials and waits for the result.
func dial(
    _ endpoint: Endpoint, deadline: Duration = .seconds(10),
    limits: TransportLimits = TransportLimits(),
    security: @escaping @Sendable () -> Security = { .plain }
) throws -> Connection {
    let results = Events<Result<Connection, TransportError>>()
    try Dialer(endpoint, deadline: deadline, limits: limits, security: security) {
        results.add($0)
    }
    guard let result = results.wait(count: 1).first else { throw Failed(what: "no result") }
    return try result.get()
}

/// Sends back what comes, large arrays without copying them.
func echo(_ connection: Connection) {
    connection.admitted()
    connection.start(
        onBytes: { [weak connection] bytes in
            connection?.append { $0.append(bytes) }
            connection?.flush()
            return .any
        },
        onClose: { _ in })
}

func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

func threads() -> Int {
    guard let directory = opendir("/proc/self/task") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

/// A socket of the system, for peers that do not behave.
enum RawSocket {
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    static func connectLocal(_ path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            errno = number
            return nil
        }
        return descriptor
    }

    /// A TCP socket bound to a free loopback port.
    static func boundTCP(listen backlog: Int32?) -> (descriptor: Int32, port: UInt16)? {
        let descriptor = socket(AF_INET, streamType, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> Int32 in
                guard bind(descriptor, pointer, size) == 0 else { return -1 }
                if let backlog, Glibc.listen(descriptor, backlog) != 0 { return -1 }
                return getsockname(descriptor, pointer, &size)
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Reads until the end or an error; whether the peer closed.
    static func waitForEnd(_ descriptor: Int32, seconds: Int) -> Bool {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var byte: UInt8 = 0
        let count = read(descriptor, &byte, 1)
        return count == 0 || (count < 0 && errno == ECONNRESET)
    }
}

let hasIPv6Loopback: Bool = {
    guard let listener = try? Listener(Endpoint("tcp://[::1]:0"), admit: { $0.close() }) else {
        return false
    }
    listener.close()
    return true
}()
