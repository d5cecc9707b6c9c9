import CNNG
import Glibc

/// Who is at the other end of a connection, as far as the system knows.
public enum Peer: Sendable, Hashable, CustomStringConvertible {
    /// A process of this machine behind a Unix socket; both numbers are the kernel's word.
    case local(uid: UInt32, pid: Int32?)
    /// An address of the network; `host` is numeric and without brackets.
    case remote(host: String, port: UInt16)
    /// The system did not say.
    case unknown

    public var description: String {
        switch self {
        case .local(let uid, let pid?): "process \(pid) of user \(uid)"
        case .local(let uid, nil): "a process of user \(uid)"
        case .remote(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unknown: "an unknown peer"
        }
    }

    /// Asks the stream.
    init(stream: OpaquePointer, endpoint: Endpoint) {
        if endpoint.isLocalSocket {
            var uid: UInt64 = 0
            var pid: UInt64 = 0
            guard nng_stream_get_uint64(stream, NNG_OPT_IPC_PEER_UID, &uid) == 0 else {
                self = .unknown
                return
            }
            let hasPid = nng_stream_get_uint64(stream, NNG_OPT_IPC_PEER_PID, &pid) == 0
            self = .local(
                uid: UInt32(truncatingIfNeeded: uid),
                pid: hasPid ? Int32(truncatingIfNeeded: pid) : nil)
            return
        }
        var address = nng_sockaddr()
        guard nng_stream_get_addr(stream, NNG_OPT_REMADDR, &address) == 0 else {
            self = .unknown
            return
        }
        let text = UnsafeMutablePointer<CChar>.allocate(capacity: Int(INET6_ADDRSTRLEN))
        defer { text.deallocate() }
        switch UInt32(address.s_family) {
        case NNG_AF_INET.rawValue:
            var host = address.s_in.sa_addr
            guard inet_ntop(AF_INET, &host, text, socklen_t(INET6_ADDRSTRLEN)) != nil else {
                self = .unknown
                return
            }
            self = .remote(
                host: String(cString: text), port: UInt16(bigEndian: address.s_in.sa_port))
        case NNG_AF_INET6.rawValue:
            var host = address.s_in6.sa_addr
            guard inet_ntop(AF_INET6, &host, text, socklen_t(INET6_ADDRSTRLEN)) != nil else {
                self = .unknown
                return
            }
            self = .remote(
                host: String(cString: text), port: UInt16(bigEndian: address.s_in6.sa_port))
        default:
            self = .unknown
        }
    }

    /// Whether a process of another user holds the other end of a Unix socket. A Unix socket whose
    /// owner the system does not tell counts as foreign.
    func isForeign(at endpoint: Endpoint) -> Bool {
        guard endpoint.isLocalSocket else { return false }
        guard case .local(let uid, _) = self else { return true }
        return uid != geteuid()
    }
}
