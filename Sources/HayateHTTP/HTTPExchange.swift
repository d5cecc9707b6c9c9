import Glibc
import HayateTLS

/// One request and its answer, on a thread that may wait.
struct HTTPExchange: Sendable {
    let url: HTTPURL
    let method: String
    let bytes: [UInt8]
    let client: HTTPClient
    let until: ContinuousClock.Instant
    let wakeUp: WakeUp

    func run() -> Result<HTTPAnswer, HTTPError> {
        do throws(HTTPError) {
            return .success(try exchange())
        } catch {
            var error = error
            error.message = "\(method) \(url.text): \(error.message)"
            return .failure(error)
        }
    }

    private func exchange() throws(HTTPError) -> HTTPAnswer {
        let socket = try connected(to: try addresses())
        let channel: any ByteChannel =
            url.isSecure ? try TLSChannel(socket, self) : PlainChannel(socket: socket, exchange: self)
        var parser = AnswerParser(method: method, bodyLimit: client.bodyLimit)
        // A server that refuses a long body may answer and close before it has read all of it.
        let failure = try unlessInterrupted { () throws(HTTPError) in try channel.send(bytes) }
        while true {
            let progress: AnswerParser.Progress
            do throws(HTTPError) {
                switch try channel.receive() {
                case .bytes(let bytes): progress = parser.receive(bytes)
                case .end(let wasOrderly): progress = parser.end(wasOrderly: wasOrderly)
                }
            } catch {
                throw error.isTimeout || error.isCancelled ? error : failure ?? error
            }
            switch progress {
            case .needsMore: continue
            case .complete:
                guard let answer = parser.answer else { throw HTTPError(.answer, "the answer has no head") }
                return answer
            case .invalid(let why): throw failure ?? HTTPError(.answer, "the answer \(why)")
            }
        }
    }

    private func unlessInterrupted(_ body: () throws(HTTPError) -> Void) throws(HTTPError) -> HTTPError? {
        do throws(HTTPError) {
            try body()
            return nil
        } catch {
            if error.isTimeout || error.isCancelled { throw error }
            return error
        }
    }

    // MARK: The way there

    private func addresses() throws(HTTPError) -> [SocketAddress] {
        if let address = SocketAddress(numeric: url.host, port: url.port) { return [address] }
        guard let lookup = NameLookup(host: url.host, port: url.port) else {
            throw HTTPError(.name, "no file descriptor is left: raise the limit with ulimit -n")
        }
        try wait(for: lookup.done.descriptor, POLLIN, .name, "its name was not looked up")
        switch lookup.outcome {
        case .found(let addresses)?: return addresses
        case .failed(let why)?:
            throw HTTPError(.name, "the name \(url.host) could not be looked up: \(Printable.text(why))")
        case nil: throw HTTPError(.name, "the name \(url.host) could not be looked up")
        }
    }

    /// Tries one address after the other, each with its share of the time.
    private func connected(to addresses: [SocketAddress]) throws(HTTPError) -> Socket {
        var last = HTTPError(.connect, "there is no address")
        for (position, address) in addresses.enumerated() {
            let share = (until - .now) / (addresses.count - position)
            do throws(HTTPError) {
                return try connected(to: address, until: .now + share)
            } catch {
                if error.isCancelled || .now >= until { throw error }
                last = error
            }
        }
        throw last
    }

    private func connected(to address: SocketAddress, until: ContinuousClock.Instant) throws(HTTPError) -> Socket {
        guard let socket = Socket(family: address.family) else {
            throw HTTPError(.connect, "no connection could be made: \(Self.text(errno))")
        }
        let result = address.withPointer { connect(socket.descriptor, $0, $1) }
        if result != 0 {
            guard errno == EINPROGRESS else { throw Self.unreachable(address, url, errno) }
            try wait(
                for: socket.descriptor, POLLOUT, .connect, "no connection to \(address.text) port \(url.port)",
                until: until)
            let code = socket.failure
            guard code == 0 else { throw Self.unreachable(address, url, code) }
        }
        return socket
    }

    private static func unreachable(_ address: SocketAddress, _ url: HTTPURL, _ code: Int32) -> HTTPError {
        HTTPError(.connect, "no connection to \(address.text) port \(url.port): \(text(code))")
    }

    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

    // MARK: Waiting

    /// Waits until a descriptor is ready.
    /// - Parameter what: begins the sentence if it does not become so in time.
    func wait(
        for descriptor: Int32, _ events: Int32, _ step: HTTPError.Step, _ what: String,
        until: ContinuousClock.Instant? = nil
    ) throws(HTTPError) {
        let until = until ?? self.until
        while true {
            if wakeUp.isSet {
                var error = HTTPError(step, "the request was cancelled")
                error.isCancelled = true
                throw error
            }
            let left = until - .now
            guard left > .zero else {
                var error = HTTPError(step, "\(what) within \(client.deadline)")
                error.isTimeout = true
                throw error
            }
            var polls = [
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
                pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
            let count = poll(&polls, 2, Int32(clamping: milliseconds + 1))
            if count > 0, polls[0].revents != 0, !wakeUp.isSet { return }
        }
    }
}

/// A TCP socket that never blocks, and is closed with its owner.
final class Socket: Sendable {
    let descriptor: Int32

    init?(family: Int32) {
        descriptor = socket(
            family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What became of a connection that was being made; 0: it is there.
    var failure: Int32 {
        var code: Int32 = 0
        var size = socklen_t(4)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }
}
