/// The server's view of a request.
struct ServerHandshake {
    /// How a request is turned down: what goes to the peer, and what the host's log says.
    struct Refusal: Error {
        var status: Int
        var reason: String
        var extra: [String] = []
        /// For the peer; tells nothing about this machine.
        var body: String
        /// For the log.
        var sentence: String

        var bytes: [UInt8] {
            let lines =
                [
                    "HTTP/1.1 \(status) \(reason)", "Content-Type: text/plain",
                    "Content-Length: \(body.utf8.count + 1)", "Cache-Control: no-store", "Connection: close",
                ] + extra
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body + "\n").utf8)
        }
    }

    /// What `take` tells.
    enum Result {
        case needsMore
        /// The answer that lets the peer in, and how many bytes of the input belonged to the request.
        case accepted(answer: [UInt8], end: Int)
        case refused(Refusal)
        /// Not even HTTP: there is nobody to answer.
        case notHTTP(String)
    }

    private let path: String
    private var head = HeadCollector()

    init(_ server: WebSocketServer) {
        path = server.path
    }

    mutating func take(_ input: UnsafeRawBufferPointer) -> Result {
        let end: Int?
        do throws(HeadCollector.Fault) {
            end = try head.take(input)
        } catch {
            if let stranger { return .notHTTP(stranger) }
            guard case .tooLong = error else { return .refused(Self.malformed("a line ends without CR")) }
            return .refused(
                Refusal(
                    status: 431, reason: "Request Header Fields Too Large", body: "The request is too long.",
                    sentence: "the peer's request has more than \(HeadCollector.longest) bytes: let the proxy "
                        + "drop what the host does not need, such as cookies"))
        }
        if let stranger { return .notHTTP(stranger) }
        guard let end else { return .needsMore }
        do throws(Refusal) {
            return .accepted(answer: try answer(), end: end)
        } catch {
            return .refused(error)
        }
    }

    /// What the peer speaks if its first byte begins no HTTP request.
    private var stranger: String? {
        guard let first = head.bytes.first, !(0x41...0x5a).contains(first) else { return nil }
        return first == 0x16
            ? "the peer speaks TLS to a ws:// address: let it use ws://, or listen at wss://"
            : "the peer speaks neither HTTP nor WebSocket"
    }

    private static func malformed(_ what: String) -> Refusal {
        Refusal(
            status: 400, reason: "Bad Request", body: "The request is malformed.",
            sentence: "the peer breaks the rules of HTTP (\(what))")
    }

    private func answer() throws(Refusal) -> [UInt8] {
        let request: HTTPHead
        do throws(HTTPHead.Fault) { request = try HTTPHead(head.bytes) } catch {
            throw Self.malformed(error.what)
        }
        try checkRequest(request)
        try checkUpgrade(request)
        guard let key = request.only("sec-websocket-key"), AcceptKey.isKey(key) else {
            throw Self.malformed("Sec-WebSocket-Key")
        }
        guard request.list("sec-websocket-protocol").contains(WebSocketPath.subprotocol) else {
            throw Refusal(
                status: 400, reason: "Bad Request", body: "The protocol \(WebSocketPath.subprotocol) is required.",
                sentence: "the peer speaks WebSocket but is none of ours, or a proxy drops Sec-WebSocket-Protocol")
        }
        let lines = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: \(AcceptKey.answer(to: key))",
            "Sec-WebSocket-Protocol: \(WebSocketPath.subprotocol)",
        ]
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    private func checkRequest(_ request: HTTPHead) throws(Refusal) {
        let parts = request.startLine.utf8.split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, HTTPText.isToken(parts[0]), !parts[1].isEmpty,
            parts[2].elementsEqual("HTTP/1.1".utf8)
        else { throw Self.malformed("its first line") }
        // A body would be read as frames; two hosts are a smuggler's.
        guard request.only("host") != nil, !request.has("transfer-encoding"),
            !request.has("content-length") || request.only("content-length") == "0"
        else { throw Self.malformed("Host, Content-Length or Transfer-Encoding") }
        guard parts[0].elementsEqual("GET".utf8) else {
            throw Refusal(
                status: 405, reason: "Method Not Allowed", extra: ["Allow: GET"],
                body: "Only GET is answered.",
                sentence: "a peer asked by \(printable(String(decoding: parts[0], as: UTF8.self))), not by GET: it "
                    + "is no daemon")
        }
        guard parts[1].prefix(while: { $0 != UInt8(ascii: "?") }).elementsEqual(path.utf8) else {
            throw Refusal(
                status: 404, reason: "Not Found", body: "There is nothing here.",
                sentence: "a peer asked for another path than \(path): check the daemon's address and what the "
                    + "proxy makes of it")
        }
        guard !request.has("origin") else {
            throw Refusal(
                status: 403, reason: "Forbidden", body: "Web pages may not connect.",
                sentence: "a browser's page tried to connect (it sends Origin), which is never allowed")
        }
    }

    private func checkUpgrade(_ request: HTTPHead) throws(Refusal) {
        let isUpgrade = request.lists("upgrade", "websocket") && request.lists("connection", "upgrade")
        guard isUpgrade, request.only("sec-websocket-version") == "13" else {
            throw Refusal(
                status: 426, reason: "Upgrade Required",
                extra: ["Upgrade: websocket", "Sec-WebSocket-Version: 13"],
                body: "Only WebSocket, version 13, is spoken here.",
                sentence: isUpgrade
                    ? "the peer speaks another version of WebSocket than 13: it is outdated"
                    : "the peer did not ask for WebSocket: it is no daemon, or a proxy drops Upgrade and Connection")
        }
    }
}
