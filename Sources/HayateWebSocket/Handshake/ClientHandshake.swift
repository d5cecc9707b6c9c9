/// The client's view of the answer to its request.
struct ClientHandshake {
    private let client: WebSocketClient
    private let key: String
    private var head = HeadCollector()

    init(_ client: WebSocketClient, key: String) {
        self.client = client
        self.key = key
    }

    /// How many bytes of `input` belonged to the answer, if it is whole and good.
    mutating func take(_ input: UnsafeRawBufferPointer) throws(WebSocketFailure) -> Int? {
        let end: Int?
        do throws(HeadCollector.Fault) {
            end = try head.take(input)
        } catch {
            try checkStart()
            throw malformed("its answer has no end, or a wrong one")
        }
        try checkStart()
        guard let end else { return nil }
        let answer: HTTPHead
        do throws(HTTPHead.Fault) { answer = try HTTPHead(head.bytes) } catch { throw malformed(error.what) }
        try judge(answer)
        return end
    }

    /// Says it with the first byte that cannot be HTTP, so that nobody waits for the end of it.
    private func checkStart() throws(WebSocketFailure) {
        guard !head.couldBegin(with: "HTTP/1.") else { return }
        // A TLS alert or handshake record.
        let speaksTLS = head.bytes.first == 0x15 || head.bytes.first == 0x16
        throw WebSocketFailure(
            .notWebSocket,
            speaksTLS
                ? "\(client.host) speaks TLS: write wss:// instead of ws://"
                : "\(client.host) does not speak HTTP: it is another service; check the port and the scheme")
    }

    private func malformed(_ what: String) -> WebSocketFailure {
        WebSocketFailure(.malformed, "\(client.host) breaks the rules of HTTP (\(what)): check the address")
    }

    private func judge(_ answer: HTTPHead) throws(WebSocketFailure) {
        let line = answer.startLine.utf8
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard line.count >= 12, parts.count >= 2, parts[1].count == 3,
            parts[1].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let status = Int(String(decoding: parts[1], as: UTF8.self)), status >= 100
        else { throw malformed("its status line") }
        guard status == 101 else {
            throw refusal(status, String(decoding: line.dropFirst(9), as: UTF8.self), answer)
        }
        guard parts[0].elementsEqual("HTTP/1.1".utf8), answer.lists("upgrade", "websocket"),
            answer.lists("connection", "upgrade"),
            answer.only("sec-websocket-accept") == AcceptKey.answer(to: key)
        else {
            throw WebSocketFailure(
                .notWebSocket,
                "\(client.host) answers as if it spoke WebSocket and does not, or a cache stands between: check "
                    + "the address and the proxy")
        }
        guard answer.list("sec-websocket-protocol") == [WebSocketPath.subprotocol] else {
            throw WebSocketFailure(
                .notWebSocket,
                "\(client.host) speaks WebSocket but is no host of ours, or its proxy drops "
                    + "Sec-WebSocket-Protocol: check the path \(shownPath) and the proxy")
        }
        guard !answer.has("sec-websocket-extensions") else {
            throw malformed("an extension that was not asked for")
        }
    }

    /// Without the query, which can hold a token.
    private var shownPath: String { printable(String(client.path.prefix { $0 != "?" })) }

    private func refusal(_ status: Int, _ line: String, _ answer: HTTPHead) -> WebSocketFailure {
        let remedy: String
        switch status {
        case 300...399:
            let location = answer.only("location").map { " to \(printable(Self.withoutQuery($0)))" } ?? ""
            remedy = "it redirects\(location), which a daemon does not follow: give the address behind it, or "
                + "the request header that spares the login"
        case 401, 403, 407:
            remedy = "its proxy wants a login or forbids this: give the cookie or token that it wants as a "
                + "request header"
        case 404, 410:
            remedy = "nothing is at \(shownPath): check the path of the address and the proxy's route"
        case 400, 426:
            remedy = "the request did not arrive as it was sent: let the proxy pass on Upgrade, Connection and "
                + "Sec-WebSocket-Protocol over HTTP/1.1"
        case 429:
            remedy = "its proxy allows no more connections now: raise its limit for \(shownPath)"
        case 502, 503, 504:
            remedy = "its proxy does not reach the host: check that the host runs and where the proxy sends "
                + "\(shownPath)"
        case 200...299:
            remedy = "it is a web page and no WebSocket: check the path, and let the proxy pass on Upgrade and "
                + "Connection"
        default:
            remedy = "check the address and the proxy"
        }
        return WebSocketFailure(
            .refused(status: status), "\(client.host) answers \"\(printable(line))\": \(remedy)")
    }

    private static func withoutQuery(_ location: String) -> String {
        String(location.prefix { $0 != "?" && $0 != "#" })
    }
}
