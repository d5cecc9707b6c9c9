import Glibc
import Synchronization

/// The largest resident size this process has had.
///
/// A child that shares our memory until it executes is counted by the kernel as having been as
/// large as we are, so a peak up to ours says nothing about the program.
enum ResidentHighWater {
    /// The value last read. It only grows, so what it covers stays covered.
    private static let known = Atomic<UInt64>(0)

    /// The kernel counts pages per processor and adds them up only now and then.
    private static let slackBytes: UInt64 = 1 << 20

    /// Whether a child's peak may be ours.
    static func covers(_ peak: UInt64) -> Bool {
        if peak <= known.load(ordering: .relaxed) &+ slackBytes { return true }
        guard let present = readHighWater() else { return true }
        known.store(present, ordering: .relaxed)
        return peak <= present &+ slackBytes
    }

    private static func readHighWater() -> UInt64? {
        let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        let descriptor = Descriptor(owning: file)
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(descriptor.number, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            let text = String(decoding: UnsafeRawBufferPointer(buffer)[..<count], as: UTF8.self)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
                let kilobytes = UInt64(line.filter(\.isNumber))
            else { return nil }
            return kilobytes * 1024
        }
    }
}
