import HayateTLS
import HayateWebSocket

/// The frames of a WebSocket as a layer. Shows nobody who the peer is: that is for the layers round it.
final class WebSocketLayer: ByteEngine {
    private let engine: WebSocketEngine?
    /// Why there is no engine; said when the connection starts.
    private let problem: CipherFailure?

    init(_ make: () throws(WebSocketFailure) -> WebSocketEngine) {
        do throws(WebSocketFailure) {
            engine = try make()
            problem = nil
        } catch {
            engine = nil
            problem = CipherFailure(error.message)
        }
    }

    var phase: TLSEngine.Phase {
        switch engine?.phase {
        case .handshaking: .handshaking
        case .established: .established
        case .ended, nil: .ended
        }
    }

    var outputCount: Int { engine?.outputCount ?? 0 }
    var peer: TLSPeer { .anonymous }

    func takeOutput(_ body: (UnsafeRawBufferPointer) -> Void) { engine?.takeOutput(body) }

    func start() throws(CipherFailure) {
        if let problem { throw problem }
        engine?.start()
    }

    func receive(_ sealed: UnsafeRawBufferPointer) throws(CipherFailure) -> UnsafeRawBufferPointer {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        do throws(WebSocketFailure) {
            return try engine?.receive(sealed) ?? nothing
        } catch {
            throw CipherFailure(error.message, mayPass: error.mayPass)
        }
    }

    func send(_ plain: UnsafeRawBufferPointer) throws(CipherFailure) { engine?.send(plain) }
}

extension WebSocketFailure {
    /// Whether it is a way of a proxy to say that nobody listens behind it yet, or that it has too much to do.
    fileprivate var mayPass: Bool {
        switch kind {
        case .refused(let status): [408, 429, 500, 502, 503, 504].contains(status)
        // An error within, a restart, try again later, a bad gateway.
        case .closedByPeer(let code): (1011...1014).contains(code)
        default: false
        }
    }
}

extension Endpoint {
    /// The layer of a listener at this address.
    func webSocketAtServer() -> WebSocketLayer {
        let path = webPath ?? Endpoint.defaultWebPath
        return WebSocketLayer { () throws(WebSocketFailure) in try WebSocketServer(path: path).engine() }
    }

    /// The layer of whoever dials this address.
    func webSocketAtClient(headers: [WebSocketClient.Header]) -> WebSocketLayer {
        WebSocketLayer { () throws(WebSocketFailure) in
            try WebSocketClient(
                host: webHost, path: webPath ?? Endpoint.defaultWebPath, headers: headers
            ).engine()
        }
    }

    /// As browsers write it: proxies choose the site by it, and not all of them know it with its own port.
    private var webHost: String {
        guard case .tcp(let host, let port) = address else { return "" }
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.ownPort ? name : "\(name):\(port)"
    }
}
