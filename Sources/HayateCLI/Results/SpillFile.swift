import Foundation
import Hayate

/// Holds outputs that wait for an earlier element and are too large for memory: an unnamed
/// temporary file, emptied whenever nothing waits in it.
struct SpillFile {
    /// Where an output is.
    struct Place: Sendable, Equatable {
        var offset: Int
        var count: Int
    }

    private var file: OwnedDescriptor?
    private var end = 0
    private var live = 0

    /// Writes an output behind the others.
    mutating func store(_ bytes: [UInt8]) throws -> Place {
        let file = try opened()
        let place = Place(offset: end, count: bytes.count)
        guard lseek(file.number, off_t(end), SEEK_SET) >= 0 else {
            throw CommandLineError.outputFailed("a temporary file", systemMessage())
        }
        let failure = bytes.withUnsafeBytes { writeAll($0, to: file.number) }
        guard failure == 0 else {
            throw CommandLineError.outputFailed("a temporary file", systemMessage(failure))
        }
        end += bytes.count
        live += 1
        return place
    }

    /// Gives an output back, once.
    mutating func take(_ place: Place) throws -> [UInt8] {
        let number = try opened().number
        var bytes = [UInt8](repeating: 0, count: place.count)
        var got = 0
        while got < place.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(number, $0.baseAddress.map { $0 + got }, place.count - got,
                    off_t(place.offset + got))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandLineError.cannotReadOutput("a temporary file", systemMessage())
            }
            got += count
        }
        live -= 1
        if live == 0 {
            end = 0
            _ = ftruncate(number, 0)
        }
        return bytes
    }

    private mutating func opened() throws -> OwnedDescriptor {
        if let file { return file }
        let directory = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let path = "\(directory)/hayate-spill-\(getpid())-\(UInt64.random(in: 0...(.max)))"
        let number = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else {
            throw CommandLineError.outputFailed("a temporary file in \(directory)", systemMessage())
        }
        unlink(path)
        let file = OwnedDescriptor(number)
        self.file = file
        return file
    }
}
