/// Another machine, as people name it: `ssh://[user@]host[:port]`, `[user@]host[:port]`, or a name of `~/.ssh/config`.
public struct RemoteHost: Hashable, Sendable, CustomStringConvertible {
    /// nil: what the configuration says, or the name of this process's user.
    public var user: String?
    /// A name or an address, without brackets.
    public var host: String
    /// nil: what the configuration says, or 22.
    public var port: UInt16?
    /// Machines on the way, the nearest first; empty: what the configuration says.
    public var jumps: [RemoteHost] = []
    /// The file with the key that is tried first; nil: what the configuration says.
    public var identity: String?

    public init(user: String? = nil, host: String, port: UInt16? = nil) {
        self.user = user
        self.host = host
        self.port = port
    }

    /// - Throws: `RemoteError` for whatever is no name of a machine. What begins with `-` or holds anything that a
    ///   shell or a program's options could read is refused: names come from files and from other people.
    public init(_ text: String) throws(RemoteError) {
        func refuse(_ reason: String) -> RemoteError {
            RemoteError(
                host: printable(text), .name, "\(reason): write ssh://user@host:port, or a name of ~/.ssh/config")
        }
        var rest = Substring(text)
        if let scheme = rest.range(of: "://") {
            guard rest[..<scheme.lowerBound] == "ssh" else {
                let other = printable(String(rest[..<scheme.lowerBound]))
                throw refuse("machines are reached by ssh://, and not by \(other)://")
            }
            rest = rest[scheme.upperBound...]
            if rest.hasSuffix("/") { rest = rest.dropLast() }
        }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw refuse("something follows the brackets") }
            if rest.hasPrefix(":") { port = try Self.port(rest.dropFirst(), refuse) }
        } else if rest.filter({ $0 == ":" }).count == 1, let colon = rest.firstIndex(of: ":") {
            host = String(rest[..<colon])
            port = try Self.port(rest[rest.index(after: colon)...], refuse)
        } else {
            host = String(rest)
        }
        guard Self.isName(host, extra: ".-_:%") else { throw refuse("this is no name of a machine") }
        guard user.map({ Self.isName($0, extra: ".-_@+\\") }) ?? true else { throw refuse("this is no name of a user") }
    }

    private static func port(
        _ text: Substring, _ refuse: (String) -> RemoteError
    ) throws(RemoteError) -> UInt16 {
        // Digits alone: a sign is no part of a port.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0 else {
            throw refuse("the port must be a number from 1 to 65535")
        }
        return port
    }

    private static func isName(_ text: String, extra: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "0"..."9", "A"..."Z", "a"..."z": true
                default: extra.unicodeScalars.contains(scalar)
                }
            }
    }

    public var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return (user.map { "\($0)@" } ?? "") + name + (port.map { ":\($0)" } ?? "")
    }
}

/// Text of others without what a terminal would obey.
private func printable(_ text: String) -> String {
    String(text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : Character($0) })
}
