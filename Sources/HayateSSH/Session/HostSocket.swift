import Glibc
import HayateLaunch

/// A socket that the library was given. It closes it when it finds it broken, and leaves it open otherwise.
struct LentSocket {
    private let descriptor: Int32
    /// What stands behind the descriptor, whose number may be another's by now.
    private let identity: UInt64?

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        identity = Self.identity(of: descriptor)
    }

    func close() {
        if identity != nil, Self.identity(of: descriptor) == identity { Glibc.close(descriptor) }
    }

    private static func identity(of descriptor: Int32) -> UInt64? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : nil
    }
}

/// Reaching the server of SSH by TCP.
enum HostSocket {
    /// Tries all addresses of a name, one after the other, until the deadline (`monotonicNanoseconds`).
    /// - Returns: a descriptor that does not block.
    static func dial(
        _ name: String, port: UInt16, until deadline: UInt64, errorName: String, silence: Duration
    ) throws(RemoteError) -> Int32 {
        func fail(_ reason: String, isTransient: Bool = true) -> RemoteError {
            RemoteError(host: errorName, .connect, reason, isTransient: isTransient)
        }
        let addresses: [HostAddress]
        do {
            addresses = try HostAddress.all(of: name, port: port, until: deadline)
        } catch {
            guard case .resolver(let number) = error else {
                throw fail("nobody said in time which address \(name) has: see whether this machine's network is up")
            }
            let text = String(cString: gai_strerror(number))
            throw fail(
                "\(name) has no address (\(text)): check the name, or its HostName in the configuration of SSH",
                isTransient: number == EAI_AGAIN || number == EAI_MEMORY)
        }
        var failures: [(address: String, error: Int32)] = []
        for (index, address) in addresses.enumerated() {
            let now = monotonicNanoseconds()
            guard now < deadline else { break }
            let share = (deadline - now) / UInt64(addresses.count - index)
            switch connect(address, until: now + share) {
            case .success(let descriptor):
                tune(descriptor, silence: silence)
                return descriptor
            case .failure(let failure): failures.append((address.text, failure.number))
            }
        }
        let tried = failures.map { "\($0.address): \(String(cString: strerror($0.error)))" }.joined(separator: "; ")
        throw fail("port \(port) was not reached (\(tried)): \(remedy(failures.last?.error ?? ETIMEDOUT))")
    }

    private static func remedy(_ number: Int32) -> String {
        switch number {
        case ECONNREFUSED: "see whether a server of SSH runs there, and at this port"
        case ETIMEDOUT: "see whether the machine is up, and whether a firewall lets SSH through"
        default: "see whether this machine has a way there"
        }
    }

    struct ConnectFailure: Error {
        var number: Int32
    }

    private static func connect(
        _ address: HostAddress, until deadline: UInt64
    ) -> Result<Int32, ConnectFailure> {
        let (descriptor, number) = begin(address)
        guard descriptor >= 0 else { return .failure(ConnectFailure(number: number)) }
        while true {
            let now = monotonicNanoseconds()
            let rest = now < deadline ? Int32(clamping: (deadline - now + 999_999) / 1_000_000) : 0
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let count = poll(&entry, 1, rest)
            if count < 0 && errno == EINTR { continue }
            let failure = count > 0 ? pendingError(of: descriptor) : ETIMEDOUT
            if failure == 0 { return .success(descriptor) }
            close(descriptor)
            return .failure(ConnectFailure(number: failure))
        }
    }

    /// Starts to connect without waiting. Returns −1 and the error number where that fails at once.
    static func begin(_ address: HostAddress) -> (descriptor: Int32, error: Int32) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { return (-1, errno) }
        let failed = address.withPointer { Glibc.connect(descriptor, $0, address.length) } != 0
        guard failed && errno != EINPROGRESS else { return (descriptor, 0) }
        let number = errno
        close(descriptor)
        return (-1, number)
    }

    static func pendingError(of descriptor: Int32) -> Int32 {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno
    }

    /// What was sent and stays unanswered for as long as `silence` breaks the connection.
    private static func tune(_ descriptor: Int32, silence: Duration) {
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        let milliseconds = Int32(clamping: silence.wholeNanoseconds / 1_000_000)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, max(1000, milliseconds))
    }

    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Both ends of a connection within this machine; nil where there are no descriptors left.
    static func pair(nonBlockingFirst: Bool) -> (Int32, Int32)? {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        if nonBlockingFirst { doNotBlock(ends[0]) }
        return (ends[0], ends[1])
    }

    static func doNotBlock(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }
}
