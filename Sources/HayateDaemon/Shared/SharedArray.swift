import HayateWire

/// An array that daemons of the same machine read where it is: in a memory file of the host, without a copy.
///
/// ```swift
/// let samples = try SharedArray(readSamples())          // one copy, into the memory file
/// let sums = try await pool.map(chunks.map { Sum(samples: samples, part: $0) }).collect()
/// ```
///
/// Daemons of other machines, and those behind `tcp://`, get the elements over their connection, each daemon
/// once (up to 1 GiB). All is freed, here and at the daemons, when the last handle and the last unfinished
/// task that has one are gone. In results and in other encodings the elements are written in place.
///
/// Elements travel as they lie in memory. Both sides compare their size and stride, not what they mean: they
/// must be built from the same sources, and a type for which not every bit pattern is a value (`Bool`,
/// enumerations) asks for trust in whoever filled the array.
public struct SharedArray<Element: BitwiseCopyable & Sendable>: RandomAccessCollection, Codable, Sendable {
    @usableFromInline let region: SharedRegion
    /// The number of elements.
    public let count: Int

    /// Copies the elements into a memory file. One open file of this process as long as it is shared.
    /// - Throws: `SharedError` if the system has no memory or no descriptor for it.
    public init(_ elements: some Collection<Element>) throws {
        let copied = try elements.withContiguousStorageIfAvailable {
            try SealedFile.copying(UnsafeRawBufferPointer($0))
        }
        if let copied {
            region = try SharedRegion(copied)
            count = elements.count
            return
        }
        self = try SharedArray(count: elements.count) { space in
            _ = space.initialize(fromContentsOf: elements)
        }
    }

    /// Fills the memory file in place: `initialize` gets room for `count` elements and must write them all.
    /// - Parameter count: 0 or more.
    /// - Throws: what `initialize` throws; `SharedError` if the system has no memory or no descriptor for it.
    public init(
        count: Int, initializing initialize: (UnsafeMutableBufferPointer<Element>) throws -> Void
    ) throws {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard count >= 0, !overflow else {
            throw SharedError("a shared array cannot have \(count) elements")
        }
        let file = try SealedFile.filled(bytes) { try initialize($0.bindMemory(to: Element.self)) }
        region = try SharedRegion(file)
        self.count = count
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }

    @inlinable public subscript(position: Int) -> Element {
        precondition(position >= 0 && position < count, "index out of range")
        return region.bytes.load(
            fromByteOffset: position &* MemoryLayout<Element>.stride, as: Element.self)
    }

    /// The elements in place, as long as the array is there.
    @inlinable public var span: Span<Element> {
        @_lifetime(borrow self)
        get {
            let span = Span<Element>(_unsafeElements: elements)
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// Calls `body` with the elements in place; the pointer must not be used afterwards.
    @inlinable public func withUnsafeBufferPointer<Value, Failure: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        defer { withExtendedLifetime(region) {} }
        return try body(elements)
    }

    @inlinable public func withContiguousStorageIfAvailable<Value>(
        _ body: (UnsafeBufferPointer<Element>) throws -> Value
    ) rethrows -> Value? {
        defer { withExtendedLifetime(region) {} }
        return try body(elements)
    }

    @inlinable var elements: UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(
            start: region.bytes.baseAddress?.assumingMemoryBound(to: Element.self), count: count)
    }
}

extension SharedArray: Equatable where Element: Equatable {
    public static func == (left: SharedArray, right: SharedArray) -> Bool {
        left.region === right.region || left.elementsEqual(right)
    }
}

extension SharedArray: CustomStringConvertible {
    public var description: String { "\(Array(self))" }
}

// MARK: Travelling

extension SharedArray {
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        let form = try container.decode(SharedForm.self)
        let size = try container.decode(Int.self)
        let stride = try container.decode(Int.self)
        guard size == MemoryLayout<Element>.size, stride == MemoryLayout<Element>.stride else {
            throw SharedError(
                "the elements of a shared array have \(size) bytes every \(stride), but \(Element.self) "
                    + "has \(MemoryLayout<Element>.size) every \(MemoryLayout<Element>.stride) here: host "
                    + "and daemon must be built from the same sources")
        }
        let region =
            switch form {
            case .number: try SharedForm.region(try container.decode(UInt64.self), decoder)
            case .inline: SharedRegion(received: try container.decode([UInt8].self))
            }
        // No stride is 0 in Swift.
        guard region.bytes.count % stride == 0 else {
            throw SharedError(
                "shared content of \(region.bytes.count) bytes is no array of elements of \(stride) bytes")
        }
        self.region = try Self.aligned(region)
        count = region.bytes.count / stride
    }

    /// Memory files are aligned to pages; what came over the wire suffices for all but large vectors.
    private static func aligned(_ region: SharedRegion) throws(SharedError) -> SharedRegion {
        let address = UInt(bitPattern: region.bytes.baseAddress)
        if address % UInt(MemoryLayout<Element>.alignment) == 0 { return region }
        return try SharedRegion(SealedFile.copying(region.bytes))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        let number = SharedForm.collect(region, encoder)
        try container.encode(number == nil ? SharedForm.inline : SharedForm.number)
        try container.encode(MemoryLayout<Element>.size)
        try container.encode(MemoryLayout<Element>.stride)
        if let number {
            try container.encode(number)
        } else {
            try container.encode([UInt8](region.bytes))
        }
    }
}
