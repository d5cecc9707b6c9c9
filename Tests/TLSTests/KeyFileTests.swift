import Glibc
import Testing

@testable import HayateTLS

@Suite struct KeyFileTests {
    /// As `--key-file "$(cat daemon.key)"` does.
    @Test func aKeyThatIsGivenAsAPathIsNotSaid() throws {
        let key = PoolSecret().key(for: .daemon)
        let text = KeyFile(keys: [key]).text.withBytes { String(decoding: $0, as: UTF8.self) }
        let error = #expect(throws: KeyFileError.self) { try KeyFile.read(text) }
        let message = try #require(error?.message)
        #expect(message.contains("a key where its file's path was wanted"))
        #expect(!message.contains(text.suffix(20).dropLast()), "\(message.count)")
    }

    private func parse(_ text: String) throws -> KeyFile {
        try KeyFile(parsing: SecretBytes(Array(text.utf8)), source: "FILE")
    }

    private func refused(_ text: String) -> KeyFileError? { refusal { _ = try parse(text) } }

    @Test func secretsComeBack() throws {
        try SecretPlace.with { place in
            let (new, old) = (PoolSecret(), PoolSecret())
            let path = place.path + "/pool"
            try KeyFile(secrets: [new, old]).write(to: path, replacing: false)
            let file = try KeyFile.read(path)
            #expect(file.ids == [new.id, old.id] && file.id == new.id)
            #expect(file.roles == KeyRole.allCases)
            #expect(file.key(for: .client) == new.key(for: .client))
            let accepted = Set(file.acceptedKeys)
            #expect(accepted.count == 6)
            for role in KeyRole.allCases {
                #expect(accepted.contains(new.key(for: role)) && accepted.contains(old.key(for: role)))
            }
            #expect(try file.requiredSecrets().map(\.id) == [new.id, old.id])
        }
    }

    @Test(arguments: KeyRole.allCases)
    func roleKeysComeBack(role: KeyRole) throws {
        let key = PoolSecret().key(for: role)
        let file = try parse(KeyFile(keys: [key]).text.text)
        #expect(file.acceptedKeys == [key] && file.roles == [role] && file.id == key.id)
        #expect(try file.requiredKey(for: role) == key)
        #expect(refusal { _ = try file.requiredSecrets() }?.kind == .secretNeeded)
        for other in KeyRole.allCases where other != role {
            #expect(file.key(for: other) == nil)
            let error = refusal { _ = try file.requiredKey(for: other) }
            #expect(error?.kind == .wrongRole)
            #expect(error?.message.contains("a \(role.rawValue) key") == true)
            #expect(error?.message.contains("hayate keys export --role \(other.rawValue)") == true)
        }
    }

    @Test func commentsAndLineEndsOfOtherSystemsAreFine() throws {
        let secret = PoolSecret()
        let line = KeyFile(secrets: [secret]).text.text.split(separator: "\n")[1]
        for text in ["\n\n# x\n\(line)", "  \(line)\r\n#\n", "\(line)\t\n\n", line.uppercasedDigits] {
            #expect(try parse(text).id == secret.id)
        }
    }

    @Test func whatIsWrongIsNamed() throws {
        let whole = KeyFile(secrets: [PoolSecret()]).text.text
        let line = String(whole.split(separator: "\n")[1])
        let other = String(KeyFile(secrets: [PoolSecret()]).text.text.split(separator: "\n")[1])
        let key = String(KeyFile(keys: [PoolSecret().key(for: .daemon)]).text.text.split(separator: "\n")[1])
        let cases: [(String, KeyFileError.Kind)] = [
            ("", .truncated), ("# nothing\n", .truncated), ("hello\n", .notAKeyFile),
            ("hayate-secret", .truncated), ("hayate-secret\n", .notAKeyFile),
            (String(line.dropLast()), .truncated), (String(line.dropLast(40)), .truncated),
            (String(line.dropLast(65)), .truncated), (line + "0", .damaged), (line + " more", .damaged),
            (line.replacing("hayate-secret-1", with: "hayate-secret-2"), .newerVersion),
            (key.replacing("hayate-key-1", with: "hayate-key-17"), .newerVersion),
            (key.replacing(" daemon ", with: " emperor "), .newerVersion),
            (key.replacing(" daemon ", with: " client "), .damaged),
            (String(line.prefix(32) + other.dropFirst(32)), .damaged), ("\(line)\nhello\n", .damaged),
            ("\(line)\n\(key)\n", .damaged), (String(line.dropLast()) + "g", .damaged),
            (Array(repeating: line, count: 17).joined(separator: "\n"), .damaged),
            ("-----BEGIN PRIVATE KEY-----\n", .notAKeyFile), ("\0\u{ff}\n", .notAKeyFile),
        ]
        for (text, kind) in cases {
            let error = refused(text)
            #expect(error?.kind == kind, "\(text.prefix(24))")
            #expect(error?.message.contains("FILE") == true)
            let digits = line.suffix(64)
            #expect(error?.message.contains(digits.prefix(16)) != true, "no secret in a sentence")
        }
        #expect(refused("-----BEGIN PRIVATE KEY-----\n")?.message.contains("PEM") == true)
        #expect(KeyFile.isPEM(SecretBytes(Array("-----BEGIN CERTIFICATE-----".utf8))))
    }

    @Test func everyChangedDigitIsNoticed() throws {
        let whole = Array(KeyFile(secrets: [PoolSecret()]).text.text.split(separator: "\n")[1].utf8)
        for index in 16..<whole.count {
            var changed = whole
            changed[index] = changed[index] == 0x30 ? 0x31 : 0x30
            #expect(refused(String(decoding: changed, as: UTF8.self)) != nil, "\(index)")
        }
    }

    @Test func standardInputIsReadUpToTheKeyAndNotFurther() throws {
        let key = PoolSecret().key(for: .daemon)
        let ends = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
        defer { ends.deallocate() }
        #expect(pipe(ends) == 0)
        defer { close(ends[0]); close(ends[1]) }
        // The other end stays open: who waits for the end of the input waits for ever.
        let text = Array((KeyFile(keys: [key]).text.text + "more").utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        #expect(try KeyFile.read(descriptor: ends[0]).acceptedKeys == [key])
        var rest = [UInt8](repeating: 0, count: 16)
        #expect(read(ends[0], &rest, rest.count) == 4 && rest.starts(with: "more".utf8))
    }

    @Test func standardInputWithoutAKeyIsRefused() throws {
        try SecretPlace.with { place in
            for (text, kind) in [
                ("", KeyFileError.Kind.truncated), ("# x\n", .truncated), ("hello\n", .notAKeyFile),
                (String(repeating: "#", count: SecretFile.maximumSize + 9), .tooLarge),
            ] {
                let descriptor = open(try place.file("input", text), O_RDONLY | O_CLOEXEC)
                defer { close(descriptor) }
                let error = refusal { _ = try KeyFile.read(descriptor: descriptor) }
                #expect(error?.kind == kind)
                #expect(error?.message.contains("standard input") == true)
            }
            let closed = refusal { _ = try KeyFile.read(descriptor: -1) }
            #expect(closed?.kind == .system(EBADF))
        }
    }

    @Test func nobodyTypesAKey() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(terminal) }
        #expect(terminal >= 0)
        #expect(refusal { _ = try KeyFile.read(descriptor: terminal) }?.kind == .terminal)
    }
}

extension Substring {
    /// With the digits of the key in capitals.
    fileprivate var uppercasedDigits: String { String(dropLast(64)) + suffix(64).uppercased() }
}
