import Foundation
import Hayate

/// The file `outcomes.jsonl`: read once when a run begins, then only appended to.
struct OutcomeLog: Sendable {
    /// Where the last line of an element is. The line itself is read again when it is needed: a
    /// million of them would be hundreds of megabytes.
    struct Entry: Sendable {
        var offset: Int
        var length: Int
        var isSuccess: Bool
    }

    let path: String
    /// The last line of each key.
    private(set) var entries: [ElementKey: Entry] = [:]
    /// Which element the output files with the plain name of an index belong to.
    private(set) var owners: [Int: ElementKey] = [:]
    /// Lines that could not be read; their elements run again.
    private(set) var damagedLines = 0
    private let descriptor: OwnedDescriptor
    private var line = JSONText()

    /// Reads all lines, and cuts off a last one that a crash left unfinished.
    init(_ path: String) throws {
        let number = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard number >= 0 else { throw CommandLineError.resultsFailed(path, systemMessage()) }
        self.path = path
        descriptor = OwnedDescriptor(number)
        var offset = 0
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { readOnce(number, into: $0) }
            guard count >= 0 else { throw CommandLineError.cannotRead(path, systemMessage()) }
            if count == 0 { break }
            rest.append(contentsOf: chunk[..<count])
            let used = rest.withUnsafeBufferPointer { takeLines($0, at: offset) }
            rest.removeFirst(used)
            offset += used
        }
        if !rest.isEmpty {
            guard ftruncate(number, off_t(offset)) == 0 else {
                throw CommandLineError.resultsFailed(path, systemMessage())
            }
        }
    }

    /// - Returns: how many bytes whole lines took.
    private mutating func takeLines(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
        var start = 0
        while start < bytes.count, let base = bytes.baseAddress,
            let hit = memchr(base + start, 0x0A, bytes.count - start)
        {
            let end = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
            let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
            if let record = OutcomeRecord(line: line), let key = record.key {
                entries[key] = Entry(
                    offset: offset + start, length: line.count, isSuccess: record.isSuccess)
                if record.standardOutputPath
                    == ResultsLayout.outputStem(index: record.index, key: nil) + ".out"
                {
                    owners[record.index] = key
                }
            } else {
                damagedLines += 1
            }
            start = end + 1
        }
        return start
    }

    /// The record of an earlier run; `nil` if its line is gone.
    func record(_ entry: Entry) -> OutcomeRecord? {
        var bytes = [UInt8](repeating: 0, count: entry.length)
        let number = descriptor.number
        let count = bytes.withUnsafeMutableBytes {
            pread(number, $0.baseAddress, $0.count, off_t(entry.offset))
        }
        guard count == entry.length else { return nil }
        return bytes.withUnsafeBufferPointer { OutcomeRecord(line: $0) }
    }

    /// Appends one line in one write, so that a crash leaves at most one unfinished line.
    mutating func append(_ record: OutcomeRecord) throws {
        line.removeAll()
        record.write(to: &line)
        let failure = line.bytes.withUnsafeBytes { writeAll($0, to: descriptor.number) }
        guard failure == 0 else {
            throw CommandLineError.resultsFailed(path, systemMessage(failure))
        }
    }

    mutating func claim(index: Int, for key: ElementKey) { owners[index] = key }

    /// Has the disk hold what was appended.
    func synchronize() throws {
        guard fdatasync(descriptor.number) == 0 || errno == EINVAL || errno == EROFS else {
            throw CommandLineError.resultsFailed(path, systemMessage())
        }
    }
}
