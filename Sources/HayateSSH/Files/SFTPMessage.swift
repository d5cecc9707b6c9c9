/// Messages of SFTP, version 3 (draft-ietf-secsh-filexfer-02), as far as files are written with them.
enum SFTPRequest {
    case version
    /// A new file. With those permissions from its beginning; the server may take some away.
    case create(path: String, mode: UInt32)
    case setMode(handle: [UInt8], UInt32)
    case close(handle: [UInt8])
    /// In the place of what is there: an extension of OpenSSH.
    case replace(from: String, to: String)
    /// Fails if something is there.
    case rename(from: String, to: String)
    case remove(path: String)

    /// - Parameter id: not 0, which stands for the first answer.
    func bytes(id: UInt32) -> [UInt8] {
        var packet = SFTPPacket()
        switch self {
        case .version:
            packet.add(byte: 1)
            packet.add(number: 3)
        case .create(let path, let mode):
            packet.add(byte: 3)
            packet.add(number: id)
            packet.add(text: path)
            // Writing; to be made; it must not exist.
            packet.add(number: 0x02 | 0x08 | 0x20)
            packet.add(permissions: mode)
        case .setMode(let handle, let mode):
            packet.add(byte: 10)
            packet.add(number: id)
            packet.add(bytes: handle)
            packet.add(permissions: mode)
        case .close(let handle):
            packet.add(byte: 4)
            packet.add(number: id)
            packet.add(bytes: handle)
        case .replace(let from, let to):
            packet.add(byte: 200)
            packet.add(number: id)
            packet.add(text: SFTPAnswer.replaceExtension)
            packet.add(text: from)
            packet.add(text: to)
        case .rename(let from, let to):
            packet.add(byte: 18)
            packet.add(number: id)
            packet.add(text: from)
            packet.add(text: to)
        case .remove(let path):
            packet.add(byte: 13)
            packet.add(number: id)
            packet.add(text: path)
        }
        return packet.finished()
    }

    /// What goes before the bytes of a piece of a file.
    static func writeHeader(id: UInt32, handle: [UInt8], offset: UInt64, count: Int) -> [UInt8] {
        var packet = SFTPPacket()
        packet.add(byte: 6)
        packet.add(number: id)
        packet.add(bytes: handle)
        packet.add(number: UInt32(truncatingIfNeeded: offset >> 32))
        packet.add(number: UInt32(truncatingIfNeeded: offset))
        packet.add(number: UInt32(count))
        return packet.finished(withLater: count)
    }
}

private struct SFTPPacket {
    private var bytes: [UInt8] = [0, 0, 0, 0]

    mutating func add(byte: UInt8) { bytes.append(byte) }

    mutating func add(number: UInt32) { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }

    mutating func add(bytes more: [UInt8]) {
        add(number: UInt32(more.count))
        bytes += more
    }

    mutating func add(text: String) { add(bytes: Array(text.utf8)) }

    mutating func add(permissions mode: UInt32) {
        add(number: 0x04)
        add(number: mode)
    }

    func finished(withLater count: Int = 0) -> [UInt8] {
        var bytes = bytes
        withUnsafeBytes(of: UInt32(bytes.count - 4 + count).bigEndian) { bytes.replaceSubrange(0..<4, with: $0) }
        return bytes
    }
}

/// What a server of SFTP says.
enum SFTPAnswer: Equatable {
    case version(canReplace: Bool)
    case status(id: UInt32, code: UInt32, text: String)
    case handle(id: UInt32, [UInt8])
    /// Something that was not asked for, or is damaged.
    case other

    static let replaceExtension = "posix-rename@openssh.com"
    /// Answers are short; whatever is longer is something else, such as words of a shell.
    static let sizeLimit = 256 << 10

    /// Takes the first answer out of what has arrived. Nil: it is not whole yet.
    static func take(from bytes: inout [UInt8]) -> SFTPAnswer? {
        guard bytes.count >= 4 else { return nil }
        let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 1, length <= sizeLimit else { return .other }
        guard bytes.count >= 4 + length else { return nil }
        var reader = SFTPReader(rest: bytes[4..<4 + length])
        let answer = read(&reader)
        bytes.removeFirst(4 + length)
        return answer ?? .other
    }

    private static func read(_ reader: inout SFTPReader) -> SFTPAnswer? {
        switch reader.byte() {
        case 2:
            guard let version = reader.number(), version >= 3 else { return nil }
            var canReplace = false
            while let name = reader.string(), let value = reader.string() {
                if name.elementsEqual(replaceExtension.utf8) && value.elementsEqual("1".utf8) { canReplace = true }
            }
            return .version(canReplace: canReplace)
        case 101:
            guard let id = reader.number(), let code = reader.number() else { return nil }
            return .status(id: id, code: code, text: String(decoding: reader.string() ?? [], as: UTF8.self))
        case 102:
            guard let id = reader.number(), let handle = reader.string() else { return nil }
            return .handle(id: id, Array(handle))
        default: return nil
        }
    }
}

private struct SFTPReader {
    var rest: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func string() -> ArraySlice<UInt8>? {
        guard let count = number(), rest.count >= Int(count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
