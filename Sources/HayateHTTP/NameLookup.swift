import Dispatch
import Glibc
import Synchronization

/// Asks for the addresses of a name on a thread of its own: the C library's look-up can neither be given a deadline
/// nor cancelled, so whoever gives up leaves it behind.
final class NameLookup: Sendable {
    enum Outcome: Sendable {
        case found([SocketAddress])
        case failed(String)
    }

    let done: WakeUp
    private let result = Mutex<Outcome?>(nil)

    /// nil if the process has no descriptor left.
    init?(host: String, port: UInt16) {
        guard let done = WakeUp() else { return nil }
        self.done = done
        // A queue of its own, whose thread does not count among the few of the shared ones.
        DispatchQueue(label: "hayate.http.names").async { [self] in
            let found = Self.ask(host, port)
            result.withLock { $0 = found }
            done.set()
        }
    }

    var outcome: Outcome? { result.withLock { $0 } }

    private static func ask(_ host: String, _ port: UInt16) -> Outcome {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        var result = getaddrinfo(host, String(port), &hints, &list)
        if result != 0 {
            // A machine whose only interface is its loopback has no address to go by.
            hints.ai_flags = AI_NUMERICSERV
            result = getaddrinfo(host, String(port), &hints, &list)
        }
        guard result == 0 else {
            return .failed(
                result == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(result)))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                addresses.append(SocketAddress(address, entry.pointee.ai_addrlen))
            }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failed("it has no address") : .found(addresses)
    }
}
