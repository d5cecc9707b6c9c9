import Glibc
import HayateNetwork

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
        let addresses = InterfaceAddress.all()
        guard !addresses.isEmpty else { return [local(tcp: true, port: port, tls: tls)] }
        func urls(_ addresses: [InterfaceAddress]) -> [String] {
            addresses.map { $0.isIPv6 ? "\(scheme)://[\($0.address)]:\(port)" : "\(scheme)://\($0.address):\(port)" }
        }
        let all = urls(addresses.filter { !$0.isLoopback })
        return all.isEmpty ? urls(addresses.filter { $0.isLoopback && !$0.isIPv6 }) : all
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
}
