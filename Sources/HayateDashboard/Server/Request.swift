/// A request of HTTP/1.1 (RFC 9112) without its body, read strictly: of what could be understood in two ways nothing is
/// understood.
struct Request: Sendable {
    var method: String
    /// Begins with a slash; nothing in it is decoded.
    var path: String
    var query: String
    /// By their names in small letters.
    var headers: [String: String]
    /// Bytes that follow.
    var bodyCount: Int

    /// - Parameter head: up to and without the empty line.
    /// - Throws: the answer for who sends this.
    init(head: some Collection<UInt8>, limits: DashboardLimits) throws(Answer) {
        var lines: [Substring] = []
        guard let text = String(validating: head, as: UTF8.self),
            text.utf8.allSatisfy({ $0 == 0x0D || $0 == 0x0A || $0 == 0x09 || (0x20...0x7E).contains($0) })
        else { throw .malformed }
        var rest = Substring(text).unicodeScalars
        while true {
            let line = rest.prefix { $0 != "\r" && $0 != "\n" }
            lines.append(Substring(line))
            rest = rest[line.endIndex...]
            guard !rest.isEmpty else { break }
            guard rest.popFirst() == "\r", rest.popFirst() == "\n" else { throw .malformed }
        }
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", Self.isToken(words[0]),
            words[1].hasPrefix("/"), words[1].utf8.allSatisfy({ $0 > 0x20 })
        else { throw .malformed }
        method = String(words[0])
        let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
        headers = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), Self.isToken(line[..<colon]) else { throw .malformed }
            let name = line[..<colon].lowercased()
            var value = line[line.index(after: colon)...]
            while let first = value.first, first == " " || first == "\t" { value.removeFirst() }
            while let last = value.last, last == " " || last == "\t" { value.removeLast() }
            // No header is sent twice by a browser, and one of two would be the one that somebody else sees.
            guard headers.updateValue(String(value), forKey: name) == nil else { throw .malformed }
        }
        guard headers["transfer-encoding"] == nil, headers["upgrade"] == nil else { throw .malformed }
        bodyCount = 0
        if let length = headers["content-length"] {
            guard !length.isEmpty, length.utf8.count <= 9, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let count = Int(length)
            else { throw .malformed }
            guard count <= limits.bodyBytes else { throw .tooLargeBody }
            bodyCount = count
        }
    }

    /// One parameter of the query.
    func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }

    /// One cookie.
    func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
