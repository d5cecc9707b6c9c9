import Foundation
import Hayate

/// Keeps a second run out of a results directory, until it is released or the process ends.
final class DirectoryLock: Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: when another run holds it, named by process and host.
    init(_ path: String, directory: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else {
            throw CommandLineError.resultsFailed(path, systemMessage())
        }
        self.descriptor = OwnedDescriptor(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else {
                throw CommandLineError.resultsFailed(path, systemMessage())
            }
            var text = [UInt8](repeating: 0, count: 256)
            let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, 256, 0) }
            let holder = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw CommandLineError.resultsInUse(directory, by: holder.isEmpty ? "" : " (\(holder))")
        }
        let holder = "process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n"
        _ = ftruncate(descriptor, 0)
        _ = Array(holder.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
    deinit {
        // Closing is not enough: a process that is being started at this moment has a copy until
        // its exec.
        flock(descriptor.number, LOCK_UN)
    }
}
