import HayateTLS
import HayateWebSocket

/// What a listener protects its connections with.
public struct ServerSecurity: Sendable {
    /// By pre-shared keys.
    public var keys: TLSServer?
    /// By a certificate.
    public var certificate: TLSServer?

    public init(keys: TLSServer? = nil, certificate: TLSServer? = nil) {
        self.keys = keys
        self.certificate = certificate
    }

    /// What makes the protection of each connection at an address.
    public func connections(at endpoint: Endpoint) -> @Sendable () -> Security {
        let parts = self
        return { Security(layers: parts.layers(at: endpoint)) }
    }

    private func layers(at endpoint: Endpoint) -> [any ByteEngine] {
        switch endpoint.scheme {
        case .ipc: []
        case .tcp, .tlsTCP: [keys ?? certificate].compactMap { $0 }.map { TLSLayer($0.engine()) }
        case .ws: [endpoint.webSocketAtServer()] + inner
        // Without a certificate there is none of them, which `demand` refuses.
        case .wss: certificate.map { [TLSLayer($0.engine()), endpoint.webSocketAtServer()] + inner } ?? []
        }
    }

    /// End to end: whatever ends the TLS of a site's proxy sees nothing of it.
    private var inner: [any ByteEngine] { keys.map { [TLSLayer($0.engine())] } ?? [] }
}

/// What whoever dials protects its connection with.
public struct ClientSecurity: Sendable {
    /// By a pre-shared key.
    public var keys: TLSClient?
    /// By certificates.
    public var certificate: TLSClient?
    /// What a site's proxy wants in the request for a WebSocket: cookies, tokens.
    public var headers: [WebSocketClient.Header]

    public init(
        keys: TLSClient? = nil, certificate: TLSClient? = nil, headers: [WebSocketClient.Header] = []
    ) {
        self.keys = keys
        self.certificate = certificate
        self.headers = headers
    }

    /// What makes the protection of each connection to an address.
    public func connections(to endpoint: Endpoint) -> @Sendable () -> Security {
        let parts = self
        return { Security(layers: parts.layers(to: endpoint)) }
    }

    private func layers(to endpoint: Endpoint) -> [any ByteEngine] {
        switch endpoint.scheme {
        case .ipc: []
        case .tcp, .tlsTCP: [keys ?? certificate].compactMap { $0 }.map { TLSLayer($0.engine()) }
        case .ws: [endpoint.webSocketAtClient(headers: headers)] + inner
        // Without a certificate there is none of them, which `demand` refuses.
        case .wss: certificate.map { [TLSLayer($0.engine()), endpoint.webSocketAtClient(headers: headers)] + inner } ?? []
        }
    }

    /// End to end: whatever ends the TLS of a site's proxy sees nothing of it.
    private var inner: [any ByteEngine] { keys.map { [TLSLayer($0.engine())] } ?? [] }
}

extension Endpoint {
    /// Whether the rules let tasks pass there: a Unix socket, this machine, or TLS. Everything else needs
    /// somebody who spells out that nothing protects it.
    public var isProtectable: Bool { scheme != .tcp || isLoopback }

    /// Whether the two sides have to show each other who they are. On a Unix socket the kernel says it.
    public func needsCredentials(allowingPlaintext: Bool) -> Bool {
        switch scheme {
        case .ipc: false
        case .tcp, .ws: !allowingPlaintext
        case .tlsTCP, .wss: true
        }
    }

    /// - Throws: `.unprotected` if the address promises TLS and there is none.
    func demand(_ security: Security) throws(TransportError) {
        guard scheme != .ipc, scheme != .tcp, security.cipher == nil else { return }
        guard scheme != .wss else {
            throw TransportError(
                .unprotected,
                "\(self) promises TLS with certificates, and there is no certificate for it; behind a proxy that "
                    + "has one, the host listens at ws://.")
        }
        throw TransportError(
            .unprotected, "\(self) promises TLS, and there is neither a key nor a certificate for it.")
    }
}

extension Security {
    /// By these layers, outermost first; none: plain.
    init(layers: [any ByteEngine]) {
        self = layers.isEmpty ? .plain : .cipher(EngineStack(layers))
    }
}
