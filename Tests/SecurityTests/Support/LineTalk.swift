import Glibc

@testable import HayateTransport

/// Two processes of a test that tell each other lines over a Unix socket.
final class LineTalk: @unchecked Sendable {
    private let socket: Int32
    private var pending: [UInt8] = []

    private init(socket: Int32) { self.socket = socket }

    /// Dials.
    convenience init(path: String) throws {
        let peer = try RawPeer(path: path)
        // The peer closes its own.
        self.init(socket: dup(peer.socket))
    }

    deinit { close(socket) }

    func say(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failed("the other process is gone")
        }
    }

    /// The next line; throws when the other side has hung up or is silent for a minute.
    func hear() throws -> String {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return String(decoding: pending[..<end], as: UTF8.self)
            }
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            var buffer = [UInt8](repeating: 0, count: 4096)
            guard poll(&entry, 1, 240_000) > 0 else { throw Failed("the other process is silent") }
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { throw Failed("the other process hung up") }
            pending += buffer[..<count]
        }
    }

    /// Where one of them waits for the other.
    final class Door: Sendable {
        let path: String
        private let directory: PrivateDirectory
        private let socket: Int32

        init() throws {
            directory = try PrivateDirectory(inside: "/tmp")
            path = directory.path + "/talk"
            socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
            let socket = socket
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0, listen(socket, 4) == 0 else { throw Failed("no socket at \(path)") }
        }

        deinit {
            close(socket)
            directory.remove()
        }

        func accept(within limit: Duration) throws -> LineTalk {
            var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(limit / .milliseconds(1))) > 0 else {
                throw Failed("the other process did not come")
            }
            return LineTalk(socket: Glibc.accept(socket, nil, nil))
        }
    }
}
