import Glibc

/// An address and a port as the system takes them.
struct SocketAddress: Sendable, Hashable {
    private var bytes: [UInt8]

    init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(length)))
    }

    /// nil if the text is a name.
    init?(numeric text: String, port: UInt16) {
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            bytes = withUnsafeBytes(of: v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            bytes = withUnsafeBytes(of: v6) { Array($0) }
        } else {
            return nil
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        // On the heap, which is aligned for all of them.
        bytes.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: sockaddr.self) { bound in
                // Made of an address, so it is not empty.
                body(bound.baseAddress.unsafelyUnwrapped, socklen_t(bytes.count))
            }
        }
    }

    var family: Int32 { withPointer { address, _ in Int32(address.pointee.sa_family) } }
    var isIPv6: Bool { family == AF_INET6 }

    var isLoopback: Bool {
        if isIPv6 {
            // sin6_addr begins at 8.
            return Array(bytes[8..<24]) == Array(repeating: 0, count: 15) + [1]
        }
        return bytes[4] == 127
    }

    var text: String {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = withPointer {
            getnameinfo($0, $1, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
        guard result == 0 else { return "an unknown address" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
