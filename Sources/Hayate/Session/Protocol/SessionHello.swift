import HayateWire

/// What somebody may do in a session.
enum SessionRole: UInt8, Hashable, Sendable {
    /// May look and change.
    case client = 1
    /// May only look.
    case monitor
}

/// The client's first words. Their form is the same in all versions of the protocol, so that each can refuse the
/// others with a sentence.
struct SessionHello: Hashable, Sendable {
    /// Of what is said after it.
    static let version: UInt16 = 1
    private static let mark = Array("hayate session ".utf8)

    var version = Self.version
    var role: SessionRole

    init(version: UInt16 = Self.version, role: SessionRole) {
        self.version = version
        self.role = role
    }

    /// nil: something else speaks, or a role that is unknown here.
    init?(_ content: [UInt8]) {
        guard content.count >= Self.mark.count + 3, content.starts(with: Self.mark) else { return nil }
        let rest = content[Self.mark.count...]
        guard let role = SessionRole(rawValue: rest[rest.startIndex + 2]) else { return nil }
        version = UInt16(rest[rest.startIndex]) | UInt16(rest[rest.startIndex + 1]) << 8
        self.role = role
    }

    var content: [UInt8] {
        Self.mark + [UInt8(truncatingIfNeeded: version), UInt8(truncatingIfNeeded: version >> 8), role.rawValue]
    }

    /// Why a peer of this version is not understood, as either side says it.
    static func mismatch(host: UInt16, client: UInt16) -> String {
        "the session's host speaks version \(host) of the protocol and this program version \(client): "
            + (host < client
                ? "end the session with the program that started it (hayate session stop), and start it with this one"
                : "use the program that started the session")
    }
}

/// The host's first words: two bytes with its version, then the rest.
struct SessionWelcome: Codable, Hashable, Sendable {
    var session: String
    var process: Int32

    static func version(of content: [UInt8]) -> UInt16? {
        content.count >= 2 ? UInt16(content[0]) | UInt16(content[1]) << 8 : nil
    }

    init(session: String, process: Int32) {
        self.session = session
        self.process = process
    }

    init(content: [UInt8]) throws {
        self = try BinaryDecoder().decode(SessionWelcome.self, from: Array(content.dropFirst(2)))
    }

    func content(version: UInt16 = SessionHello.version) throws -> [UInt8] {
        [UInt8(truncatingIfNeeded: version), UInt8(truncatingIfNeeded: version >> 8)] + (try BinaryEncoder().encode(self))
    }
}
