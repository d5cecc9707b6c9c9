import Glibc

/// Who left a key: a process of a machine. Written into the file's first line as a comment.
package struct Publisher: Sendable, Hashable {
    /// The machine's host name.
    package var machine: String
    /// Of the machine's kernel, since it was started.
    package var boot: String
    /// Where the process number counts; containers have their own.
    package var processSpace: String
    package var process: Int32
    /// Tells the files of one process from each other.
    package var nonce: String

    package static func current() -> Publisher {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        var space = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &space, space.count)
        var random = [UInt8](repeating: 0, count: 8)
        random.withUnsafeMutableBytes { SystemRandom.fill($0) }
        return Publisher(
            machine: word(name.prefix { $0 != 0 }), boot: word(bootIdentifier()),
            processSpace: word(space.prefix(max(0, count))), process: getpid(),
            nonce: Hexadecimal.text(random))
    }

    private static let mark = "left by"

    /// The comment.
    var line: String { "\(Self.mark) \(machine) \(boot) \(processSpace) \(process) \(nonce)" }

    /// nil if the text begins otherwise.
    init?(firstLineOf text: SecretBytes) {
        let line: String = text.withBytes { bytes in
            // No secret: a comment is as long as it is, and ends before the first key.
            guard bytes.first == 0x23 else { return "" }
            return String(decoding: bytes.prefix(1024).prefix { $0 != 0x0a }, as: UTF8.self)
        }
        guard line.hasPrefix("# \(Self.mark) ") else { return nil }
        let words = line.dropFirst(Self.mark.count + 3).split(separator: " ").map(String.init)
        guard words.count == 5, let process = Int32(words[3]), process > 0 else { return nil }
        self.init(
            machine: words[0], boot: words[1], processSpace: words[2], process: process, nonce: words[4])
    }

    init(machine: String, boot: String, processSpace: String, process: Int32, nonce: String) {
        self.machine = machine
        self.boot = boot
        self.processSpace = processSpace
        self.process = process
        self.nonce = nonce
    }

    /// Whether the other process was one of this machine and is no more. Of other machines nothing is known.
    func knowsToBeGone(_ other: Publisher) -> Bool {
        guard other.machine == machine, other.boot != Self.unknown, boot != Self.unknown else {
            return false
        }
        // Since the machine was started again, or on another one of the same name: nobody can tell.
        guard other.boot == boot else { return false }
        guard other.processSpace == processSpace else { return false }
        return kill(other.process, 0) != 0 && errno == ESRCH
    }

    private static let unknown = "-"

    /// Without what would divide it.
    private static func word(_ characters: some Sequence<CChar>) -> String {
        let plain = characters.map { (0x21...0x7e).contains($0) ? UInt8($0) : 0x2d }
        return plain.isEmpty ? unknown : String(decoding: plain, as: UTF8.self)
    }

    private static func bootIdentifier() -> [CChar] {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [CChar](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)).prefix { $0 > 0x20 })
    }
}
