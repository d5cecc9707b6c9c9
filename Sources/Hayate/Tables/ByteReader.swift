import Glibc

/// Reads a file, a pipe or a terminal in pieces, and never holds more than one line beyond a piece.
///
/// A value, so that it can be handed to the thread that reads: use one copy only.
package struct ByteReader: Sendable {
    /// For messages: the path, or `standard input`.
    package let name: String
    /// nil for bytes that are all there.
    private let descriptor: OwnedDescriptor?
    private var buffer: [UInt8]
    private var start = 0
    private var end = 0
    private var isAtStart = true
    private var hasEnded = false

    /// Longest line or field, in bytes. Linux takes no argument above 128 KiB; more than this is no list.
    package static let lineBytes = 1 << 20
    /// Bytes read at a time.
    private static let chunkBytes = 64 << 10

    /// - Throws: `TableError`.
    package init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TableError.cannotRead(path, reason: systemMessage()) }
        self.init(descriptor: OwnedDescriptor(descriptor), name: path)
    }

    package init(descriptor: OwnedDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
        buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
    }

    /// Reads what is given.
    package init(text: String, name: String) {
        descriptor = nil
        self.name = name
        buffer = Array(text.utf8)
        end = buffer.count
        hasEnded = true
    }

    /// The next byte, without taking it; `nil` at the end.
    package mutating func peek() throws -> UInt8? {
        if start == end, try !fill() { return nil }
        return buffer[start]
    }

    /// The next byte; `nil` at the end.
    package mutating func next() throws -> UInt8? {
        if start == end, try !fill() { return nil }
        defer { start += 1 }
        return buffer[start]
    }

    /// The bytes up to the next separator, which is taken as well; `nil` at the end.
    ///
    /// - Parameter line: its number, for messages.
    package mutating func record<Result>(
        until separator: UInt8, line: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) throws -> Result? {
        var searched = 0
        while true {
            let found: Int? = buffer.withUnsafeBufferPointer { bytes in
                guard let base = bytes.baseAddress, start + searched < end else { return nil }
                let from = base + start + searched
                guard let hit = memchr(from, Int32(separator), end - start - searched) else {
                    return nil
                }
                return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
            }
            if let found {
                let range = start..<found
                start = found + 1
                return try buffer.withUnsafeBufferPointer { bytes in
                    try body(UnsafeBufferPointer(rebasing: bytes[range]))
                }
            }
            searched = end - start
            guard searched <= Self.lineBytes else {
                throw TableError.tooLong(name, line: line, limit: Self.lineBytes)
            }
            guard try fill() else {
                guard start < end else { return nil }
                let range = start..<end
                start = end
                return try buffer.withUnsafeBufferPointer { bytes in
                    try body(UnsafeBufferPointer(rebasing: bytes[range]))
                }
            }
        }
    }

    /// Reads one more piece behind what is there.
    ///
    /// - Returns: `false` at the end.
    private mutating func fill() throws -> Bool {
        guard !hasEnded, let descriptor else { return false }
        if start > 0 {
            buffer.replaceSubrange(0..<(end - start), with: buffer[start..<end])
            end -= start
            start = 0
        }
        if buffer.count - end < Self.chunkBytes {
            buffer.append(contentsOf: repeatElement(0, count: buffer.count))
        }
        let (number, free) = (descriptor.number, end)
        let count = buffer.withUnsafeMutableBytes { bytes in
            readOnce(number, into: UnsafeMutableRawBufferPointer(rebasing: bytes[free...]))
        }
        guard count >= 0 else { throw TableError.cannotRead(name, reason: systemMessage()) }
        end += count
        hasEnded = count == 0
        if isAtStart {
            // A byte order mark is no part of the first value. Only a piece that ends within one
            // needs more bytes: waiting for three in any case would hold up a short first line.
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            if mark.starts(with: buffer[..<end]) && end < 3 { return try fill() }
            isAtStart = false
            if buffer[..<end].starts(with: mark) { start = 3 }
            if start == end { return try fill() }
        }
        return start < end
    }
}
