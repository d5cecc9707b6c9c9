import Glibc
import HayateWebSocket

/// An address to listen at or to dial.
///
/// | text | meaning |
/// | --- | --- |
/// | `ipc:///run/user/1000/x/socket` | a Unix socket; the path is absolute and at most 107 bytes |
/// | `tls+tcp://node17.cluster:5555` | the same as `tcp://`, and never without TLS |
/// | `ws://node17.cluster:5555/hayate` | a WebSocket; `/hayate` and port 80 may be left out |
/// | `wss://site.example/hayate` | a WebSocket in TLS with certificates; `/hayate` and port 443 may be left out |
/// | `tcp://127.0.0.1:0` | IPv4; port 0 lets the system choose when listening |
/// | `tcp://[::1]:5555` | IPv6, in brackets |
/// | `tcp://node17.cluster:5555` | a name that the resolver knows |
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The two kinds of address.
    public enum Address: Sendable, Hashable {
        /// A Unix socket at an absolute path.
        case local(path: String)
        /// A host (without brackets) and a port, 0 when the system shall choose.
        case tcp(host: String, port: UInt16)
    }

    /// How bytes travel to it.
    public enum Scheme: String, Sendable, Hashable, CaseIterable {
        /// A Unix socket.
        case ipc
        /// TCP.
        case tcp
        /// TCP, never without TLS.
        case tlsTCP = "tls+tcp"
        /// A WebSocket, for proxies that pass nothing else. What protects it is inside.
        case ws
        /// The same in TLS with certificates.
        case wss

        /// The port that need not be written.
        var ownPort: UInt16? {
            switch self {
            case .ws: 80
            case .wss: 443
            case .ipc, .tcp, .tlsTCP: nil
            }
        }

        var isWeb: Bool { self == .ws || self == .wss }
    }

    /// The path of a WebSocket address that names none.
    public static let defaultWebPath = "/hayate"

    /// The system's `sun_path` has 108 bytes, one of them for the end.
    public static let longestPathBytes = 107

    public let scheme: Scheme
    public let address: Address
    /// The path of a WebSocket address, with its slash; nil for all others.
    public let webPath: String?

    /// Reads an address; throws `.invalidEndpoint` or `.unsupportedScheme` with a sentence.
    public init(_ text: String) throws(TransportError) {
        guard let scheme = Endpoint.split(text, at: "://") else {
            throw TransportError(
                .invalidEndpoint,
                "The address \"\(text)\" has no scheme; write ipc:///path or tcp://host:port.")
        }
        switch scheme.before {
        case "ipc":
            self = try Endpoint(path: scheme.after)
        default:
            guard let known = Scheme(rawValue: scheme.before) else {
                throw TransportError(
                    .unsupportedScheme,
                    "The scheme \(scheme.before):// of \"\(text)\" is unknown; use ipc://, tcp://, "
                        + "tls+tcp://, ws:// or wss://.")
            }
            let (place, path) = try Endpoint.placeAndPath(scheme.after, known, of: text)
            let (host, port) = try Endpoint.hostAndPort(place, of: text)
            self = Endpoint(scheme: known, address: .tcp(host: host, port: port), webPath: path)
        }
    }

    /// The Unix socket at an absolute path.
    public init(path: String) throws(TransportError) {
        guard path.hasPrefix("/"), path != "/", !path.utf8.contains(0) else {
            throw TransportError(
                .invalidEndpoint,
                "The path \"\(path)\" of an ipc:// address must be absolute, as in ipc:///tmp/x.")
        }
        guard path.utf8.count <= Endpoint.longestPathBytes else {
            throw TransportError(
                .invalidEndpoint,
                "The socket path \"\(path)\" has \(path.utf8.count) bytes, the system allows "
                    + "\(Endpoint.longestPathBytes); use a shorter directory.")
        }
        scheme = .ipc
        address = .local(path: path)
        webPath = nil
    }

    private init(scheme: Scheme, address: Address, webPath: String?) {
        self.scheme = scheme
        self.address = address
        self.webPath = webPath
    }

    /// The same address with another port; a Unix socket stays as it is.
    func with(port: UInt16) -> Endpoint {
        guard case .tcp(let host, _) = address else { return self }
        return Endpoint(scheme: scheme, address: .tcp(host: host, port: port), webPath: webPath)
    }

    /// The same address at another host, a name or an address without brackets; a Unix socket stays as it is.
    public func with(host: String) -> Endpoint {
        guard case .tcp(_, let port) = address else { return self }
        return Endpoint(scheme: scheme, address: .tcp(host: host, port: port), webPath: webPath)
    }

    /// Whether it means all addresses of the machine, where one can listen and nobody else can dial.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// Whether this is a Unix socket.
    public var isLocalSocket: Bool {
        if case .local = address { return true }
        return false
    }

    /// The path of a Unix socket.
    public var path: String? {
        if case .local(let path) = address { return path }
        return nil
    }

    /// The port of a TCP address.
    public var port: UInt16? {
        if case .tcp(_, let port) = address { return port }
        return nil
    }

    /// Whether bytes to this address stay on this machine: a Unix socket, 127.0.0.0/8 (also mapped
    /// into IPv6), ::1 or the name `localhost`. Callers refuse plain bytes to anything else.
    public var isLoopback: Bool {
        guard case .tcp(let host, _) = address else { return true }
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 {
            return UInt32(bigEndian: four.s_addr) >> 24 == 127
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: &six) { bytes in
            let one = bytes.prefix(15).allSatisfy { $0 == 0 } && bytes[15] == 1
            let mapped =
                bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return one || (mapped && bytes[12] == 127)
        }
    }

    /// The host of a TCP address, without brackets.
    public var host: String? {
        if case .tcp(let host, _) = address { return host }
        return nil
    }

    /// The address as text that `init` reads back.
    public var description: String { text(scheme.rawValue) + (webPath ?? "") }

    /// What the byte streams below call it: they know nothing of what is in the bytes.
    var streamAddress: String { text(scheme == .ipc ? "ipc" : "tcp") }

    private func text(_ scheme: String) -> String {
        switch address {
        case .local(let path): "\(scheme)://\(path)"
        case .tcp(let host, let port):
            host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
        }
    }
}

extension Endpoint {
    /// Parts `host:port/path` of a WebSocket address and adds what may be left out.
    private static func placeAndPath(
        _ rest: String, _ scheme: Scheme, of text: String
    ) throws(TransportError) -> (place: String, path: String?) {
        guard let ownPort = scheme.ownPort else { return (rest, nil) }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var place = String(rest[..<slash])
        if place.hasSuffix("]") || !place.contains(":") { place += ":\(ownPort)" }
        let path = slash == rest.endIndex ? defaultWebPath : String(rest[slash...])
        do throws(WebSocketFailure) {
            // Addresses stand in logs and in argument lists; a query is where tokens are.
            _ = try WebSocketServer(path: path)
        } catch {
            throw TransportError(
                .invalidEndpoint,
                "The path of \"\(text.prefix { $0 != "?" })\" is none: write visible ASCII without ? and #, as in "
                    + "/hayate; what a proxy wants beside it is a request header.")
        }
        return (place, path)
    }

    private static func split(
        _ text: String, at separator: String
    ) -> (before: String, after: String)? {
        // Without Foundation there is no search for a string; the separator starts with ":".
        var rest = text[...]
        while let colon = rest.firstIndex(of: ":") {
            if text[colon...].hasPrefix(separator) {
                let after = text.index(colon, offsetBy: separator.count)
                return (String(text[..<colon]), String(text[after...]))
            }
            rest = text[text.index(after: colon)...]
        }
        return nil
    }

    private static func hostAndPort(
        _ rest: String, of text: String
    ) throws(TransportError) -> (String, UInt16) {
        let host: Substring
        let afterHost: Substring
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else {
                throw TransportError(
                    .invalidEndpoint, "The address \"\(text)\" lacks the bracket after its host.")
            }
            host = rest[rest.index(after: rest.startIndex)..<close]
            afterHost = rest[rest.index(after: close)...]
            var six = in6_addr()
            guard inet_pton(AF_INET6, String(host), &six) == 1 else {
                throw TransportError(
                    .invalidEndpoint,
                    "\"\(host)\" in \"\(text)\" is no IPv6 address; write tcp://[::1]:5555.")
            }
        } else {
            guard let colon = rest.lastIndex(of: ":") else {
                throw TransportError(
                    .invalidEndpoint,
                    "The address \"\(text)\" has no port; write tcp://host:port, 0 for any port.")
            }
            host = rest[..<colon]
            afterHost = rest[colon...]
            guard isHostName(host) else {
                throw TransportError(
                    .invalidEndpoint,
                    "\"\(host)\" in \"\(text)\" is no host name; an IPv6 address needs brackets.")
            }
        }
        let digits = afterHost.dropFirst()
        guard afterHost.first == ":", !digits.isEmpty,
            digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits)
        else {
            throw TransportError(
                .invalidEndpoint,
                "The address \"\(text)\" needs a port from 0 to 65535 after its host.")
        }
        return (String(host), port)
    }

    private static func isHostName(_ host: Substring) -> Bool {
        guard !host.isEmpty, host.utf8.count <= 253, host.first != "-" else { return false }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
            default: false
            }
        }
    }
}
