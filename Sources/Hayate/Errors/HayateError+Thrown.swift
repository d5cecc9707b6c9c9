import HayateDaemon
import HayateWire

// What a task threw, as far as it reached its caller.
extension HayateError {
    init(_ failure: RemoteFailure) {
        let code: Code =
            switch failure.kind {
            case .thrown: .taskFailed
            case .interrupted: .interrupted
            case .unknownType, .undecodable, .unencodable: .refused
            }
        self.init(code, failure.message)
        errorType = failure.type
        self.failure = failure
    }

    /// The very error that the task threw, if its type is this one and `Codable`.
    ///
    /// ```swift
    /// if let refusal = error.thrown(as: Refusal.self) { print(refusal.limit) }
    /// ```
    /// - Returns: nil if the error is of another type, is not `Codable` at the daemon, is longer than
    ///   1 MiB when encoded, or cannot be read because host and daemon were built from different sources.
    ///   A type that is private or local to a function has another name in each process: nil too.
    public func thrown<Thrown: Error & Decodable>(as type: Thrown.Type = Thrown.self) -> Thrown? {
        guard let failure, let bytes = failure.encoded, failure.type == String(reflecting: Thrown.self)
        else { return nil }
        return try? BinaryDecoder().decode(Thrown.self, from: bytes)
    }

    /// The properties of the error that the task threw, as text by their names: of any type, `Codable`
    /// or not. At most 32, each of about 1 KiB.
    ///
    /// For an enum, `case` is the name of its case, and what the case carries has its labels or the
    /// numbers `0`, `1` …
    public var fields: [String: String] {
        Dictionary(
            (failure?.fields ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// The error that the thrown one holds in one of its properties, with its own type, fields and
    /// underlying error; nil if it holds none. Four deep at most.
    public var underlying: HayateError? {
        guard let cause = failure?.causes?.first else { return nil }
        return HayateError(cause)
    }
}

extension HayateError.Code: Codable {
    public init(from decoder: any Decoder) throws {
        let name = try decoder.singleValueContainer().decode(String.self)
        guard let kind = Kind(rawValue: name) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "there is no error code \(name)"))
        }
        self.init(kind: kind)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(kind.rawValue)
    }
}
