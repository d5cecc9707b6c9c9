import Glibc
import Hayate
import HayateCore
import HayateTestTasks
import HayateWire

/// One end of a connection that a test plays itself, frame by frame.
final class WirePeer {
    private let socket: Int32
    private var reader = FrameReader()
    private var writer = FrameWriter()
    private var inbox: [Message] = []
    private(set) var isClosed = false

    init(socket: Int32) {
        self.socket = socket
        // Beyond what is large, so that bodies come with their frames.
        reader = FrameReader(limit: Wire.limitAfterAdmission, largeBody: .max)
    }

    /// A daemon that has said hello.
    static func daemon(at url: String) throws -> WirePeer {
        let socket: Int32
        if url.hasPrefix("ipc://") {
            socket = try connect(path: String(url.dropFirst("ipc://".count)))
        } else {
            socket = Proxy.connect(to: url.split(separator: ":").last.flatMap { UInt16($0) } ?? 0)
        }
        guard socket >= 0 else { throw TestFailure("cannot connect to \(url): \(errno)") }
        let peer = WirePeer(socket: socket)
        peer.send(.hello(Hello(process: UInt32(getpid()), hostName: "fake", program: "fake")))
        return peer
    }

    deinit { close(socket) }

    private static func connect(path: String) throws -> Int32 {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TestFailure("cannot connect to \(path): \(errno)") }
        return socket
    }

    func send(_ message: Message) {
        var bytes: [UInt8] = []
        writer.write(message, into: &bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The next message that is no sign of life; those are answered. Throws if none comes, with the others
    /// that did.
    func next(within milliseconds: Int32 = 10_000) throws -> Message {
        while true {
            while !inbox.isEmpty {
                let message = inbox.removeFirst()
                switch message {
                case .ping(let stamp): send(.pong(stamp: stamp))
                case .pong, .acknowledged: break
                default: return message
                }
            }
            guard try receive(milliseconds) else { throw TestFailure("nothing more came") }
        }
    }

    /// The next message of a kind; others before it are dropped.
    func next(_ kind: FrameKind) throws -> Message {
        while true {
            let message = try next()
            if message.kind == kind { return message }
        }
    }

    private func receive(_ milliseconds: Int32) throws -> Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else {
            isClosed = true
            return false
        }
        var messages: [Message] = []
        _ = try buffer[..<count].withUnsafeBytes { bytes in
            try reader.take(bytes) { message, _ in messages.append(message) }
        }
        inbox += messages
        return true
    }
}

/// A host that a test plays itself, at a port of its own.
final class WireHost {
    private let listener: Int32
    let url: String

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw TestFailure("cannot listen: \(errno)") }
        url = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    deinit { close(listener) }

    /// The next daemon that dials in, welcomed to a new session.
    func accept() throws -> WirePeer {
        var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 10_000) > 0 else { throw TestFailure("no daemon came") }
        let peer = WirePeer(socket: Glibc.accept(listener, nil, nil))
        guard case .hello = try peer.next() else { throw TestFailure("no hello") }
        peer.send(
            .welcome(
                Welcome(
                    session: SessionID(high: 1, low: 2), isResumed: false, received: 0,
                    heartbeat: 5_000, silence: 60_000)))
        return peer
    }
}

extension Daemons {
    /// Where a peer that speaks no TLS can talk.
    static func plaintext(at url: String = "tcp://127.0.0.1:0") -> Daemons {
        .listening(at: url).with { $0.allowsPlaintext = true }
    }
}
