import HayateCore

/// Reads the fields of one payload. Reading past the end marks the reader as failed and yields
/// zeros: the payload is checked once, at its end.
struct FieldReader: ~Escapable {
    private let bytes: RawSpan
    private(set) var offset = 0
    private(set) var isFailed = false

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var remaining: Int { bytes.byteCount - offset }

    @_lifetime(self: copy self)
    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else {
            isFailed = true
            return 0
        }
        let value = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
        offset += size
        return Value(littleEndian: value)
    }

    @_lifetime(self: copy self)
    mutating func attempt() -> AttemptID {
        let task = TaskID(rawValue: integer())
        return AttemptID(task: task, attempt: integer())
    }

    @_lifetime(self: copy self)
    mutating func rest() -> [UInt8] {
        let part = bytes.extracting(offset..<bytes.byteCount)
        offset = bytes.byteCount
        return part.withUnsafeBytes { [UInt8]($0) }
    }

    @_lifetime(self: copy self)
    mutating func text(_ count: Int) -> String {
        guard count >= 0, count <= remaining else {
            isFailed = true
            return ""
        }
        let part = bytes.extracting(offset..<(offset + count))
        offset += count
        guard let text = part.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            isFailed = true
            return ""
        }
        return text
    }

    @_lifetime(self: copy self)
    mutating func countedText() -> String { text(Int(integer(UInt16.self))) }

    @_lifetime(self: copy self)
    mutating func duration() -> Duration? {
        let nanoseconds: UInt64 = integer()
        return nanoseconds == .max ? nil : .nanoseconds(Int64(clamping: nanoseconds))
    }
}
