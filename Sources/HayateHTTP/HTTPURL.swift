import Glibc

/// Where a request goes: `http://` or `https://`, a host, a port, and what is wanted of it.
public struct HTTPURL: Sendable, Hashable {
    public let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: UInt16
    /// Path and query as they stand in the request.
    public let target: String

    /// - Throws: `HTTPError` that says what is wrong with the text.
    public init(_ text: String) throws(HTTPError) {
        func fail(_ why: String) -> HTTPError {
            // What is after a question mark, or before an at sign, may be a secret.
            HTTPError(.request, "\(Self.withoutSecrets(text)) \(why)")
        }
        // Not by characters: "\r\n" is one of them.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw fail("is no URL: blanks, control characters and letters beyond ASCII must be percent-encoded")
        }
        let lower = text.lowercased()
        let rest: Substring
        if lower.hasPrefix("https://") {
            (isSecure, rest) = (true, text.dropFirst(8))
        } else if lower.hasPrefix("http://") {
            (isSecure, rest) = (false, text.dropFirst(7))
        } else {
            throw fail("is no URL of a web service: it begins with https:// or http://")
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<end]
        guard !authority.contains("@") else {
            throw fail("has a user or password in it: give them as a header")
        }
        var name = authority
        var digits: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { throw fail("has a [ without a ]") }
            name = authority[authority.index(after: authority.startIndex)..<close]
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.first == ":" else { throw fail("has something between ] and its port") }
            digits = after.isEmpty ? nil : after.dropFirst()
            guard SocketAddress(numeric: String(name), port: 0)?.isIPv6 == true else {
                throw fail("has no IPv6 address in its brackets")
            }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                name = authority[..<colon]
                digits = authority[authority.index(after: colon)...]
            }
            let isName =
                !name.isEmpty && name.utf8.count <= 253 && name.utf8.first != UInt8(ascii: "-")
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                    default: "-._".utf8.contains(byte)
                    }
                }
            guard isName else { throw fail("has no host name that could be looked up") }
        }
        host = String(name)
        if let digits, !digits.isEmpty {
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0
            else { throw fail("has a port that is no number from 1 to 65535") }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
        let wanted = rest[end...].prefix { $0 != "#" }
        target = wanted.first == "/" ? String(wanted) : "/" + wanted
    }

    /// As the header `Host` has it.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// For messages: without the query, which may hold a secret.
    public var text: String {
        let path = target.prefix { $0 != "?" }
        return "\(isSecure ? "https" : "http")://\(authority)\(path)\(path.count < target.count ? "?…" : "")"
    }

    /// Whether nobody but this machine sees what passes.
    public var isLoopback: Bool {
        if let address = SocketAddress(numeric: host, port: 0) { return address.isLoopback }
        return host.lowercased() == "localhost"
    }

    /// A URL, or what should be one, for a message.
    static func withoutSecrets(_ text: String) -> String {
        var shown = text.prefix { $0 != "?" && $0 != "#" }
        if let at = shown.lastIndex(of: "@") { shown = "…" + shown[at...] }
        return Printable.quoted(String(shown) + (text.contains("?") ? "?…" : ""))
    }
}
