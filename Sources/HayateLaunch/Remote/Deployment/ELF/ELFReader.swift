/// Reads what a program needs from its ELF file, as the loader does: from its segments, so that stripped files tell
/// as much as others. Files of 64 bits, little endian, are all that daemons are built as.
///
/// Layout: System V ABI, chapters 4 and 5; versions of symbols: Linux Standard Base, Core, "Symbol Versioning".
struct ELFReader {
    private struct Segment {
        var type: UInt32
        var offset: UInt64
        var address: UInt64
        var size: UInt64
    }

    private enum Kind {
        static let load: UInt32 = 1
        static let dynamic: UInt32 = 2
        static let interpreter: UInt32 = 3
    }

    private enum Tag {
        static let end: UInt64 = 0
        static let needed: UInt64 = 1
        static let strings: UInt64 = 5
        static let rpath: UInt64 = 15
        static let runpath: UInt64 = 29
        static let versions: UInt64 = 0x6fff_fffe
        static let versionCount: UInt64 = 0x6fff_ffff
    }

    /// More than any linker makes.
    private enum Limit {
        static let segments = 256
        static let dynamicEntries = 4096
        static let libraries = 1024
        static let versions = 4096
        /// In bytes.
        static let directories = 64 << 10
    }

    private let bytes: ELFBytes
    private var segments: [Segment] = []

    static func needs(of bytes: ELFBytes) throws(ELFError) -> ProgramNeeds {
        var reader = ELFReader(bytes: bytes)
        return try reader.needs()
    }

    private init(bytes: ELFBytes) { self.bytes = bytes }

    private mutating func needs() throws(ELFError) -> ProgramNeeds {
        guard bytes.count >= 64 else { throw ELFError("it is no program") }
        let header = try bytes.block(at: 0, 64)
        guard header.u32(0) == 0x464c_457f else {
            let isScript = header.u16(0) == 0x2123
            throw ELFError(isScript ? "it is a script, and programs are what is copied" : "it is no program of Linux")
        }
        guard header.bytes[4] == 2, header.bytes[5] == 1, header.bytes[6] == 1 else {
            throw ELFError("it is no program of 64 bits, little endian")
        }
        // Executables, and those that may lie at any address.
        guard [2, 3].contains(header.u16(16)) else { throw ELFError("it is a part of a program, not a whole one") }
        try readSegments(at: header.u64(32), size: header.u16(54), count: Int(header.u16(56)))
        var needs = ProgramNeeds(processor: ELFProcessor(number: header.u16(18)))
        if let interpreter = segments.first(where: { $0.type == Kind.interpreter }) {
            needs.interpreter = try bytes.name(at: interpreter.offset)
        }
        if let dynamic = segments.first(where: { $0.type == Kind.dynamic }) { try readDynamic(dynamic, &needs) }
        return needs
    }

    private mutating func readSegments(at offset: UInt64, size: UInt16, count: Int) throws(ELFError) {
        guard size == 56, (1...Limit.segments).contains(count) else {
            throw ELFError("its header is damaged: copy it again")
        }
        let table = try bytes.block(at: offset, count * 56)
        segments = (0..<count).map { index in
            let start = index * 56
            return Segment(
                type: table.u32(start), offset: table.u64(start + 8), address: table.u64(start + 16),
                size: table.u64(start + 32))
        }
    }

    private func readDynamic(_ segment: Segment, _ needs: inout ProgramNeeds) throws(ELFError) {
        let count = Int(min(segment.size / 16, UInt64(Limit.dynamicEntries)))
        let table = try bytes.block(at: segment.offset, count * 16)
        var strings: UInt64?
        var versions: UInt64?
        var versionCount: UInt64 = 0
        var names: [UInt64] = []
        var directories: [UInt64] = []
        for index in 0..<count {
            let value = table.u64(index * 16 + 8)
            let tag = table.u64(index * 16)
            if tag == Tag.end { break }
            switch tag {
            case Tag.needed: names.append(value)
            case Tag.rpath, Tag.runpath: directories.append(value)
            case Tag.strings: strings = value
            case Tag.versions: versions = value
            case Tag.versionCount: versionCount = value
            default: break
            }
        }
        guard let strings else { return }
        let texts = try offset(ofAddress: strings)
        guard names.count <= Limit.libraries else { throw ELFError("it needs more libraries than there can be") }
        for name in names { needs.libraries.append(try bytes.name(at: sum(texts, name))) }
        guard directories.count <= 2 else { throw ELFError("it has more than two lists of directories") }
        for list in directories {
            let list = try bytes.text(at: sum(texts, list), limit: Limit.directories)
            needs.libraryDirectories += list.split(separator: UInt8(ascii: ":"))
                .filter { $0.first == UInt8(ascii: "/") && !$0.contains { $0 < 0x20 || $0 == UInt8(ascii: "$") } }
                .map { String(decoding: $0, as: UTF8.self) }
        }
        if let versions {
            needs.glibc = try newestGlibc(at: offset(ofAddress: versions), count: versionCount, texts)
        }
    }

    /// The entries name a library each, and refer to the first of its versions; both are chains of distances. They
    /// only lead ahead, so that none is read twice.
    private func newestGlibc(
        at start: UInt64, count: UInt64, _ texts: UInt64
    ) throws(ELFError) -> GlibcVersion? {
        var newest: GlibcVersion?
        var left = Limit.versions
        var entry = start
        for _ in 0..<min(count, UInt64(Limit.versions)) {
            let library = try bytes.block(at: entry, 16)
            var version = try sum(entry, UInt64(library.u32(8)))
            for _ in 0..<library.u16(2) {
                left -= 1
                guard left > 0 else { throw ELFError("it needs more versions of symbols than there can be") }
                let needed = try bytes.block(at: version, 16)
                let name = try bytes.name(at: sum(texts, UInt64(needed.u32(8))))
                // Packed relocations have a name of their own, which 2.36 was the first to know.
                let number = name == "GLIBC_ABI_DT_RELR" ? "2.36" : name.dropFirst(6)
                if name.hasPrefix("GLIBC_"), let glibc = GlibcVersion(number) {
                    newest = max(newest ?? glibc, glibc)
                }
                guard needed.u32(12) > 0 else { break }
                version = try sum(version, UInt64(needed.u32(12)))
            }
            guard library.u32(12) > 0 else { break }
            entry = try sum(entry, UInt64(library.u32(12)))
        }
        return newest
    }

    /// Addresses are those of the running program; the segments say which bytes of the file lie there.
    private func offset(ofAddress address: UInt64) throws(ELFError) -> UInt64 {
        for segment in segments where segment.type == Kind.load && address >= segment.address {
            let distance = address - segment.address
            if distance < segment.size { return try sum(segment.offset, distance) }
        }
        throw .truncated
    }

    private func sum(_ left: UInt64, _ right: UInt64) throws(ELFError) -> UInt64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        guard !overflows else { throw .truncated }
        return sum
    }
}
