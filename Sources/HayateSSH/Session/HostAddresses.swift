import Glibc
import Synchronization

/// An address of a socket.
struct HostAddress: Sendable {
    var storage: sockaddr_storage
    var length: socklen_t

    var family: Int32 { Int32(storage.ss_family) }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }

    /// As a number, without the port.
    var text: String {
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let failure = withPointer {
            getnameinfo($0, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
        return failure == 0
            ? String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : "?"
    }

    /// That of this end of a connection.
    static func own(of descriptor: Int32) -> HostAddress? {
        var address = HostAddress(storage: sockaddr_storage(), length: socklen_t(MemoryLayout<sockaddr_storage>.size))
        let failure = withUnsafeMutablePointer(to: &address.storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &address.length) }
        }
        return failure == 0 ? address : nil
    }

    /// Why a name has no address.
    enum Failure: Error {
        /// The number of `getaddrinfo`.
        case resolver(Int32)
        case timedOut
    }

    /// All addresses of a name, in the system's order of preference. Keeps the calling thread until the deadline at
    /// most (`monotonicNanoseconds`).
    static func all(
        of name: String, port: UInt16, until deadline: UInt64
    ) throws(Failure) -> [HostAddress] {
        let outcome = BlockingOutcome<Result<[HostAddress], Failure>>()
        find(name, port: port) { outcome.set($0) }
        guard let result = outcome.wait(until: deadline) else { throw .timedOut }
        return try result.get()
    }

    /// Calls back once, on another thread unless the name is an address. The resolver has no time limit of ours, so
    /// that thread is left to itself.
    static func find(
        _ name: String, port: UInt16, done: @escaping @Sendable (Result<[HostAddress], Failure>) -> Void
    ) {
        if case .success(let addresses) = look(name, port, AI_NUMERICHOST) { return done(.success(addresses)) }
        let request = Unmanaged.passRetained(Request(name: name, port: port, done: done))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { context in
                if let context {
                    let request = Unmanaged<Request>.fromOpaque(context).takeRetainedValue()
                    request.done(HostAddress.look(request.name, request.port, 0))
                }
                return nil
            }, request.toOpaque())
        if failure == 0 {
            pthread_detach(thread)
        } else {
            request.release()
            done(.failure(.resolver(EAI_MEMORY)))
        }
    }

    private final class Request {
        let name: String
        let port: UInt16
        let done: @Sendable (Result<[HostAddress], Failure>) -> Void

        init(name: String, port: UInt16, done: @escaping @Sendable (Result<[HostAddress], Failure>) -> Void) {
            self.name = name
            self.port = port
            self.done = done
        }
    }

    private static func look(_ name: String, _ port: UInt16, _ flags: Int32) -> Result<[HostAddress], Failure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var first: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(name, String(port), &hints, &first)
        guard failure == 0 else { return .failure(.resolver(failure)) }
        defer { freeaddrinfo(first) }
        var addresses: [HostAddress] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ai_next
            guard let address = entry.pointee.ai_addr,
                Int(entry.pointee.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size
            else { continue }
            var storage = sockaddr_storage()
            memcpy(&storage, address, Int(entry.pointee.ai_addrlen))
            addresses.append(HostAddress(storage: storage, length: entry.pointee.ai_addrlen))
        }
        return .success(addresses)
    }
}
