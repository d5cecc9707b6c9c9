/// What a request is answered with.
struct Answer: Error, Sendable {
    var status: Int
    var phrase: String
    var type = "text/plain; charset=utf-8"
    var headers: [(String, String)] = []
    var body: Body

    enum Body: Sendable {
        case bytes([UInt8])
        /// Pieces, made while they are sent; the end of the connection is their end.
        case pieces(@Sendable () async throws -> [UInt8]?)
    }

    init(_ status: Int, _ phrase: String) {
        self.status = status
        self.phrase = phrase
        // Nothing but the words of the standard: who must not be here learns nothing.
        body = .bytes(Array((phrase + "\n").utf8))
    }

    init(_ bytes: [UInt8], type: String) {
        self.init(200, "OK")
        self.type = type
        body = .bytes(bytes)
    }

    static let malformed = Answer(400, "Bad Request")
    static let unauthorized = Answer(401, "Unauthorized")
    static let forbidden = Answer(403, "Forbidden")
    static let notFound = Answer(404, "Not Found")
    static let timeout = Answer(408, "Request Timeout")
    static let tooLargeBody = Answer(413, "Content Too Large")
    static let misdirected = Answer(421, "Misdirected Request")
    static let tooLargeHead = Answer(431, "Request Header Fields Too Large")
    static let failed = Answer(502, "Bad Gateway")

    static func notAllowed(_ methods: String) -> Answer {
        var answer = Answer(405, "Method Not Allowed")
        answer.headers = [("Allow", methods)]
        return answer
    }

    /// The status line and the headers. Each connection serves one request.
    var head: [UInt8] {
        var text = "HTTP/1.1 \(status) \(phrase)\r\nContent-Type: \(type)\r\n"
        if case .bytes(let bytes) = body { text += "Content-Length: \(bytes.count)\r\n" }
        for (name, value) in headers + Self.always { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// The page may load what this server has, and nothing else; nobody may frame it, keep it, or learn its address.
    private static let always = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"), ("Connection", "close"),
    ]
}
