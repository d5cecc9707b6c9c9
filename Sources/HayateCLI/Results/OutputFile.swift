import Foundation
import Hayate

/// Reads files of captured output.
enum OutputFile {
    /// The whole file, piece by piece.
    static func forEachChunk(
        of path: String, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { throw CommandLineError.cannotReadOutput(path, systemMessage()) }
        let file = OwnedDescriptor(number)
        let size = 64 << 10
        var chunk = [UInt8](repeating: 0, count: size)
        while true {
            let count = chunk.withUnsafeMutableBytes { readOnce(file.number, into: $0) }
            guard count >= 0 else {
                throw CommandLineError.cannotReadOutput(path, systemMessage())
            }
            if count == 0 { return }
            try chunk.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// At most this many of its first bytes.
    static func head(of path: String, limit: Int) throws -> [UInt8] {
        struct Enough: Error {}
        var bytes: [UInt8] = []
        do {
            try forEachChunk(of: path) { chunk in
                bytes.append(contentsOf: chunk.prefix(limit - bytes.count))
                if bytes.count >= limit { throw Enough() }
            }
        } catch is Enough {}
        return bytes
    }

    /// At most this many of its last bytes; empty if it cannot be read.
    static func tail(of path: String, limit: Int) -> [UInt8] {
        let number = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { return [] }
        let file = OwnedDescriptor(number)
        let end = lseek(file.number, 0, SEEK_END)
        guard end > 0 else { return [] }
        let count = min(limit, Int(end))
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, count, end - off_t(count))
        }
        return Array(bytes.prefix(max(0, got)))
    }
}
