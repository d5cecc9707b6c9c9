/// What another machine is, as far as a program that comes there depends on it.
struct MachineFacts: Hashable {
    /// nil where it cannot be found out; the same below.
    var system: String?
    var processor: String?
    var glibc: GlibcVersion?
    var hasMusl = false
    /// Whether the program's loader is there, if it needs one.
    var hasInterpreter = true
    /// What it needs and the machine has not.
    var missingLibraries: [String] = []
    /// The directory for it, if programs cannot be started there.
    var forbidden: String?
    /// Bytes.
    var free: UInt64?
    /// A sentence's end, with the remedy: why it cannot be kept there.
    var fault: String?
    /// Where it belongs; nil only with a fault.
    var file: String?
    /// Whether there is something that cannot be compared, or the right file.
    var isPresent = false
    var isSame = false
    /// Whether the machine can tell a file's SHA-256.
    var hasSums = false
    /// Whether it has none of the usual programs.
    var isBare = false

    init() {}

    init(_ answer: DeploymentAnswer) {
        system = answer["system"]
        processor = answer["processor"].map(Self.processor)
        glibc = answer["libc"].flatMap(Self.version)
        hasMusl = answer.has("musl")
        hasInterpreter = !answer.has("no-interpreter")
        missingLibraries = answer.values["no-library"] ?? []
        forbidden = answer["noexec"]
        free = answer["free"].flatMap { UInt64($0) }.flatMap { kilobytes in
            let (bytes, overflows) = kilobytes.multipliedReportingOverflow(by: 1024)
            return overflows ? nil : bytes
        }
        fault = answer["fault"].map(Self.printable)
        file = answer["file"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        isPresent = answer.has("present")
        isSame = answer.has("same")
        hasSums = answer["sums"] == "yes"
        isBare = answer.has("bare")
    }

    /// The names of one thing that systems have.
    private static func processor(_ name: String) -> String {
        switch name {
        case "arm64", "armv8l": "aarch64"
        case "amd64", "x86-64": "x86_64"
        default: printable(name)
        }
    }

    /// The last version in a line: `glibc 2.36`, `ldd (Debian GLIBC 2.36-9+deb12u13) 2.36`, `GNU C Library … stable
    /// release version 2.12, by Roland McGrath et al.`
    static func version(_ line: String) -> GlibcVersion? {
        line.split(separator: " ").compactMap { word in
            var word = word
            while word.last == "." || word.last == "," { word = word.dropLast() }
            return GlibcVersion(word)
        }.last
    }

    /// Other machines' words without what a terminal would obey.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(300).map { scalar in
            scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) ? "?" : Character(scalar)
        })
    }

    /// Why the program would not run there: a sentence's end with the remedy; nil: nothing is known against it.
    func objection(to program: LocalProgram) -> String? {
        let path = program.path
        let needs = program.needs
        guard let wanted = needs.processor.name else {
            return "\(path) is for a processor that Hayate does not know: build it for x86_64 or aarch64"
        }
        if let system, system != "Linux" {
            return "it runs \(Self.printable(system)), and \(path) is for Linux: name a program that is installed there"
        }
        if let processor, processor != wanted {
            return "it has \(Self.article(processor)) \(processor) processor, and \(path) is for \(wanted): "
                + "build one for \(processor), or name one that is installed there"
        }
        if let interpreter = needs.interpreter, !hasInterpreter || (hasMusl && glibc == nil) {
            return hasMusl
                ? "its C library is musl, and \(path) needs glibc: name a program that is installed there"
                : "it has no \(interpreter), which starts \(path): install glibc for \(wanted) there, or name a "
                    + "program that is installed there"
        }
        if let needed = needs.glibc, let glibc, glibc < needed {
            return "it has glibc \(glibc), and \(path) needs \(needed) or newer: build it on a system that is as old, "
                + "or name a program that is installed there"
        }
        if let first = missingLibraries.first {
            let others = missingLibraries.count > 1 ? " and \(missingLibraries.count - 1) more" : ""
            return "\(path) needs \(Self.printable(first))\(others), which it has not: build a self-contained one with "
                + "scripts/build-daemon, or name a program that is installed there"
        }
        if let fault { return fault }
        if let forbidden {
            return "no program may be started in \(Self.printable(forbidden)) (is it mounted noexec?): set "
                + "XDG_CACHE_HOME there to a place for programs, or name a program that is installed there"
        }
        if !isSame, let free, free < program.size + (1 << 20) {
            return "\(path) takes \(program.size >> 20) MiB, and \(free >> 20) are free in its cache: make room there"
        }
        return nil
    }

    private static func article(_ word: String) -> String {
        word.first.map { "aeio".contains($0) } ?? false ? "an" : "a"
    }
}
