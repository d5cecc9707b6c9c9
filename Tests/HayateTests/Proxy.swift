import Glibc
import HayateTestTasks
import Synchronization

/// A TCP proxy on 127.0.0.1 whose connections can be cut and whose door can be shut.
final class Proxy: Sendable {
    private struct State {
        var isShut = false
        /// Nothing goes through, and nobody is told.
        var isStopped = false
        var isOver = false
        var isClosed = false
        var pairs: [(Int32, Int32)] = []
        var bytesToDaemons = 0
    }

    let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    /// - Parameter port: where it listens; 0: any that is free.
    init(to target: UInt16, at port: UInt16 = 0) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.listener = listener
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = Self.address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        state = Mutex(State())
        guard isBound else {
            let number = errno
            close(listener)
            throw TestFailure("the proxy cannot listen: \(number)")
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Work(proxy: self, target: target))
        let failed = pthread_create(&thread, nil, { context in
            if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
            return nil
        }, context.toOpaque())
        if failed == 0 { pthread_detach(thread) } else { context.release() }
    }

    private final class Work: Sendable {
        let proxy: Proxy
        let target: UInt16
        init(proxy: Proxy, target: UInt16) {
            self.proxy = proxy
            self.target = target
        }
        func run() { proxy.serve(target) }
    }

    var url: String { "tcp://127.0.0.1:\(port)" }

    /// Bytes that have gone from the host to those that dialled in.
    var bytesToDaemons: Int { state.withLock { $0.bytesToDaemons } }

    /// Cuts every connection, and each new one, until `restore`.
    func cut() {
        state.withLock { state in
            state.isShut = true
            for (one, other) in state.pairs {
                shutdown(one, Int32(SHUT_RDWR))
                shutdown(other, Int32(SHUT_RDWR))
            }
        }
    }

    /// From now on nothing comes through, as on a line that is dead without a word.
    func stop() { state.withLock { $0.isStopped = true } }

    func restore() { state.withLock { $0.isShut = false } }

    /// Ends the proxy and its connections.
    func end() {
        cut()
        state.withLock { $0.isOver = true }
    }

    /// Whether its port is free again.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    private func serve(_ target: UInt16) {
        while !state.withLock({ $0.isOver }) {
            let (pairs, isStopped) = state.withLock { ($0.pairs, $0.isStopped) }
            if isStopped {
                usleep(20_000)
                continue
            }
            var entries = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for (one, other) in pairs {
                entries.append(pollfd(fd: one, events: Int16(POLLIN), revents: 0))
                entries.append(pollfd(fd: other, events: Int16(POLLIN), revents: 0))
            }
            guard poll(&entries, nfds_t(entries.count), 20) > 0 else { continue }
            if entries[0].revents != 0 { accept(target) }
            for (index, pair) in pairs.enumerated() {
                let ends = [(pair.0, pair.1), (pair.1, pair.0)]
                for (offset, (from, to)) in ends.enumerated()
                where entries[1 + 2 * index + offset].revents != 0 {
                    guard let count = pump(from, to) else {
                        drop(pair)
                        break
                    }
                    if offset == 1 { state.withLock { $0.bytesToDaemons += count } }
                }
            }
        }
        for pair in state.withLock({ $0.pairs }) { drop(pair) }
        close(listener)
        state.withLock { $0.isClosed = true }
    }

    private func accept(_ target: UInt16) {
        let incoming = Glibc.accept(listener, nil, nil)
        guard incoming >= 0 else { return }
        let outgoing = Self.connect(to: target)
        state.withLock { state in
            guard !state.isShut, outgoing >= 0 else {
                close(incoming)
                if outgoing >= 0 { close(outgoing) }
                return
            }
            state.pairs.append((incoming, outgoing))
        }
    }

    private func pump(_ from: Int32, _ to: Int32) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(from, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        var sent = 0
        while sent < count {
            let next = buffer[sent..<count].withUnsafeBytes {
                send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard next > 0 else { return nil }
            sent += next
        }
        return count
    }

    private func drop(_ pair: (Int32, Int32)) {
        state.withLock { state in
            state.pairs.removeAll { $0 == pair }
            close(pair.0)
            close(pair.1)
        }
    }

    /// A connection to a port of this machine, or −1.
    static func connect(to port: UInt16) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(AF_INET, kind, 0)
        var address = address(port)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(socket)
            return -1
        }
        return socket
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
