/// A header of a request or an answer.
public struct HTTPHeader: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request to a web service.
public struct HTTPRequest: Sendable {
    public var url: String
    public var method: String
    public var headers: [HTTPHeader]
    public var body: String

    public init(url: String, method: String = "POST", headers: [HTTPHeader] = [], body: String = "") {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
    }

    /// The bytes for the wire.
    /// - Throws: `HTTPError` for what would be another request than it looks like: a line break in a header begins
    ///   the next one.
    func bytes(to url: HTTPURL) throws(HTTPError) -> [UInt8] {
        guard Self.isToken(method) else {
            throw HTTPError(
                .request, "the method of a request is one word such as POST, not \(Printable.quoted(method))")
        }
        var text = "\(method) \(url.target) HTTP/1.1\r\nHost: \(url.authority)\r\n"
        for header in headers {
            guard Self.isToken(header.name) else {
                throw HTTPError(.request, "\(Printable.quoted(header.name)) cannot be the name of a header")
            }
            guard !Self.ownNames.contains(header.name.lowercased()) else {
                throw HTTPError(.request, "the header \(header.name) is made from the request: leave it out")
            }
            // The value may be a secret, so it is not shown.
            guard !header.value.unicodeScalars.contains(where: { Self.isControl($0) && $0 != "\t" }) else {
                throw HTTPError(
                    .request,
                    "the value of the header \(header.name) has a line break or another control character: take it out")
            }
            text += "\(header.name): \(header.value)\r\n"
        }
        for (name, value) in [("User-Agent", "hayate"), ("Accept", "*/*")] where !has(name) {
            text += "\(name): \(value)\r\n"
        }
        if !body.isEmpty || !["GET", "HEAD", "DELETE"].contains(method) {
            text += "Content-Length: \(body.utf8.count)\r\n"
        }
        text += "Connection: close\r\n\r\n"
        return Array(text.utf8) + Array(body.utf8)
    }

    public func has(_ name: String) -> Bool {
        headers.contains { $0.name.lowercased() == name.lowercased() }
    }

    private static let ownNames: Set = ["host", "content-length", "transfer-encoding", "connection"]

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || scalar.value == 0x7f
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
