import Glibc
import HayateTLS

/// TLS on a socket.
final class TLSChannel: ByteChannel {
    private let engine: TLSEngine
    private let socket: Socket
    private let exchange: HTTPExchange

    /// Returns when the server has shown who it is.
    init(_ socket: Socket, _ exchange: HTTPExchange) throws(HTTPError) {
        self.socket = socket
        self.exchange = exchange
        do throws(TLSFailure) {
            engine = try TLSClient(
                .certificate(trust: try Authorities.trust(exchange.client.authorities), own: nil),
                serverName: exchange.url.host
            ).engine()
        } catch {
            throw HTTPError(.tls, error.message)
        }
        let wire = PlainChannel(socket: socket, exchange: exchange, step: (.tls, .tls))
        var failure: HTTPError?
        do throws(TLSFailure) { try engine.start() } catch { failure = Self.error(error, exchange) }
        while failure == nil, engine.phase == .handshaking {
            try flush(wire)
            guard case .bytes(let bytes) = try wire.receive() else {
                throw HTTPError(
                    .tls, "the server closed the connection in the TLS handshake: it may not speak TLS there")
            }
            do throws(TLSFailure) { _ = try opened(bytes) } catch { failure = Self.error(error, exchange) }
        }
        if let failure {
            // The alert that tells the other side; that it does not arrive is no news.
            try? flush(wire)
            throw failure
        }
        guard engine.phase == .established else {
            throw HTTPError(.tls, "the server said goodbye in the TLS handshake")
        }
        try flush(wire)
    }

    func send(_ bytes: [UInt8]) throws(HTTPError) {
        var failure: TLSFailure?
        bytes.withUnsafeBytes { bytes in
            do throws(TLSFailure) { try engine.send(bytes) } catch { failure = error }
        }
        if let failure { throw HTTPError(.send, failure.message) }
        try flush(PlainChannel(socket: socket, exchange: exchange))
    }

    func receive() throws(HTTPError) -> Received {
        let wire = PlainChannel(socket: socket, exchange: exchange)
        while engine.phase == .established {
            // Without TLS's own goodbye anybody on the way may have ended it.
            guard case .bytes(let sealed) = try wire.receive() else { return .end(wasOrderly: false) }
            do throws(TLSFailure) {
                let plain = try opened(sealed)
                if !plain.isEmpty { return .bytes(plain) }
            } catch {
                throw HTTPError(.answer, error.message)
            }
        }
        return .end(wasOrderly: true)
    }

    private func opened(_ sealed: [UInt8]) throws(TLSFailure) -> [UInt8] {
        var failure: TLSFailure?
        let plain = sealed.withUnsafeBytes { sealed -> [UInt8] in
            do throws(TLSFailure) {
                return Array(try engine.receive(sealed))
            } catch {
                failure = error
                return []
            }
        }
        if let failure { throw failure }
        return plain
    }

    private func flush(_ wire: PlainChannel) throws(HTTPError) {
        var output: [UInt8] = []
        engine.takeOutput { output = Array($0) }
        if !output.isEmpty { try wire.send(output) }
    }

    /// Web services know nothing of this program's options, which the engine's sentences name.
    private static func error(_ failure: TLSFailure, _ exchange: HTTPExchange) -> HTTPError {
        let text =
            switch failure.kind {
            case .certificate(let problem): "the server's certificate \(sentence(problem))"
            case .notTLS: "the server does not speak TLS there: the port is wrong, or the URL begins with http://"
            case .oldVersion: "the server speaks no TLS 1.2, which is the only version here"
            case .noSharedSuite: "the server offers no suite of TLS 1.2 with forward secrecy that is used here"
            case .refusedByPeer(let alert):
                "the server broke off the TLS handshake (alert \(alert)): its own log says why"
            default: failure.message
            }
        return HTTPError(.tls, text)
    }

    private static func sentence(_ problem: CertificateProblem) -> String {
        switch problem {
        case .unknownAuthority:
            "is not signed by an authority that is trusted here: name the file with that authority's certificate "
                + "(authorities, or the variable SSL_CERT_FILE)"
        case .expired(let moment): "expired on \(moment)"
        case .notYetValid(let moment): "is not valid before \(moment): check the clocks of both machines"
        case .wrongHost(let dialled, let names):
            "is for \(names.isEmpty ? "no name" : Printable.text(names.prefix(4).joined(separator: ", "))) and not for "
                + "\(dialled): use one of its names in the URL"
        case .weak(let what): "is too weak (\(what))"
        case .wrongUse: "was not made for a server"
        case .revoked: "was taken back by its authority"
        case .missing, .unreadable, .notPinned: "cannot be read"
        case .ofAuthority(let name, let problem):
            "is signed by \(Printable.quoted(name)), whose certificate \(sentence(problem))"
        }
    }
}

/// Who may sign a server's certificate.
enum Authorities {
    static func trust(_ path: String?) throws(TLSFailure) -> Trust {
        let named = path ?? getenv("SSL_CERT_FILE").map { String(cString: $0) } ?? ""
        guard !named.isEmpty else { return .system }
        guard let authorities = Certificates(bundle: named) else {
            throw TLSFailure(
                .certificate(.unreadable),
                "\(named), which should have certificates of authorities, has none that can be read")
        }
        return .authorities(authorities)
    }
}
