import Glibc

/// An address of this machine.
public struct InterfaceAddress: Hashable, Sendable {
    /// The interface's name, such as `eth0`.
    public var interface: String
    /// Without brackets.
    public var address: String
    public var isIPv6: Bool
    public var isLoopback: Bool

    /// The addresses of interfaces that are up: first IPv4, then IPv6, without those of one link only. Empty where
    /// the system does not tell.
    public static func all() -> [InterfaceAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var four: [InterfaceAddress] = []
        var six: [InterfaceAddress] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            let flags = entry.pointee.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, let address = entry.pointee.ifa_addr else { continue }
            let name = String(cString: entry.pointee.ifa_name)
            let isLoopback = flags & UInt32(IFF_LOOPBACK) != 0
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                guard let text = SocketAddress.text(address, MemoryLayout<sockaddr_in>.size) else { continue }
                four.append(
                    InterfaceAddress(interface: name, address: text, isIPv6: false, isLoopback: isLoopback))
            case AF_INET6:
                // A name with "%" is good for one link only.
                guard let text = SocketAddress.text(address, MemoryLayout<sockaddr_in6>.size), !text.contains("%")
                else { continue }
                six.append(
                    InterfaceAddress(interface: name, address: text, isIPv6: true, isLoopback: isLoopback))
            default: continue
            }
        }
        return four + six
    }
}

/// Addresses of sockets as text.
enum SocketAddress {
    static func text(_ address: UnsafePointer<sockaddr>, _ size: Int) -> String? {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(
            address, socklen_t(size), &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
