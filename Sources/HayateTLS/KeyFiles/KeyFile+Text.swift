extension KeyFile {
    /// The words that a line begins with; the number is the version of the format.
    static let secretMark = "hayate-secret-1"
    static let keyMark = "hayate-key-1"

    /// What is written to a file, with a comment that says what it is.
    public var text: SecretBytes { text(comments: []) }

    /// - Parameter comments: lines for the top, each of which gets its `#`.
    public func text(comments: [String]) -> SecretBytes {
        var top = ""
        for comment in comments + [explanation] {
            top += "# " + String(comment.map { $0.isNewline ? " " : $0 }) + "\n"
        }
        // Secrets go straight into the memory that is wiped; a String would leave copies behind.
        let lines = lines
        let count = top.utf8.count + lines.reduce(0) { $0 + $1.start.utf8.count + $1.bytes.count * 2 + 1 }
        return SecretBytes(count: count) { output in
            var position = 0
            func put(_ byte: UInt8) {
                output[position] = byte
                position += 1
            }
            for byte in top.utf8 { put(byte) }
            for line in lines {
                for byte in line.start.utf8 { put(byte) }
                line.bytes.withBytes { secret in
                    for byte in secret {
                        put(Hexadecimal.digit(byte >> 4))
                        put(Hexadecimal.digit(byte & 15))
                    }
                }
                put(0x0a)
            }
        }
    }

    /// Writes it with mode 0600; see `SecretFile.write`.
    public func write(
        to path: String, replacing: Bool, comments: [String] = []
    ) throws(KeyFileError) {
        try SecretFile.write(text(comments: comments), to: path, replacing: replacing)
    }

    private var explanation: String {
        switch content {
        case .secrets:
            "The secret of a Hayate pool. It stays at the host; for others: hayate keys export"
        case .keys:
            "A \(roleNames) key of a Hayate pool. Who has it may join."
        }
    }

    /// For "a ... key".
    var roleNames: String { roles.map(\.rawValue).joined(separator: " and a ") }

    private var lines: [(start: String, bytes: SecretBytes)] {
        switch content {
        case .secrets(let secrets): secrets.map { ("\(Self.secretMark) \($0.id) ", $0.bytes) }
        case .keys(let keys): keys.map { ("\(Self.keyMark) \($0.role.rawValue) \($0.id) ", $0.bytes) }
        }
    }
}
