import Glibc

/// Becomes another user and connects to a Unix socket. Prints the error number of `connect`, and
/// then what reading gives: `end` if the other side closed, else `data` or `silence`.
enum ConnectMode {
    static func run(user: uid_t, path: String) {
        guard setgroups(0, nil) == 0, setgid(user) == 0, setuid(user) == 0 else {
            say("cannot become \(user)")
            exit(1)
        }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.enumerated() where index < buffer.count - 1 {
                buffer[index] = byte
            }
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        say("connect \(result == 0 ? 0 : errno)")
        guard result == 0 else { return }
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 3_000) > 0 else { return say("silence") }
        var buffer = [UInt8](repeating: 0, count: 100)
        say(read(socket, &buffer, buffer.count) > 0 ? "data" : "end")
    }
}
