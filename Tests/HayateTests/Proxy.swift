import Glibc
import HayateTestTasks
import Synchronization

/// A TCP proxy on 127.0.0.1 whose connections can be cut and whose door can be shut.
final class Proxy: Sendable {
    private struct State {
        var isShut = false
        var isOver = false
        var pairs: [(Int32, Int32)] = []
        var bytesToDaemons = 0
    }

    let port: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    init(to target: UInt16) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        state = Mutex(State())
        guard isBound else { throw TestFailure("the proxy cannot listen: \(errno)") }
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

    func restore() { state.withLock { $0.isShut = false } }

    /// Ends the proxy and its connections.
    func end() {
        cut()
        state.withLock { $0.isOver = true }
    }

    private func serve(_ target: UInt16) {
        while !state.withLock({ $0.isOver }) {
            let pairs = state.withLock { $0.pairs }
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
