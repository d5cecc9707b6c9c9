import CSystem
import Glibc
import Synchronization

/// An open file descriptor that is closed with its owner.
struct Descriptor: ~Copyable {
    let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}

extension Optional where Wrapped == Descriptor {
    /// The number, or −1, which `poll` skips and the system calls refuse.
    var number: Int32 {
        switch self {
        case .some(let descriptor): descriptor.number
        case .none: -1
        }
    }
}

/// Opens a pipe, close-on-exec. The caller owns both ends.
func openPipe(
    for program: String
) throws(CommandError) -> (reading: Int32, writing: Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let failed = withUnsafeMutableBytes(of: &ends) { bytes in
        hayate_pipe(bytes.baseAddress?.assumingMemoryBound(to: Int32.self))
    }
    guard failed == 0 else { throw .system("make a pipe", program, errno) }
    return ends
}

/// `/dev/null`, opened once for the whole process.
enum NullDevice {
    private static let shared = Atomic<Int32>(-1)

    static func descriptor() throws(CommandError) -> Int32 {
        let present = shared.load(ordering: .relaxed)
        if present >= 0 { return present }
        let opened = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { throw .file("/dev/null", "standard streams", errno) }
        let exchange = shared.compareExchange(
            expected: -1, desired: opened, ordering: .relaxed)
        if exchange.exchanged { return opened }
        close(opened)
        return exchange.original
    }
}
