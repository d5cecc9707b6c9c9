import Glibc
import Synchronization

/// A descriptor that becomes readable once and stays so: wakes a thread that polls.
final class WakeUp: Sendable {
    /// To poll for reading.
    let descriptor: Int32
    private let other: Int32
    private let flag = Atomic<Bool>(false)

    /// nil if the process has no descriptor left.
    init?() {
        var pair: [Int32] = [-1, -1]
        // Closed in other programs from the beginning, which `pipe` cannot.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let result = socketpair(AF_UNIX, kind, 0, &pair)
        (descriptor, other) = (pair[0], pair[1])
        if result != 0 { return nil }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        close(other)
    }

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() {
        flag.store(true, ordering: .releasing)
        var one: UInt8 = 1
        _ = write(other, &one, 1)
    }
}
