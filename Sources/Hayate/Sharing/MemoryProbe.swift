import HayateDaemon
import HayateWire

/// Whether a daemon can read memory files of this process.
enum MemoryAccess: Equatable {
    case untried
    /// Since when the answer is awaited.
    case asked(Instant)
    case readable, unreadable
}

/// A memory file with bytes that nobody can know who has not read it.
struct MemoryProbe: Sendable {
    let bytes: [UInt8]
    private let sealed: SealedFile

    /// nil if the system has no file to give.
    init?() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Int(MemoryFile.probeBytes)).map { _ in
            UInt8(truncatingIfNeeded: generator.next())
        }
        guard let file = bytes.withUnsafeBytes({ try? SealedFile.copying($0) }) else { return nil }
        sealed = file
    }

    var file: MemoryFile { sealed.announcement }
}
