import Glibc

/// How many transactions there were, beside the database, written after each and never before. SQLite takes a damaged
/// end of its log for transactions that never were; this tells that they were.
///
/// It is not synchronized: after a power failure it may say less than there is, never more. Even and odd numbers have
/// places of their own, so that one of them is whole whatever happens while the other is written.
final class CommitMark {
    enum Content: Hashable {
        case none
        case commits(Int64)
        case damaged
    }

    private let descriptor: Int32
    /// What it said when it was opened.
    let content: Content

    init(at path: String) throws(StoreFailure) {
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreFailure(system: errno, "\(path) could not be opened") }
        content = Self.read(descriptor)
    }

    deinit { close(descriptor) }

    /// Whether it could be written. If not, it goes on saying less than there is.
    @discardableResult
    func write(_ commits: Int64) -> Bool {
        var words = (UInt64(bitPattern: commits).littleEndian, Self.sum(of: commits).littleEndian)
        let place = off_t(commits & 1) * Self.size
        return withUnsafeBytes(of: &words) { pwrite(descriptor, $0.baseAddress, $0.count, place) == $0.count }
    }

    /// Room for it, before it is needed.
    func synchronize() -> Bool { fsync(descriptor) == 0 }

    private static let size: off_t = 16

    private static func read(_ descriptor: Int32) -> Content {
        var commits: Int64?
        var isEmpty = true
        for place in [0, size] {
            var words: (UInt64, UInt64) = (0, 0)
            let count = withUnsafeMutableBytes(of: &words) { pread(descriptor, $0.baseAddress, $0.count, place) }
            if count != 0 { isEmpty = false }
            let number = Int64(bitPattern: UInt64(littleEndian: words.0))
            guard count == size, UInt64(littleEndian: words.1) == sum(of: number) else { continue }
            commits = max(commits ?? 0, number)
        }
        if isEmpty { return .none }
        return commits.map { .commits($0) } ?? .damaged
    }

    private static func sum(of commits: Int64) -> UInt64 {
        var sum = CRC32C()
        sum.add(UInt64(bitPattern: commits))
        return UInt64(sum.value)
    }
}
