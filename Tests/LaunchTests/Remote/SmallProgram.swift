/// A small program with everything that a loader reads, for a processor of one's choice.
enum SmallProgram {
    /// - Parameters:
    ///   - libraries: what it needs, each of its names below 100 bytes.
    ///   - versions: of symbols, all of `libc.so.6`.
    static func bytes(
        processor: UInt16 = 62, interpreter: String = "/lib64/ld-linux-x86-64.so.2",
        libraries: [String] = ["libc.so.6"], versions: [String] = ["GLIBC_2.2.5", "GLIBC_2.34"],
        directories: String? = nil
    ) -> [UInt8] {
        var strings: [UInt8] = [0]
        func string(_ text: String) -> UInt64 {
            defer { strings += Array(text.utf8) + [0] }
            return UInt64(strings.count)
        }
        let names = libraries.map(string)
        let versionNames = versions.map(string)
        let list = directories.map(string)
        let interpreterBytes = Array(interpreter.utf8) + [0]
        let (headers, base) = (64 + 3 * 56, UInt64(0x40_0000))
        let interpreterAt = headers
        let stringsAt = interpreterAt + interpreterBytes.count
        let versionsAt = stringsAt + strings.count
        let versionsSize = 16 + 16 * versions.count
        let dynamicAt = versionsAt + versionsSize
        var dynamic: [UInt64] = names.flatMap { [1, $0] }
        if let list { dynamic += [29, list] }
        dynamic += [5, base + UInt64(stringsAt)]
        if !versions.isEmpty { dynamic += [0x6fff_fffe, base + UInt64(versionsAt), 0x6fff_ffff, 1] }
        dynamic += [0, 0]
        let total = UInt64(dynamicAt + dynamic.count * 8)

        var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        func add(_ value: UInt64, _ size: Int) {
            file += (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        add(3, 2)
        add(UInt64(processor), 2)
        add(1, 4)
        for value in [base, 64, 0] as [UInt64] { add(value, 8) }
        add(0, 4)
        for value in [64, 56, 3, 0, 0, 0] as [UInt64] { add(value, 2) }
        let dynamicSize = UInt64(dynamic.count * 8)
        for (type, offset, size) in [
            (1, 0, total), (2, UInt64(dynamicAt), dynamicSize),
            (3, UInt64(interpreterAt), UInt64(interpreterBytes.count)),
        ] as [(UInt64, UInt64, UInt64)] {
            add(type, 4)
            add(5, 4)
            for value in [offset, base + offset, base + offset, size, size, 1] { add(value, 8) }
        }
        file += interpreterBytes + strings
        add(1, 2)
        add(UInt64(versions.count), 2)
        for value in [names.first ?? 0, 16, 0] { add(value, 4) }
        for (index, name) in versionNames.enumerated() {
            add(0, 4)
            add(0, 4)
            add(name, 4)
            add(index + 1 < versions.count ? 16 : 0, 4)
        }
        for value in dynamic { add(value, 8) }
        return file
    }
}
