import Glibc
import HayateCore
import HayateTLS

/// What is in a run's file.
enum RunFile {
    /// A run of a hundred thousand allocations has some 20 MB.
    private static let largest = 256 << 20

    static func read(_ descriptor: Int32, file: String, isLocked: Bool?) throws(RegistryError) -> RecordedRun {
        let bytes = try content(of: descriptor, file)
        let word = PathText.word(file)
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What was written half, when the process or the power went; nothing, usually.
        let torn = lines.removeLast()
        guard let first = lines.first else {
            throw RegistryError("\(word) ends within its first line, before anything was submitted: remove it")
        }
        let run: AllocationRun
        do throws(RegistryError) {
            guard let fields = JSONFields(first) else { throw RegistryError("its first line is damaged") }
            run = try AllocationRun(fields)
        } catch {
            throw RegistryError(
                "\(word) cannot be used, as \(error.message); cancel what is left of it by the scheduler's commands, "
                    + "and remove it")
        }
        var recorded = RecordedRun(run: run, path: file, life: .gone)
        // A line that was cut off only behind its last character is whole.
        if !torn.isEmpty, JSONFields(torn) != nil { lines.append(torn) }
        for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
            if let fields = JSONFields(line), let record = AllocationRecord(fields) {
                recorded.apply(record)
            } else {
                recorded.problems.append(
                    "Line \(number + 1) of \(word) is damaged and left out: look for its job in the scheduler's list")
            }
        }
        recorded.life = recorded.run.host.life(isLocked: isLocked)
        return recorded
    }

    /// What stands behind the last line's end: nothing, unless a line was written half.
    static func lastLine(of descriptor: Int32, size: Int) -> [UInt8] {
        var line: [UInt8] = []
        var start = size
        while start > 0 {
            let count = min(start, 4096)
            start -= count
            var piece = [UInt8](repeating: 0, count: count)
            guard pread(descriptor, &piece, count, off_t(start)) == count else { return line }
            if let end = piece.lastIndex(of: UInt8(ascii: "\n")) { return piece[(end + 1)...] + line }
            line = piece + line
        }
        return line
    }

    private static func content(of descriptor: Int32, _ file: String) throws(RegistryError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed("looked at", file, errno, "try again") }
        guard status.st_size <= largest else {
            throw RegistryError("\(PathText.word(file)) has more than \(largest) bytes and is no run's file: remove it")
        }
        // It may grow meanwhile; what comes later is for the next time.
        let size = Int(status.st_size)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let base = buffer.baseAddress {
                let more = pread(descriptor, base + count, size - count, off_t(count))
                if more == 0 { break }
                if more < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    break
                }
                count += more
            }
        }
        guard failure == 0 else { throw .failed("read", file, failure, "try again") }
        return bytes
    }
}
