/// Encoded values one behind the other, with where each ends: one array instead of one for each.
package struct PackedBodies: Codable, Sendable {
    private var ends: [UInt32] = []
    private var bytes: [UInt8] = []

    package init() {}

    package var count: Int { ends.count }

    package mutating func append(_ body: [UInt8]) {
        bytes.append(contentsOf: body)
        ends.append(UInt32(bytes.count))
    }

    package mutating func reserve(count: Int, bytes size: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(size)
    }

    /// The bytes of all together.
    package var byteCount: Int { bytes.count }

    /// Whether it is what somebody packed: it may have come from a peer.
    package var isSound: Bool {
        var last: UInt32 = 0
        for end in ends {
            guard end >= last else { return false }
            last = end
        }
        return Int(last) == bytes.count
    }

    private func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    package subscript(index: Int) -> [UInt8] { Array(bytes[range(index)]) }

    /// Lends one of them without a copy.
    package func withBytes<Value, Failure: Error>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The error's type gets lost in the array's own function.
        let result = bytes.withUnsafeBytes { all -> Result<Value, Failure> in
            do throws(Failure) {
                return .success(try body(UnsafeRawBufferPointer(rebasing: all[range(index)])))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
