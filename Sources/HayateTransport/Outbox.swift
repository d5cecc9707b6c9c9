import CNNG
import Glibc

/// Bytes on their way out: small pieces copied behind each other into one buffer, large arrays kept
/// where they are, both in the order of appending.
///
/// It is safe to send: nothing else refers to `base`, which is freed with the value.
public struct Outbox: ~Copyable, @unchecked Sendable {
    /// An array, or memory that somebody keeps, that goes out after `offset` bytes of the buffer.
    private struct Large {
        enum Content {
            case array([UInt8])
            case memory(UnsafeRawBufferPointer, owner: any Sendable)
        }

        var offset: Int
        var content: Content

        var count: Int {
            switch content {
            case .array(let bytes): bytes.count
            case .memory(let bytes, _): bytes.count
            }
        }

        /// The storage of an array that is referred to neither moves nor changes.
        var bytes: UnsafeRawBufferPointer {
            switch content {
            case .array(let bytes): bytes.withUnsafeBytes { $0 }
            case .memory(let bytes, _): bytes
            }
        }
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

    /// Bytes of memory that others keep, appended since the outbox was empty.
    private(set) var foreignBytes = 0
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
        larges.append(Large(offset: staged, content: .array(bytes)))
        byteCount += bytes.count
        unsentCount += bytes.count
    }

    /// Refers to memory that does not change as long as `owner` is referred to.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, keptBy owner: any Sendable) {
        guard bytes.count >= largeBytes else { return append(bytes) }
        larges.append(Large(offset: staged, content: .memory(bytes, owner: owner)))
        byteCount += bytes.count
        unsentCount += bytes.count
        foreignBytes += bytes.count
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
        foreignBytes = 0
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
                let bytes = larges[index].bytes
                let start = bytes.baseAddress.map { $0 + skip }
                vector[used] = nng_iov(
                    iov_buf: UnsafeMutableRawPointer(mutating: start), iov_len: bytes.count - skip)
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
                let step = min(left, larges[largeIndex].count - sentOfLarge)
                sentOfLarge += step
                left -= step
                if sentOfLarge == larges[largeIndex].count {
                    larges[largeIndex].content = .array([])
                    largeIndex += 1
                    sentOfLarge = 0
                }
            } else {
                return
            }
        }
    }

    /// The beginning of what has not been sent; the pointer holds until the outbox is changed. nil: nothing is left.
    func nextRun(atMost count: Int) -> UnsafeRawBufferPointer? {
        let isAtLarge = largeIndex < larges.count
        let end = isAtLarge ? larges[largeIndex].offset : staged
        if sentStaged < end, let base {
            return UnsafeRawBufferPointer(start: base + sentStaged, count: min(count, end - sentStaged))
        }
        guard isAtLarge else { return nil }
        return UnsafeRawBufferPointer(rebasing: larges[largeIndex].bytes[sentOfLarge...].prefix(count))
    }
}
