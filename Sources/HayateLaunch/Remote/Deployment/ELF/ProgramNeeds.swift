/// What a Linux program needs of the machine that runs it, as the loader of programs reads it from its file.
struct ProgramNeeds: Hashable, Sendable {
    var processor: ELFProcessor
    /// The loader, by its path on the machine; nil: the program needs neither it nor any library.
    var interpreter: String?
    /// Libraries by their names, in the file's order.
    var libraries: [String] = []
    /// Where libraries are looked for before the system's places; what depends on the program's own place is left out.
    var libraryDirectories: [String] = []
    /// The newest version of glibc that a symbol is taken from.
    var glibc: GlibcVersion?
}

/// The processor that a program is for.
struct ELFProcessor: Hashable, Sendable {
    /// The number in the file: `e_machine`.
    var number: UInt16

    static let x86 = ELFProcessor(number: 62)
    static let arm = ELFProcessor(number: 183)

    private static let names: [UInt16: String] = [
        21: "ppc64le", 22: "s390x", 62: "x86_64", 183: "aarch64", 243: "riscv64", 258: "loongarch64",
    ]

    /// As `uname -m` says it on such a machine; nil for those that are no machines of ours.
    var name: String? { Self.names[number] }
}

/// A version of the C library: 2.36, 2.2.5.
struct GlibcVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    var numbers: [Int]

    /// Two or three numbers, each below 10,000.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        numbers = []
        for part in parts {
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(part)
            else { return nil }
            numbers.append(number)
        }
    }

    static func < (left: GlibcVersion, right: GlibcVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    var description: String { numbers.map(String.init).joined(separator: ".") }
}
