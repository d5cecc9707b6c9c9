import Glibc

/// What a request goes through: a socket, or TLS on it.
protocol ByteChannel {
    func send(_ bytes: [UInt8]) throws(HTTPError)
    /// Waits for what comes.
    func receive() throws(HTTPError) -> Received
}

enum Received {
    case bytes([UInt8])
    /// - Parameter wasOrderly: whether it was the server that said so, and nobody on the way.
    case end(wasOrderly: Bool)
}

struct PlainChannel: ByteChannel {
    let socket: Socket
    let exchange: HTTPExchange
    /// What is being done, for errors.
    var step: (sending: HTTPError.Step, receiving: HTTPError.Step) = (.send, .answer)

    func send(_ bytes: [UInt8]) throws(HTTPError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    socket.descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                try exchange.wait(for: socket.descriptor, POLLOUT, step.sending, "the server did not take the request")
            } else if errno != EINTR {
                throw HTTPError(step.sending, "the connection broke: \(HTTPExchange.text(errno))")
            }
        }
    }

    func receive() throws(HTTPError) -> Received {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = recv(socket.descriptor, &buffer, buffer.count, 0)
            if count > 0 { return .bytes(Array(buffer[..<count])) }
            if count == 0 { return .end(wasOrderly: true) }
            if errno == EAGAIN {
                let what =
                    step.receiving == .tls ? "the server did not finish the TLS handshake" : "no whole answer came"
                try exchange.wait(for: socket.descriptor, POLLIN, step.receiving, what)
            } else if errno != EINTR {
                throw HTTPError(step.receiving, "the connection broke: \(HTTPExchange.text(errno))")
            }
        }
    }
}
