extension KeyFile {
    /// Reads the text of a key file.
    ///
    /// - Parameter source: what the sentences call it, for example its path.
    public init(parsing text: SecretBytes, source: String) throws(KeyFileError) {
        self = try text.withBytes { bytes throws(KeyFileError) in
            try Self.parse(bytes, source: source)
        }
    }

    /// Whether it is a certificate or private key in PEM form, which is no key file of ours.
    public static func isPEM(_ text: SecretBytes) -> Bool {
        text.withBytes { $0.starts(with: "-----BEGIN ".utf8) }
    }

    static func parse(
        _ text: UnsafeRawBufferPointer, source: String
    ) throws(KeyFileError) -> KeyFile {
        var collector = KeyCollector(source: source)
        var number = 0
        var start = 0
        while start < text.count {
            number += 1
            let end = text[start...].firstIndex(of: 0x0a)
            let line = UnsafeRawBufferPointer(rebasing: text[start..<(end ?? text.count)])
            try collector.add(line, number: number, isComplete: end != nil)
            start = (end ?? text.count) + 1
        }
        return try collector.file()
    }
}

/// What the lines so far hold. The sentences never repeat a line: it could be a secret that was put into the
/// wrong file.
struct KeyCollector {
    let source: String
    private var secrets: [PoolSecret] = []
    private var keys: [RoleKey] = []

    init(source: String) { self.source = source }

    var count: Int { secrets.count + keys.count }

    /// - Parameters:
    ///   - number: of the line, from 1.
    ///   - isComplete: whether a line end follows.
    mutating func add(
        _ line: UnsafeRawBufferPointer, number: Int, isComplete: Bool
    ) throws(KeyFileError) {
        let fields = Self.fields(line)
        guard let mark = fields.first, mark.first != 0x23 else { return }
        switch Self.mark(mark) {
        case .secret:
            let bytes = try key(in: fields, after: 1, number)
            guard let secret = PoolSecret(bytes) else { throw damaged(number) }
            guard secret.id.utf8.elementsEqual(fields[1]) else { throw damaged(number) }
            secrets.append(secret)
        case .key:
            let bytes = try key(in: fields, after: 2, number)
            guard let role = KeyRole.allCases.first(where: { $0.rawValue.utf8.elementsEqual(fields[1]) })
            else { throw newer }
            guard let key = RoleKey(role: role, bytes: bytes) else { throw damaged(number) }
            guard key.id.utf8.elementsEqual(fields[2]) else { throw damaged(number) }
            keys.append(key)
        case .newer: throw newer
        case .beginning where !isComplete && fields.count == 1: throw truncated
        case .beginning, .unknown:
            throw count == 0 ? notAKeyFile(isPEM: mark.starts(with: "-----BEGIN".utf8)) : damaged(number)
        }
        if !secrets.isEmpty, !keys.isEmpty {
            throw KeyFileError(
                .damaged, "\(source) mixes the secret of a pool with keys of roles: put them into files "
                    + "of their own")
        }
        if count > KeyFile.maximumKeys {
            throw KeyFileError(
                .damaged, "\(source) holds more than \(KeyFile.maximumKeys) keys: delete the lines of "
                    + "the oldest ones")
        }
    }

    func file() throws(KeyFileError) -> KeyFile {
        if !secrets.isEmpty { return KeyFile(.secrets(secrets), source: source) }
        if !keys.isEmpty { return KeyFile(.keys(keys), source: source) }
        throw KeyFileError(
            .truncated, "\(source) holds no key: make it again, with hayate keys make or hayate keys export")
    }

    /// The bytes behind so many words after the mark.
    private func key(
        in fields: [UnsafeRawBufferPointer], after words: Int, _ number: Int
    ) throws(KeyFileError) -> SecretBytes {
        guard fields.count >= words + 2 else { throw truncated }
        let digits = fields[words + 1]
        guard fields.count == words + 2, digits.count <= PoolSecret.size * 2,
            digits.allSatisfy({ Hexadecimal.value($0) != nil })
        else { throw damaged(number) }
        guard digits.count == PoolSecret.size * 2 else { throw truncated }
        return SecretBytes(count: PoolSecret.size) { output in
            for index in 0..<output.count {
                // All are digits, as was checked.
                let high = Hexadecimal.value(digits[2 * index]) ?? 0
                let low = Hexadecimal.value(digits[2 * index + 1]) ?? 0
                output[index] = high << 4 | low
            }
        }
    }

    private enum Mark { case secret, key, newer, beginning, unknown }

    private static func mark(_ word: UnsafeRawBufferPointer) -> Mark {
        if word.elementsEqual(KeyFile.secretMark.utf8) { return .secret }
        if word.elementsEqual(KeyFile.keyMark.utf8) { return .key }
        for mark in [KeyFile.secretMark, KeyFile.keyMark] {
            if mark.utf8.starts(with: word) { return .beginning }
            let name = mark.utf8.dropLast()
            if word.starts(with: name), word.count <= name.count + 6,
                word.dropFirst(name.count).allSatisfy({ (0x30...0x39).contains($0) })
            {
                return .newer
            }
        }
        return .unknown
    }

    /// The words of a line, of which a good one has at most four.
    private static func fields(_ line: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        // Spaces, tabs, and what another system puts before a line end.
        line.split(maxSplits: 5, whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d })
            .map { UnsafeRawBufferPointer(rebasing: $0) }
    }

    private var truncated: KeyFileError {
        KeyFileError(.truncated, "The end of \(source) is missing: copy it again, or make it again")
    }

    private var newer: KeyFileError {
        KeyFileError(
            .newerVersion,
            "\(source) was written by a newer version of Hayate: use that version here too, or make the "
                + "file with this one")
    }

    private func damaged(_ number: Int) -> KeyFileError {
        KeyFileError(
            .damaged, "Line \(number) of \(source) is damaged: copy the file again, or make it again")
    }

    private func notAKeyFile(isPEM: Bool) -> KeyFileError {
        KeyFileError(
            .notAKeyFile,
            isPEM
                ? "\(source) is a certificate or private key in PEM form, and a key of a pool is needed "
                    + "here: make one with hayate keys make"
                : "\(source) is no key file: give one that hayate keys make or hayate keys export has made")
    }
}
