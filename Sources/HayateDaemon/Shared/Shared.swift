import HayateWire

/// A value that many tasks have as an argument: encoded once, sent once to each daemon, decoded once there.
///
/// ```swift
/// struct Fit: RemoteTask {
///     var start: Double
///     var table: Shared<Table>
///     func run(in context: TaskContext) async throws -> Double { fit(try table.value, start) }
/// }
/// let table = try Shared(readTable())
/// let fits = try await pool.map(starts.map { Fit(start: $0, table: table) }).collect()
/// ```
///
/// Daemons of the same machine read the encoded bytes from a memory file of the host; others get them over
/// their connection, each once. All is freed, here and at the daemons, when the last handle and the last
/// unfinished task that has one are gone. In results, in other encodings such as JSON, and inside of another
/// shared value, a `Shared` is written in place, as an array of its form (1) and the value.
public struct Shared<Value: Codable & Sendable>: Codable, Sendable {
    let region: SharedRegion

    /// Encodes the value into a memory file. One open file of this process as long as it is shared.
    /// - Throws: what encoding throws; `SharedError` if the system has no memory or no descriptor for it.
    public init(_ value: Value) throws {
        var file: SealedFile?
        try BinaryEncoder().encode(value) { count, fill in
            file = try SealedFile.filled(count) { space in
                if let base = space.baseAddress { fill(base) }
            }
        }
        guard let file else { throw SharedError("the value was not encoded") }
        region = try SharedRegion(file)
        region.keep(value)
    }

    /// The value. A daemon decodes it when it is asked for the first time, and keeps it for later tasks.
    /// - Throws: at a daemon, if the bytes are no such value: host and daemon are not built from the same
    ///   sources.
    public var value: Value { get throws { try region.value(as: Value.self) } }

    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        switch try container.decode(SharedForm.self) {
        case .number:
            let number = try container.decode(UInt64.self)
            region = try SharedForm.region(number, decoder)
        case .inline:
            let value = try container.decode(Value.self)
            region = SharedRegion(
                received: try BinaryEncoder().encode(value),
                context: CodingContext.of(decoder.userInfo))
            region.keep(value)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        if let number = SharedForm.collect(region, encoder) {
            try container.encode(SharedForm.number)
            try container.encode(number)
        } else {
            try container.encode(SharedForm.inline)
            try container.encode(try value)
        }
    }
}

/// How shared content is written where it is meant.
enum SharedForm: UInt8, Codable {
    /// By its number; the content travels beside it.
    case number = 0
    /// As it is.
    case inline = 1

    /// The number by which what is being encoded has to mean the content, which goes beside it; nil if it
    /// has to hold the content itself.
    static func collect(_ region: SharedRegion, _ encoder: any Encoder) -> UInt64? {
        guard let collector = encoder as? any SharedCollecting else { return nil }
        guard let store = CodingContext.of(encoder.userInfo)?.shares else {
            guard collector.collect(region) else { return nil }
            region.prepareToTravel()
            return region.number
        }
        // Numbers are the host's to give: what a task made itself has none.
        guard let number = store.number(of: region), collector.collect(region) else { return nil }
        return number
    }

    static func region(_ number: UInt64, _ decoder: any Decoder) throws -> SharedRegion {
        guard let store = CodingContext.of(decoder.userInfo)?.shares else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "shared content is meant by a number where none is shared."))
        }
        return try store.region(number)
    }
}
