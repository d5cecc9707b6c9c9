import CNNG
import Glibc

/// Bytes on their way out: small pieces copied behind each other into one buffer, large arrays kept
/// where they are, both in the order of appending.
///
/// It is safe to send: nothing else refers to `base`, which is freed with the value.
public struct Outbox: ~Copyable, @unchecked Sendable {
    /// An array that goes out after `offset` bytes of the buffer.
    private struct Large {
        var offset: Int
        var bytes: [UInt8]
    }

    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var staged = 0
    private var larges: [Large] = []
    private let largeBytes: Int

    // What has been sent: all arrays before `largeIndex`, `sentOfLarge` bytes of that one, and
    // `sentStaged` bytes of the buffer.
    private var sentStaged = 0
    private var largeIndex = 0
    private var sentOfLarge = 0

    /// All bytes appended since the outbox was empty, and those of them not yet sent.
    private(set) var byteCount = 0
    private(set) var unsentCount = 0

    /// Arrays of `largeBytes` or more are not copied.
    public init(largeBytes: Int = TransportLimits().largeBytes) {
        self.largeBytes = max(1, largeBytes)
    }

    deinit {
        free(base)
    }

    /// Copies the bytes.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        append(count: bytes.count) { space in
            space.copyMemory(from: UnsafeRawBufferPointer(start: source, count: bytes.count))
        }
    }

    /// Copies a small array, keeps a reference to a large one.
    public mutating func append(_ bytes: [UInt8]) {
        guard bytes.count >= largeBytes else {
            bytes.withUnsafeBytes { append($0) }
            return
        }
        larges.append(Large(offset: staged, bytes: bytes))
        byteCount += bytes.count
        unsentCount += bytes.count
    }

    /// Makes room for `count` bytes that `fill` writes, all of them.
    public mutating func append(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        guard count > 0 else { return }
        if staged + count > capacity { grow(to: staged + count) }
        guard let base else { return }
        fill(UnsafeMutableRawBufferPointer(start: base + staged, count: count))
        staged += count
        byteCount += count
        unsentCount += count
    }

    /// Copies the bytes of a number, lowest first.
    public mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { append($0) }
    }

    private mutating func grow(to needed: Int) {
        var size = max(capacity, 512)
        while size < needed { size *= 2 }
        // realloc copies within the page tables when the buffer is large.
        guard let grown = realloc(base, size) else { fatalError("out of memory") }
        base = grown
        capacity = size
    }

    /// Empties it; a buffer that a burst has made large is given back.
    mutating func reset() {
        if capacity > 256 * 1024 {
            free(base)
            base = nil
            capacity = 0
        }
        staged = 0
        if !larges.isEmpty { larges.removeAll(keepingCapacity: larges.capacity <= 64) }
        sentStaged = 0
        largeIndex = 0
        sentOfLarge = 0
        byteCount = 0
        unsentCount = 0
    }

    /// Describes what comes next in at most `vector.count` pieces; returns how many it used. The
    /// pointers hold until the outbox is changed: the buffer is its own, and the storage of an
    /// array that it refers to neither moves nor changes.
    func gather(into vector: UnsafeMutableBufferPointer<nng_iov>) -> Int {
        var used = 0
        var position = sentStaged
        var index = largeIndex
        var skip = sentOfLarge
        while used < vector.count {
            let isAtLarge = index < larges.count
            let end = isAtLarge ? larges[index].offset : staged
            if position < end, let base {
                vector[used] = nng_iov(iov_buf: base + position, iov_len: end - position)
                position = end
                used += 1
            } else if isAtLarge {
                larges[index].bytes.withUnsafeBytes { bytes in
                    let start = bytes.baseAddress.map { $0 + skip }
                    vector[used] = nng_iov(
                        iov_buf: UnsafeMutableRawPointer(mutating: start),
                        iov_len: bytes.count - skip)
                }
                skip = 0
                index += 1
                used += 1
            } else {
                break
            }
        }
        return used
    }

    /// Notes that `count` bytes have gone.
    mutating func advance(_ count: Int) {
        unsentCount -= count
        var left = count
        while left > 0 {
            let isAtLarge = largeIndex < larges.count
            let end = isAtLarge ? larges[largeIndex].offset : staged
            if sentStaged < end {
                let step = min(left, end - sentStaged)
                sentStaged += step
                left -= step
            } else if isAtLarge {
                let step = min(left, larges[largeIndex].bytes.count - sentOfLarge)
                sentOfLarge += step
                left -= step
                if sentOfLarge == larges[largeIndex].bytes.count {
                    larges[largeIndex].bytes = []
                    largeIndex += 1
                    sentOfLarge = 0
                }
            } else {
                return
            }
        }
    }

    /// Calls `body` with each run of bytes not yet sent.
    func forEachRun<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var position = sentStaged
        var skip = sentOfLarge
        for large in larges[largeIndex...] {
            if position < large.offset, let base {
                let count = large.offset - position
                try body(UnsafeRawBufferPointer(start: base + position, count: count))
                position = large.offset
            }
            // The closure of withUnsafeBytes cannot throw a typed error of a generic type.
            let failure = large.bytes.withUnsafeBytes { bytes -> Failure? in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[skip...])
                do throws(Failure) { try body(rest) } catch { return error }
                return nil
            }
            if let failure { throw failure }
            skip = 0
        }
        if position < staged, let base {
            try body(UnsafeRawBufferPointer(start: base + position, count: staged - position))
        }
    }
}
