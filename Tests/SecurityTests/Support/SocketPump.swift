import Glibc

@testable import HayateTLS

/// An engine at a loopback socket, blocking, for peers in other processes.
enum SocketPump {
    struct Failed: Error { var text: String }

    struct End {
        var failure: TLSFailure?
        var isEstablished = false
        var peer = TLSPeer.anonymous
        var received: [UInt8] = []
    }

    /// A socket that listens at a port of the system's choice.
    static func listen() throws -> (socket: Int32, port: UInt16) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, size) == 0 && Glibc.listen(socket, 8) == 0
                    && getsockname(socket, address, &size) == 0
            }
        }
        guard result else { throw Failed(text: "cannot listen: \(errno)") }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    static func dial(_ port: UInt16) throws -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed(text: "cannot dial: \(errno)") }
        return socket
    }

    static func accept(_ socket: Int32) throws -> Int32 {
        guard isReadable(socket) else { throw Failed(text: "nobody dialled") }
        return Glibc.accept(socket, nil, nil)
    }

    /// Runs the engine until either side is done, and closes the socket.
    ///
    /// - Parameter answer: said once something was received; then it says goodbye.
    static func run(_ engine: TLSEngine, at socket: Int32, saying first: String = "", answer: String = "")
        -> End
    {
        var end = End()
        defer { close(socket) }
        var space = [UInt8](repeating: 0, count: 32 << 10)
        func flush() {
            engine.takeOutput { bytes in
                _ = send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
        }
        func say(_ text: String) throws(TLSFailure) {
            var failure: TLSFailure?
            Array(text.utf8).withUnsafeBytes { bytes in
                do throws(TLSFailure) { try engine.send(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        do throws(TLSFailure) {
            try engine.start()
            if !first.isEmpty { try say(first) }
            flush()
            while engine.phase != .ended, isReadable(socket) {
                let count = recv(socket, &space, space.count, 0)
                guard count > 0 else { break }
                var failure: TLSFailure?
                space.withUnsafeBytes { bytes in
                    do throws(TLSFailure) {
                        let plain = try engine.receive(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
                        end.received += Array(plain)
                    } catch { failure = error }
                }
                if engine.phase == .established {
                    end.isEstablished = true
                    end.peer = engine.peer
                }
                if let failure { throw failure }
                if !end.received.isEmpty, !answer.isEmpty {
                    try say(answer)
                    engine.sayGoodbye()
                }
                flush()
            }
        } catch {
            end.failure = error
            flush()
        }
        return end
    }

    /// A peer that says nothing for twenty seconds is none.
    private static func isReadable(_ socket: Int32) -> Bool {
        var question = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&question, 1, 20_000) == 1
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
