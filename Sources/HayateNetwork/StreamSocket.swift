import Glibc

/// Sockets of TCP that nobody waits for.
enum StreamSocket {
    private static let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        | Int32(SOCK_NONBLOCK.rawValue)

    /// Listens at a name or an address of this machine.
    /// - Returns: the socket and its port.
    static func listen(at host: String, _ port: UInt16) throws(AddressError) -> (socket: Int32, port: UInt16) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, String(port), &hints, &list)
        guard failure == 0, let first = list else {
            throw AddressError("\(host) is no name of an address here (\(String(cString: gai_strerror(failure))))")
        }
        defer { freeaddrinfo(list) }
        let listener = socket(first.pointee.ai_family, flags, 0)
        guard listener >= 0 else { throw refusal("a socket cannot be made for", host, port) }
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(listener, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, Glibc.listen(listener, 512) == 0
        else {
            defer { close(listener) }
            throw refusal("nobody can listen at", host, port)
        }
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        guard bound == 0 else {
            defer { close(listener) }
            throw refusal("the port is not known of", host, port)
        }
        // The port is at the same place in addresses of both families.
        let own = withUnsafeBytes(of: &address) { $0.load(fromByteOffset: 2, as: UInt16.self) }
        return (listener, UInt16(bigEndian: own))
    }

    private static func refusal(_ what: String, _ host: String, _ port: UInt16) -> AddressError {
        AddressError(
            "\(what) \(host), \(port == 0 ? "any port" : "port \(port)") (\(String(cString: strerror(errno))))")
    }

    /// Begins to connect to a port of 127.0.0.1; nil if there are no more sockets.
    static func dial(_ port: UInt16) -> Int32? {
        let dialled = socket(AF_INET, flags, 0)
        guard dialled >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let begun = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(dialled, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard begun == 0 || errno == EINPROGRESS else {
            close(dialled)
            return nil
        }
        setUp(dialled)
        return dialled
    }

    /// The next connection that waits; nil: none.
    static func accept(_ listener: Int32) -> Int32? {
        let accepted = Glibc.accept(listener, nil, nil)
        guard accepted >= 0 else { return nil }
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        setUp(accepted)
        return accepted
    }

    private static func setUp(_ socket: Int32) {
        var yes: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        // The other side may vanish without a word.
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Why the connection broke; 0: it did not.
    static func failure(of socket: Int32) -> Int32 {
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno
    }
}
