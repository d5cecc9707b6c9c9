import Glibc

/// Addresses at which pools can listen.
public enum HostURL {
    /// This machine's addresses as `tcp://IP:port`, one for each address of an interface that is up: first
    /// IPv4, then IPv6 (in brackets, without those of one link only). Loopback only if there is nothing
    /// else. `port: 0` lets the system choose when the pool listens.
    ///
    /// With `tls` they are `tls+tcp://IP:port`, where pools are protected. At the others a pool listens with
    /// `allowsPlaintext` only: nothing protects such a connection.
    public static func network(port: UInt16 = 0, tls: Bool = false) -> [String] {
        let scheme = scheme(tls: tls)
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [local(tcp: true, port: port, tls: tls)] }
        defer { freeifaddrs(first) }
        var four: [String] = []
        var six: [String] = []
        var loopback: [String] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            let flags = entry.pointee.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, let address = entry.pointee.ifa_addr else {
                continue
            }
            let isLoopback = flags & UInt32(IFF_LOOPBACK) != 0
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                guard let text = text(of: address, MemoryLayout<sockaddr_in>.size) else { continue }
                let url = "\(scheme)://\(text):\(port)"
                if isLoopback { loopback.append(url) } else { four.append(url) }
            case AF_INET6:
                // A name with "%" is good for one link only.
                guard !isLoopback, let text = text(of: address, MemoryLayout<sockaddr_in6>.size),
                    !text.contains("%")
                else { continue }
                six.append("\(scheme)://[\(text)]:\(port)")
            default: continue
            }
        }
        let all = four + six
        return all.isEmpty ? loopback : all
    }

    /// An address that this machine alone can reach: a new Unix socket, or with `tcp` a port of
    /// 127.0.0.1 (0: the system chooses when the pool listens); `tls` means such a port too, as `tls+tcp://`.
    public static func local(tcp: Bool = false, port: UInt16 = 0, tls: Bool = false) -> String {
        if tcp || tls { return "\(scheme(tls: tls))://127.0.0.1:\(port)" }
        let number = UInt64.random(in: .min ... .max)
        let digits = String(number, radix: 16)
        let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? ""
        let isUsable = runtime.hasPrefix("/") && runtime.utf8.count <= 64
            && access(runtime, W_OK | X_OK) == 0
        let name = "pool-" + String(repeating: "0", count: 16 - digits.count) + digits
        return "ipc://\(isUsable ? runtime : "/tmp")/\(name)"
    }

    private static func scheme(tls: Bool) -> String { tls ? "tls+tcp" : "tcp" }

    private static func text(of address: UnsafeMutablePointer<sockaddr>, _ size: Int) -> String? {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(
            address, socklen_t(size), &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
