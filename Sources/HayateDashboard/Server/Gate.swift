import Synchronization

/// Who gets in, and where to.
///
/// The address that the user opens has a token behind its `#`, which browsers never send. The page's script posts it
/// once; the token is spent, and the browser gets two secrets that are both needed from then on: a cookie that no
/// script can read, and a key that the script keeps for this origin alone. Cookies go to all ports of a host, also to
/// the server of another user at another port; the key does not.
final class Gate: Sendable {
    /// What may be seen without having come in: nothing of the session.
    enum Asset: Sendable { case page, style, script, icon }

    enum Way: Sendable {
        case asset(Asset)
        case answer(Answer)
        case snapshot
        case spans(since: Double)
        case trace
    }

    let token = Secret()
    private let cookie = Secret()
    private let key = Secret()
    private let isSpent = Mutex(false)
    private let port: UInt16

    init(port: UInt16) { self.port = port }

    /// Of this server: a cookie of another one does not take its place.
    var cookieName: String { "hayate-\(port)" }

    func way(of request: Request, _ body: [UInt8]) throws(Answer) -> Way {
        // A name of somebody else's that leads to this address (DNS rebinding) is not ours.
        let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
        guard let host = request.headers["host"], hosts.contains(host) else { throw .misdirected }
        if let origin = request.headers["origin"], origin != "http://\(host)" { throw .forbidden }
        if request.path == "/session" { return .answer(try enter(request, body)) }
        guard request.method == "GET" else { throw .notAllowed("GET") }
        guard request.bodyCount == 0 else { throw .malformed }
        switch request.path {
        case "/": return .asset(.page)
        case "/style.css": return .asset(.style)
        case "/script.js": return .asset(.script)
        case "/icon.svg": return .asset(.icon)
        default: break
        }
        let way: Way
        switch request.path {
        case "/snapshot.json": way = .snapshot
        case "/spans.json": way = .spans(since: request.parameter("since").flatMap(Double.init) ?? 0)
        case "/trace.json": way = .trace
        default: throw .notFound
        }
        // Browsers say whose page asks. Who follows a link from elsewhere gets the page, and no data.
        if let site = request.headers["sec-fetch-site"], site != "same-origin" { throw .forbidden }
        let hasCookie = cookie.matches((request.cookie(cookieName) ?? "").utf8)
        let hasKey = key.matches((request.headers["hayate-key"] ?? "").utf8)
        guard hasCookie, hasKey else { throw .unauthorized }
        return way
    }

    private func enter(_ request: Request, _ body: [UInt8]) throws(Answer) -> Answer {
        guard request.method == "POST" else { throw .notAllowed("POST") }
        if let site = request.headers["sec-fetch-site"], site != "same-origin" { throw .forbidden }
        // Once, whoever comes at the same time.
        let isGood = isSpent.withLock { isSpent in
            guard token.matches(body), !isSpent else { return false }
            isSpent = true
            return true
        }
        guard isGood else { throw .forbidden }
        var answer = Answer(Array(key.text.utf8), type: "text/plain; charset=utf-8")
        answer.headers = [("Set-Cookie", "\(cookieName)=\(cookie.text); HttpOnly; SameSite=Strict; Path=/")]
        return answer
    }
}
