/// What the connections of one dialer have in common.
public struct WebSocketClient: Sendable, CustomStringConvertible, CustomReflectable {
    /// A field of the request that a site's proxy wants, such as a cookie or a token.
    ///
    /// Its value is a secret: it appears nowhere but in the request.
    public struct Header: Sendable, CustomStringConvertible, CustomReflectable {
        public let name: String
        let value: String

        /// - Throws: `WebSocketFailure` of kind `.invalidRequest` if the name is no HTTP token or is one of
        ///   those that WebSocket sets itself, or if the value has a line end or another control character.
        public init(_ name: String, _ value: String) throws(WebSocketFailure) {
            guard HTTPText.isToken(name.utf8) else {
                throw WebSocketFailure(
                    .invalidRequest,
                    "\"\(printable(name))\" is no name of a request header: write letters, digits and hyphens")
            }
            let lowercase = name.lowercased()
            guard !Self.reserved.contains(lowercase), !lowercase.hasPrefix("sec-websocket-") else {
                throw WebSocketFailure(
                    .invalidRequest, "the request header \(printable(name)) cannot be given: leave it out")
            }
            guard HTTPText.isValue(value.utf8) else {
                throw WebSocketFailure(
                    .invalidRequest,
                    "the value of the request header \(printable(name)) has a line end or another control "
                        + "character: give it as one line")
            }
            self.name = name
            self.value = value
        }

        /// Ours, or such as change where the request ends, or a browser's, which the host refuses.
        private static let reserved: Set<String> = [
            "host", "upgrade", "connection", "content-length", "transfer-encoding", "origin", "expect", "te",
            "trailer",
        ]

        public var description: String { "\(name): (not shown)" }
        public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
    }

    let host: String
    let path: String
    let headers: [Header]
    private let randomness: WebSocketRandomness

    /// Most bytes of all extra headers together, so that the host's bound is not reached.
    public static let longestHeaders = 4 << 10

    /// - Parameters:
    ///   - host: as it stands in the address, with the port unless that is the scheme's own.
    ///   - path: from the first slash on, at most 1024 bytes; a query is part of it.
    ///   - headers: further request headers, at most 32 and `longestHeaders` bytes.
    /// - Throws: `WebSocketFailure` of kind `.invalidRequest`.
    public init(
        host: String, path: String, headers: [Header] = [], randomness: WebSocketRandomness = .system
    ) throws(WebSocketFailure) {
        guard !host.isEmpty, host.utf8.count <= 300, host.utf8.allSatisfy(Self.isHostCharacter) else {
            throw WebSocketFailure(.invalidRequest, "\"\(printable(host))\" is no host with a port")
        }
        guard WebSocketPath.isValid(path, allowsQuery: true) else {
            throw WebSocketFailure(.invalidRequest, WebSocketPath.sentence(path))
        }
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard headers.count <= 32, size <= Self.longestHeaders else {
            throw WebSocketFailure(
                .invalidRequest,
                "the request headers have \(size) bytes, and at most \(Self.longestHeaders) bytes in 32 headers "
                    + "are taken: give fewer")
        }
        self.host = host
        self.path = path
        self.headers = headers
        self.randomness = randomness
    }

    /// The engine of one connection.
    public func engine() -> WebSocketEngine { WebSocketEngine(.client(self), randomness: randomness) }

    public var description: String { "WebSocket client of \(host)\(path.prefix { $0 != "?" })" }
    public var customMirror: Mirror { Mirror(self, children: ["host": host]) }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: Array("-._:[]%".utf8).contains(byte)
        }
    }

    func request(key: String) -> [UInt8] {
        var lines = [
            "GET \(path) HTTP/1.1", "Host: \(host)", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: \(WebSocketPath.subprotocol)",
        ]
        lines += headers.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// What both sides must agree on.
enum WebSocketPath {
    /// Our protocol's name inside WebSocket; nobody else's client asks for it.
    static let subprotocol = "hayate.1"

    /// Visible ASCII after a slash; no fragment, which a request does not carry.
    static func isValid(_ path: String, allowsQuery: Bool) -> Bool {
        guard path.hasPrefix("/"), path.utf8.count <= 1024 else { return false }
        return path.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "#")
                && (allowsQuery || byte != UInt8(ascii: "?"))
        }
    }

    static func sentence(_ path: String) -> String {
        "\"\(printable(path))\" is no path of a WebSocket address: write a slash and visible ASCII, "
            + "as in /hayate"
    }
}
