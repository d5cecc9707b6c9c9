/// Why a file is no program that could be read: a sentence's end.
struct ELFError: Error, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }

    static let truncated = ELFError("it ends before what it refers to: copy it again")
}

/// A file's bytes by their offsets. Numbers in the file are not trusted: whatever lies outside is an error.
struct ELFBytes {
    let count: UInt64
    /// So many bytes from an offset on; nil if they cannot be had. Asked only for what lies inside.
    let read: (_ offset: UInt64, _ count: Int) -> [UInt8]?

    init(count: UInt64, read: @escaping (_ offset: UInt64, _ count: Int) -> [UInt8]?) {
        self.count = count
        self.read = read
    }

    init(_ bytes: [UInt8]) {
        self.init(count: UInt64(bytes.count)) { offset, count in
            Array(bytes[Int(offset)..<Int(offset) + count])
        }
    }

    /// At most 1 MiB.
    func block(at offset: UInt64, _ count: Int) throws(ELFError) -> ELFBlock {
        let (end, overflows) = offset.addingReportingOverflow(UInt64(count))
        guard !overflows, end <= self.count, count <= 1 << 20, let bytes = read(offset, count), bytes.count == count
        else { throw .truncated }
        return ELFBlock(bytes: bytes)
    }

    /// The name of a file or a version: at most 1,023 printable ASCII characters, and NUL.
    func name(at offset: UInt64) throws(ELFError) -> String {
        let bytes = try text(at: offset, limit: 1023)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ELFError("a name in it is none that a library has: copy it again")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What stands before the next NUL.
    func text(at offset: UInt64, limit: Int) throws(ELFError) -> ArraySlice<UInt8> {
        guard offset < count else { throw .truncated }
        let bytes = try block(at: offset, Int(min(UInt64(limit) + 1, count - offset))).bytes
        guard let end = bytes.firstIndex(of: 0) else { throw ELFError("a name in it has no end: copy it again") }
        return bytes[..<end]
    }
}

/// A piece of a file: numbers are little endian.
struct ELFBlock {
    let bytes: [UInt8]

    func u16(_ offset: Int) -> UInt16 { UInt16(number(offset, 2)) }
    func u32(_ offset: Int) -> UInt32 { UInt32(number(offset, 4)) }
    func u64(_ offset: Int) -> UInt64 { number(offset, 8) }

    private func number(_ offset: Int, _ size: Int) -> UInt64 {
        bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
