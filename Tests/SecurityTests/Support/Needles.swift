import Glibc
import HayateTLS

/// What nobody shall find: halves of keys, as bytes and as digits. A half is enough to know a whole copy by,
/// and finds what was cut in two.
struct Needles: Sendable {
    private var all: [(name: String, bytes: [UInt8])] = []

    mutating func add(_ name: String, _ bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        let small: [UInt8] = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        let capitals: [UInt8] = small.map { $0 >= 0x61 ? $0 - 0x20 : $0 }
        for (form, bytes) in [("bytes", bytes), ("digits", small), ("capital digits", capitals)] {
            all.append(("\(name)'s \(form)", Array(bytes[..<(bytes.count / 2)])))
            all.append(("\(name)'s \(form)", Array(bytes[(bytes.count / 2)...])))
        }
    }

    /// The secret and the keys of all its roles.
    init(_ secret: PoolSecret) {
        add("the secret", secret.withBytes { Array($0) })
        for role in KeyRole.allCases {
            add("the \(role.rawValue) key", secret.key(for: role).withBytes { Array($0) })
        }
    }

    /// Which of them are in there.
    func found(in bytes: UnsafeRawBufferPointer) -> [String] {
        all.filter { Self.search(bytes.baseAddress, bytes.count, $0.bytes, $0.bytes.count) != nil }.map(
            \.name)
    }

    private typealias Search =
        @convention(c) (
            UnsafeRawPointer?, Int, UnsafeRawPointer?, Int
        ) -> UnsafeRawPointer?

    /// `memmem`, which the module of the C library does not show.
    private static let search: Search = {
        guard let symbol = dlsym(nil, "memmem") else { fatalError("no memmem in the C library") }
        return unsafeBitCast(symbol, to: Search.self)
    }()

    func found(in bytes: [UInt8]) -> [String] { bytes.withUnsafeBytes { found(in: $0) } }
    func found(in text: String) -> [String] { found(in: Array(text.utf8)) }

    /// In a file of any size.
    func found(inFile path: String) throws -> (size: Int, names: [String]) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failed("\(path) cannot be read: \(errno)") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > 0 else { return (0, []) }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
            throw Failed("\(path) cannot be mapped: \(errno)")
        }
        defer { munmap(start, size) }
        // Most of a dump is empty. Blocks overlap by more than a needle.
        var names: Set<String> = []
        for offset in stride(from: 0, to: size, by: 1 << 20) {
            let block = UnsafeRawBufferPointer(
                start: start + offset, count: min(size - offset, (1 << 20) + 64))
            guard block.count > 1, memcmp(start + offset, start + offset + 1, block.count - 1) != 0 else {
                continue
            }
            names.formUnion(found(in: block))
        }
        return (size, names.sorted())
    }

    /// In the living memory of a process, page by page as the kernel has it.
    func found(inMemoryOf pid: Int32) throws -> [String] {
        let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw Failed("the memory of \(pid) cannot be read: \(errno)") }
        defer { close(memory) }
        var names: Set<String> = []
        let maps = String(decoding: try content(of: "/proc/\(pid)/maps"), as: UTF8.self)
        for line in maps.split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = (words.first ?? "").split(separator: "-").compactMap { Int($0, radix: 16) }
            guard ends.count == 2, words.count > 1, words[1].hasPrefix("rw"), ends[1] - ends[0] <= 64 << 20
            else { continue }
            var bytes = [UInt8](repeating: 0, count: ends[1] - ends[0])
            let count = pread(memory, &bytes, bytes.count, ends[0])
            if count > 0 { names.formUnion(found(in: Array(bytes[..<count]))) }
        }
        return names.sorted()
    }
}
