import Glibc

/// Messages between a client and an agent (draft-miller-ssh-agent): a length of four bytes, a type, and fields.
enum AgentMessage {
    static let requestIdentities: UInt8 = 11, identitiesAnswer: UInt8 = 12, signRequest: UInt8 = 13, failure: UInt8 = 5
    /// As OpenSSH's agent limits it.
    private static let largest = 256 << 10

    struct Identity: Hashable {
        var blob: [UInt8]
        var comment: String
    }

    /// The next message, from its type on; nil when the other side has gone or is no agent.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        guard let head = readAll(descriptor, 4) else { return nil }
        let count = head.reduce(0) { $0 << 8 | Int($1) }
        guard count >= 1, count <= largest else { return nil }
        return readAll(descriptor, count)
    }

    /// - Returns: whether it could be sent.
    static func write(_ message: [UInt8], _ descriptor: Int32) -> Bool {
        var rest = (word(message.count) + message)[...]
        while !rest.isEmpty {
            // No signal where the agent has gone.
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] { word(bytes.count) + bytes }

    /// The field at the beginning, which is taken off; nil if there is none.
    static func takeString(_ bytes: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let count = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count - 4 >= count else { return nil }
        let field = Array(bytes.dropFirst(4).prefix(count))
        bytes = bytes.dropFirst(4 + count)
        return field
    }

    static func identities(in message: [UInt8]) -> [Identity]? {
        guard message.first == identitiesAnswer else { return nil }
        var rest = message.dropFirst()
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(4)
        var identities: [Identity] = []
        for _ in 0..<count {
            guard let blob = takeString(&rest), let comment = takeString(&rest) else { return nil }
            identities.append(Identity(blob: blob, comment: String(decoding: comment, as: UTF8.self)))
        }
        return identities
    }

    static func answer(_ identity: Identity) -> [UInt8] {
        [identitiesAnswer] + word(1) + string(identity.blob) + string(Array(identity.comment.utf8))
    }

    private static func word(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func readAll(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let more = bytes[done...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { return nil }
            done += more
        }
        return bytes
    }
}
