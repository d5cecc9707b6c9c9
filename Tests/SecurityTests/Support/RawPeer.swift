import Glibc

@testable import HayateTransport

/// A socket that says what it likes.
final class RawPeer {
    let socket: Int32
    /// When it was made.
    let since = MonotonicClock.now
    private(set) var isClosed = false

    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        try connect(&address, "port \(port)")
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    init(path: String) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        try connect(&address, path)
    }

    private func connect<Address>(_ address: inout Address, _ place: String) throws {
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        if result != 0 { throw Failed("cannot connect to \(place): \(String(cString: strerror(errno)))") }
    }

    deinit { close(socket) }

    /// Sends all of it, or as much as the other side takes within a second.
    /// - Returns: whether it took all.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
                continue
            }
            guard errno == EAGAIN, wait(for: POLLOUT, .seconds(1)) else { return false }
        }
        return true
    }

    private func wait(for event: Int32, _ limit: Duration) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
        return poll(&entry, 1, Int32(max(0, limit / .milliseconds(1)))) > 0
    }

    /// The next bytes; none if none came in time or the other side has closed (`isClosed`).
    func receive(within limit: Duration) -> [UInt8] {
        guard !isClosed, wait(for: POLLIN, limit) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 { return Array(buffer[..<count]) }
        if count == 0 || errno != EAGAIN { isClosed = true }
        return []
    }

    /// Reads until the other side closes; `isClosed` says whether it did in time.
    @discardableResult
    func readToEnd(within limit: Duration) -> [UInt8] {
        let end = MonotonicClock.now + limit
        var all: [UInt8] = []
        while !isClosed, MonotonicClock.now < end {
            all += receive(within: max(.zero, end - MonotonicClock.now) + .milliseconds(1))
        }
        return all
    }

    /// Whether the other side has closed by now; drops what it said.
    func hasBeenClosed() -> Bool {
        while !isClosed, !receive(within: .zero).isEmpty {}
        return isClosed
    }
}
